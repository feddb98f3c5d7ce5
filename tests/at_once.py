"""Many flows at once against a server on PostgreSQL: what is watched while they run, and what is looked at after."""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import ahocorasick
from operations import Up

from factory.line.produce import prepare

LIMIT = "source"
SEED = 4242
FORM = {"engine": "sdv-gaussian-copula", "producer": "alice"}


@dataclass
class Watch(threading.Thread):
    """Looks some times a second at how many slots are taken, says the server, and how many stages work."""

    up: Up
    slots: list[int] = field(default_factory=list)
    stages: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self._over = threading.Event()

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        while not self._over.wait(0.1):
            # A stage at work has a folder that is not whole yet; the server is not asked for this figure.
            self.stages.append(len(list((self.up.home / "runs").glob("*/source/.part-*-*"))))
            try:
                self.slots.append(self.up.slots(LIMIT)[0])
            except OSError:
                continue

    def stop(self) -> Watch:
        self._over.set()
        self.join()
        return self


@dataclass(frozen=True)
class Outcome:
    """How flows asked for at once ended, what is said of those that failed, most slots and stages at once, seconds."""

    states: dict[str, str]
    said: dict[str, str]
    slots: int
    stages: int
    looks: int
    seconds: float


def at_once(up: Up, hospital: Path, count: int, seed: int | None = SEED) -> Outcome:
    """Ask for so many flows at once, each with a run of its own, and wait for all."""
    watch, began = Watch(up), time.monotonic()
    watch.start()
    given = {"contract": str(hospital / "contract.yaml"), "data": str(hospital), **FORM}
    for n in range(count):
        # One seed for all, which the gates are known to pass, where their judgement is not what is looked at.
        contract, run = hospital / "contract.yaml", up.home / "runs" / f"r{n}"
        prepare(contract, str(hospital), run, FORM["engine"], seed, FORM["producer"], None)
    asked = {f"r{n}": up.ask("produce", {"run": str(up.home / "runs" / f"r{n}"), **given}) for n in range(count)}
    states = {name: up.ended(flow_run, 300 + 150 * count) for name, flow_run in asked.items()}
    seconds = time.monotonic() - began
    watch.stop()
    failed = {name: flow_run for name, flow_run in asked.items() if states[name] != "COMPLETED"}
    said = {name: str(up.get(f"flow_runs/{flow_run}")["state"]["message"]) for name, flow_run in failed.items()}
    return Outcome(states, said, max(watch.slots), max(watch.stages), len(watch.slots), seconds)


def found_in(dump: str, values: set[str]) -> set[str]:
    """Those of the values that stand in a dump, and not within a longer run of letters or digits."""
    text = dump.casefold()
    needles = ahocorasick.Automaton()
    for value in values:
        for written in _written(value.casefold()):
            needles.add_word(written, (written, value))
    needles.make_automaton()
    found = set()
    for last, (written, value) in needles.iter(text):
        around = text[max(0, last - len(written)) : last - len(written) + 1] + text[last + 1 : last + 2]
        if not written.isascii() or not re.search(r"[0-9a-z]", around):
            found.add(value)
    return found


def _written(value: str) -> set[str]:
    """A value as text and as JSON, with and without letters as numbers, and as `COPY` writes each of them."""
    plain = {value, json.dumps(value, ensure_ascii=False)[1:-1], json.dumps(value)[1:-1]}
    return plain | {form.replace("\\", "\\\\").replace("\n", "\\n") for form in plain}

"""The stage `batch`: who is in the batch, entered in the register; which earlier releases hold people of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from factory.batches import people
from factory.batches.ledger import Batch, Ledger
from factory.batches.register import Register, open_register
from factory.batches.sides import sides_of
from factory.batches.standing import give_identity, relative, sent, standing
from factory.contract import Contract, digest, released
from factory.core.errors import NotReady, RunError, TooFewPeople
from factory.core.files import canonical_json, pretty_json, read_json, sha256_bytes, sha256_file, write_bytes
from factory.core.run import Run, RunState
from factory.core.tables import Zone, load_ref, read_table, write_dataset
from factory.core.version import code_digest

STAGE = "batch"
PEOPLE, FACTS = "people.parquet", "batch.json"
LEARNED = ("deid", "split", "synth")
"""Stages of an earlier run that are read when it is assessed together with a later one."""
_OPEN = (RunState.AWAITING_REVIEW, RunState.APPROVED, RunState.RELEASED, RunState.EXPIRED, RunState.REVOKED)


@dataclass(frozen=True)
class Asked:
    """What a run asks of the register: where it lies, the earlier run since which people are new or changed, and the
    first and last year in which the release may go out."""

    register: Path
    since: Path | None
    years: tuple[int, int]


def take_batch(contract: Contract, run: Run, asked: Asked, out: Path) -> None:
    """Write people.parquet and batch.json; with `since` also the raw tables of the people who are new or changed.

    Raises: RunError when the earlier run has another register or other columns, TooFewPeople when fewer are new or
    changed than the policy asks for, StorageError.
    """
    register = open_register(asked.register)
    ledger = Ledger(register.ledger)
    raw = run.stage("intake")
    ref = load_ref(raw)
    own = give_identity(run, register.home, ledger)

    def read(table: str) -> pd.DataFrame:
        return read_table(raw, ref.tables[table])

    found = people.digests(contract, read, register)
    taken, counts = np.ones(len(found), dtype=bool), None
    if asked.since is not None:
        since = people.compare(found, pd.read_parquet(_earlier(contract, Run(asked.since), register) / PEOPLE))
        taken = since.taken
        counts = {key: value for key, value in asdict(since).items() if key != "taken"}
        _check_enough(contract, int(taken.sum()))
        keys = people.keys_of(read(contract.person)[contract.tables[contract.person].key])
        frames = people.rows_of(contract, read, {key for key, is_taken in zip(keys, taken, strict=True) if is_taken})
        parents = tuple(table.digest for table in ref.tables.values())
        write_dataset(frames, out, Zone.RAW, digest(contract), parents, code_digest())
    destination = contract.statement.destination or ""
    batch = Batch(own, relative(run, register.home), destination, *asked.years)
    ledger.enter(batch, [bytes.fromhex(person) for person in found["person"][taken]])
    linked = _linked(ledger, register, own, asked.since)
    found["taken"] = taken
    found["side"] = _sides(found, linked, register)
    found.to_parquet(out / PEOPLE, index=False)
    facts = {
        "id": own,
        "register": register.mark,
        "columns": columns_of(contract),
        "since": counts,
        "sent": {str(year): sent(ledger, register.home, own, destination, year) for year in _range(asked.years)},
        "linked": linked,
    }
    write_bytes(out / FACTS, pretty_json(facts), 0o600)


def raw_of(run: Run) -> Path:
    """Folder of the raw tables that the run learns from: of everybody, or of those who are new or changed."""
    taken = run.stage(STAGE)
    return taken if (taken / "dataset.json").exists() else run.stage("intake")


def columns_of(contract: Contract) -> str:
    """Digest of what digests of people depend on: owner, person key, and the columns that a release is made of."""
    shape: dict[str, Any] = {
        name: [table.link.child_column if table.link else None, [c.source for c in table.columns if c.compared]]
        for name, table in released(contract).items()
    }
    key = contract.tables[contract.person].key
    return sha256_bytes(canonical_json([contract.licensor, contract.person, key, shape]))


def marks_of(run: Run) -> dict[str, str]:
    """Digests of what the stages of a run made that a later run is assessed together with. Raises: NotReady."""
    marks = {}
    for name in (STAGE, *LEARNED):
        path = run.stage(name) / "stage.json"
        if not path.is_file():
            raise NotReady(f"The stage {name} of {run.name} is not there.", "Restore the folder of that run.")
        marks[name] = sha256_file(path)
    return marks


def check_since(run: Run) -> None:
    """Raise NotReady unless people can be new or changed since this run: it was made, and not refused."""
    state = RunState(run.state()["state"])
    if state not in _OPEN or not (run.stage(STAGE) / FACTS).is_file():
        raise NotReady(
            f"The run {run.name} is {state.value}, or was made without a register.",
            "Name with --since a run that awaits review or was released.",
        )


def _earlier(contract: Contract, earlier: Run, register: Register) -> Path:
    """Folder of the earlier run's stage."""
    check_since(earlier)
    folder = earlier.stage(STAGE)
    facts = read_json(folder / FACTS)
    if facts["register"] != register.mark:
        raise RunError(f"The run {earlier.name} was made with another register.", "Name that register with --register.")
    if facts["columns"] != columns_of(contract):
        raise RunError(
            f"The contract of {earlier.name} has another licensor, person key or released columns.",
            "Begin anew without --since: nobody can be said to be unchanged.",
        )
    return folder


def _check_enough(contract: Contract, people: int) -> None:
    fewest = contract.policy.fewest_people
    if people < fewest:
        said = f"{people:,}" if people == 0 or people >= contract.policy.smallest_cell else "too few"
        raise TooFewPeople(
            f"The batch holds {said} new or changed people and the policy asks for {fewest:,}.",
            "Wait for more people; so few cannot be hidden among each other.",
        )


def _linked(ledger: Ledger, register: Register, own: str, since: Path | None) -> list[dict[str, Any]]:
    """Other batches with people of this one, whose release is out or decided on, or since which this one is."""
    made = []
    batches = {batch.id: batch for batch in ledger.batches()}
    wanted = read_json(Run(since).stage(STAGE) / FACTS)["id"] if since is not None else None
    for other, shared in ledger.shared(own).items():
        found = standing(register.home, batches[other])
        if found.out or other == wanted:
            marks = None if found.run is None else marks_of(found.run)
            made.append({"id": other, "folder": batches[other].folder, "shared": shared, "stages": marks})
    return made


def _sides(found: pd.DataFrame, linked: list[dict[str, Any]], register: Register) -> list[str]:
    """On which side of the split each person was in the linked runs: `train`, `holdout`, or empty where in none.

    Who was learned from once is learned from again, and who was held out stays held out: a person held out today who
    was learned from before would be no stranger for an attack on both releases to be measured against.
    """
    side: dict[str, str] = {}
    for one in linked:
        if one["stages"] is not None:
            for person, part in sides_of(Run(register.home / one["folder"])).items():
                if side.get(person) != "train":
                    side[person] = part
    return [
        side.get(person, "") if taken else "" for person, taken in zip(found["person"], found["taken"], strict=True)
    ]


def _range(years: tuple[int, int]) -> range:
    return range(years[0], years[1] + 1)

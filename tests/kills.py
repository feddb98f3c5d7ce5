"""Killing what is at work at random moments, and what must be true after: one trial a kill.

A trial of a stage begins with a run whose earlier stages were made without disturbance, waits until the stage is at
work, and kills a process, or fills the disk, some random part of the stage's usual time later. Then the same is asked
for once more, and has to complete.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from catalogue import today, weighing
from operations import Up, is_free, operating, until
from postgres import Postgres
from quick import QUICK
from small_hospital import small_hospital
from unit.candidates import OFFICER, Made, licence_value, make_run

from factory.audit import Act, Outcome, read
from factory.catalog.keeper import Keeper, open_keeper
from factory.catalog.keeper.check import check_catalogue
from factory.core.errors import FactoryError
from factory.core.files import sha256_file
from factory.core.run import Run
from factory.line.stages import STAGES
from factory.line.timings import timings
from factory.release.verify import verify_seal
from factory.review import approve
from factory.review.people import load_people
from factory.store import log

LINE = tuple(stage.name for stage in STAGES)
SEAL, PUBLISH = "seal", "publish"
PLACES = (*LINE, SEAL, PUBLISH)
VICTIMS = ("flow", "worker", "server", "postgresql", "disk")
DISK_BYTES = 400 << 20
LARGE = 24 << 20
"""Bytes of a file that a sealed candidate holds, so that sealing takes long enough to be met."""


@dataclass(frozen=True)
class Trial:
    """What was killed where, how what was disturbed ended, and how long until the next had completed, in seconds."""

    victim: str
    place: str
    disturbed: str
    seconds: float
    wrong: tuple[str, ...]


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of each file below a folder."""
    return {p.relative_to(folder).as_posix(): sha256_file(p) for p in sorted(folder.rglob("*")) if p.is_file()}


@dataclass
class Ground:
    """All that trials need: the operation, its database, an undisturbed run, and dice."""

    up: Up
    postgres: Postgres
    store: str
    whole: Path
    dice: random.Random
    folder: Path
    number: int = 0

    def trial(self, victim: str, place: str) -> Trial:
        """Disturb one place by one victim, ask again, and look at everything."""
        self.number += 1
        began = time.monotonic()
        try:
            if place == PUBLISH:
                disturbed, wrong = self._publish(victim)
            elif place == SEAL:
                disturbed, wrong = self._seal(victim)
            else:
                disturbed, wrong = self._stage(victim, place)
        except (AssertionError, FactoryError) as error:
            disturbed, wrong = "", [f"{type(error).__name__}: {error}"]
        return Trial(victim, place, disturbed, round(time.monotonic() - began, 1), tuple(wrong))

    # The line.

    def _stage(self, victim: str, place: str) -> tuple[str, list[str]]:
        run = Run(self.up.home / "runs" / f"k{self.number}")
        later = LINE[LINE.index(place) :]
        shutil.copytree(self.whole, run.root, ignore=shutil.ignore_patterns("release", "audit.jsonl", *later))
        self._as_registered()
        made = run.root / "run.json"
        made.write_text(made.read_text().replace("awaiting review", "draft"))
        usual = {each.stage: each.wall_s for each in timings(Run(self.whole))}[place]
        asked = self.up.ask("produce", {"run": str(run.root)})
        until(f"{place} is at work", lambda: list(run.source.glob(f".part-{place}-*")) or not self._goes(asked))
        disturbed = self._disturb(victim, "source", asked, usual, lambda: is_free(run.root))
        expected = digests(self.whole / "release")
        wrong = []
        if run.candidate.exists() and (other := _differing(run.release, expected)):
            wrong.append(f"half a candidate: {other}")
        if (state := self.up.ended(self.up.ask("produce", {"run": str(run.root)}))) != "COMPLETED":
            wrong.append(f"the next run: {state}")
        if other := _differing(run.release, expected):
            wrong.append(f"other bytes, or an orphan in the release zone: {other}")
            shutil.copytree(run.root, self.folder.parent / f"wrong-{os.getpid()}-{self.number}")
        acts = [(entry.act, entry.outcome) for entry in read(run.audit)]
        if acts != [(Act.PRODUCE, Outcome.DONE)]:
            wrong.append(f"the log has {len(acts)} entries")
        wrong += self._left(run)
        shutil.rmtree(run.root)
        return disturbed, wrong

    def _as_registered(self) -> None:
        """The register as it was with the undisturbed run alone: a run whose folder is gone may have gone out, and the
        runs of earlier trials are gone."""
        register = Path(json.loads((self.whole / "source" / "request.json").read_text())["register"])
        kept = self.folder / "register-kept"
        if not kept.exists():
            shutil.copytree(register, kept)
        shutil.rmtree(register)
        shutil.copytree(kept, register)

    def _goes(self, flow_run: str) -> bool:
        return self.up.state(flow_run) not in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")

    def _disturb(self, victim: str, zone: str, flow_run: str, usual: float, over: Callable[[], bool]) -> str:
        """Do it at a random moment, wait until nobody works on the run; how the disturbed flow stands then."""
        time.sleep(self.dice.uniform(0, usual))
        with self._done_to(victim, zone):
            until("nobody works on the run", over)
            if victim == "disk":
                self.up.ended(flow_run)
        return str(until("the server answers", lambda: self.up.state(flow_run)))

    @contextlib.contextmanager
    def _done_to(self, victim: str, zone: str) -> Iterator[None]:
        """Kill it, or keep the disk full until the block ends."""
        if victim == "disk":
            with full(self.up.home):
                yield
            return
        if victim == "postgresql":
            self.postgres.kill()
            time.sleep(self.dice.uniform(0, 2))
            self.postgres.start()
        else:
            words = {"flow": "flow-run execute", "worker": f"--pool {zone}", "server": "server start"}
            if (pid := self.up.service(words[victim])) is not None:  # a flow may have ended by itself
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        yield

    def _left(self, run: Run) -> list[str]:
        return [f"left: {path.name}" for path in run.root.rglob(".part-*")]

    # Sealing and the catalogue.

    def _approved(self) -> tuple[Made, Path, str]:
        """A fresh run that two people approved, the accepted offer, and the licence's id."""
        name, licence = f"s{self.number}", f"L-{self.number}"
        review_by = (today() + dt.timedelta(days=20)).isoformat()
        with weighing(LARGE):
            made = make_run(self.up.home / "runs", name, review_by=review_by)
        terms = {"id": licence, "effective": today(), "expires": today() + dt.timedelta(days=200)}
        made.licence.write_text(yaml.safe_dump(licence_value(**terms)), encoding="utf-8")
        _approve(made)
        return made, made.signed(now=dt.datetime.now(dt.UTC)), licence

    def _form(self, made: Made, offer: Path) -> dict[str, str]:
        return {"run": str(made.run.root), "licence": str(offer), "name": OFFICER, "key": str(made.key(OFFICER))}

    def _seal(self, victim: str) -> tuple[str, list[str]]:
        made, offer, licence = self._approved()
        form = self._form(made, offer)
        before = len(read(made.run.audit))
        asked = self.up.ask("release", form)
        until("it is being sealed", lambda: _lines(made.run.audit) > before or not self._goes(asked))
        disturbed = self._disturb(victim, "release", asked, 1.0, lambda: is_free(made.run.root))
        kept = digests(made.run.bundle(licence)) if made.run.bundle(licence).exists() else None
        wrong = []
        if kept is not None:
            verify_seal(made.run.bundle(licence), load_people(made.run.people))
        if (state := self.up.ended(self.up.ask("release", form))) != "COMPLETED":
            wrong.append(f"the next run: {state}")
        if kept is not None and digests(made.run.bundle(licence)) != kept:
            wrong.append("a whole bundle was changed")
        wrong += self._sealed_wrong(made, licence)
        self._forget(made)
        return disturbed, wrong

    def _sealed_wrong(self, made: Made, licence: str) -> list[str]:
        """What is wrong with a release that has completed."""
        run = made.run
        verified = verify_seal(run.bundle(licence), load_people(run.people))
        wrong = []
        if sorted(path.name for path in run.bundles.iterdir()) != [licence, f"{licence}.zip"]:
            wrong.append("an orphan among the bundles")
        if verify_seal(run.bundle_zip(licence), load_people(run.people)).manifest != verified.manifest:
            wrong.append("folder and ZIP differ")
        # By name: a licensee's tables carry marks, which the seal that was verified answers for.
        if set(digests(run.bundle(licence) / "data")) != set(digests(run.candidate / "data")):
            wrong.append("the bundle lacks tables")
        acts = [(entry.act, entry.outcome) for entry in read(run.audit)]
        for once in ((Act.RELEASE, Outcome.BEGUN), (Act.SEAL, Outcome.DONE)):
            if acts.count(once) != 1:
                wrong.append(f"{once[0].value} is in the log {acts.count(once)} times")
        return wrong + self._left(run)

    def _publish(self, victim: str) -> tuple[str, list[str]]:
        made, offer, licence = self._approved()
        if self.up.ended(self.up.ask("release", self._form(made, offer))) != "COMPLETED":
            return "", ["could not be sealed before"]
        # A room of its own, whose people are this run's; beside it, in the same cluster, is the operation's.
        place = self.up.home / f"room{self.number}", self.postgres.database(f"room{self.number}")
        keeper = _keeper(*place)
        keeper.room.add_people(load_people(made.run.people), "setup")
        keeper.store.close()
        command = _publishing(made, *place)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(self.dice.uniform(0.5, 4.0))
        if victim in ("disk", "postgresql"):
            with self._done_to(victim, "release"):
                process.wait(120)
        else:
            process.kill()
        disturbed = str(process.wait(120))
        wrong = self._catalogue_wrong(_keeper(*place), licence, must=False)
        again = subprocess.run(command, capture_output=True, text=True, check=False)
        if again.returncode:
            wrong.append(f"publishing again: {again.returncode}")
        wrong += self._catalogue_wrong(_keeper(*place), licence, must=True)
        self._forget(made)
        shutil.rmtree(place[0])
        return disturbed, wrong

    def _catalogue_wrong(self, keeper: Keeper, licence: str, must: bool) -> list[str]:
        """Whether every licence in the catalogue has its whole file, the log holds, and `licence` is there."""
        log.verify(keeper.store)
        check_catalogue(keeper.store)
        with keeper.store.reading() as connection:
            rows = connection.exec_driver_sql("SELECT id, file, size FROM licences").all()
        keeper.store.close()
        wrong = [] if not must or licence in {row.id for row in rows} else ["it is not in the catalogue"]
        for row in rows:
            with keeper.storage.open(row.file) as handle:
                if hashlib.file_digest(handle, "sha256").hexdigest() != row.file:
                    wrong.append("half a bundle in the catalogue")
        return wrong

    def _forget(self, made: Made) -> None:
        shutil.rmtree(made.run.root)
        for path in self.up.home.glob(f"runs/{made.run.name}-*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _differing(folder: Path, expected: dict[str, str]) -> list[str]:
    """Files of a folder that are not as expected, or lack."""
    found = digests(folder)
    return sorted(name for name in {*found, *expected} if found.get(name) != expected.get(name))


def _keeper(home: Path, store: str) -> Keeper:
    return open_keeper(home, store, str(home / "files"))


def _publishing(made: Made, home: Path, store: str) -> list[str]:
    words = ("catalog", "publish", made.run.root, "--home", home, "--store", store, "--storage", home / "files")
    return [sys.executable, "-m", "factory.cli", *map(str, words)]


def _approve(made: Made) -> None:
    for person in ("Dr Wong", "Dr Lau"):
        approve(made.run, person, made.key(person), reason="Read in full.", now=dt.datetime.now(dt.UTC))


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n")


@contextlib.contextmanager
def full(folder: Path) -> Iterator[None]:
    """The file system of a folder has no byte left, but what is freed in it, until the block ends."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as handle:
        for size in (1 << 20, 1 << 12):
            with contextlib.suppress(OSError):
                while True:
                    handle.write(b"\0" * size)
    try:
        yield
    finally:
        ballast.unlink()


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """A file system of its own at `folder` while the block runs; says whether this machine may mount one."""
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, check=False, capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


@contextlib.contextmanager
def ground(folder: Path, seed: int) -> Iterator[tuple[Ground, tuple[str, ...]]]:
    """An operation over a PostgreSQL of its own, and who may be killed in it."""
    postgres = Postgres.make()
    try:
        store = postgres.database("kills")
        hospital, whole = small_hospital(folder / "hospital"), folder / "whole"
        words = ("produce", hospital / "contract.yaml", "--data", hospital, "--run", whole, "--seed", 4242, "--plain")
        command = [sys.executable, "-m", "factory.cli", *map(str, words), *QUICK]
        subprocess.run(command, check=True, capture_output=True)
        with small_disk(folder / "home") as mounted, operating(folder, store, "--source-limit", 4) as up:
            made = Ground(up, postgres, store, whole, random.Random(seed), folder)
            yield made, VICTIMS if mounted else VICTIMS[:-1]
    finally:
        postgres.stop()


def told(trial: Trial) -> str:
    """A trial as a line of JSON."""
    return json.dumps(trial.__dict__)

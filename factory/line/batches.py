"""The register as people see it: its batches, and the people of a destination and year; taking a lost batch out."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from factory.audit.log import Act, Outcome, append
from factory.batches.ledger import Batch, Ledger
from factory.batches.register import Register, open_register
from factory.batches.standing import standing
from factory.core.errors import NotReady
from factory.core.files import canonical_json, sha256_bytes

AUDIT = "audit.jsonl"


@dataclass(frozen=True)
class BatchLine:
    """A batch as it is listed: its id, its run's name, that run's state (`gone` where it cannot be read), people."""

    id: str
    run: str
    state: str
    destination: str
    years: tuple[int, ...]
    people: int


@dataclass(frozen=True)
class Listing:
    """The batches of a register, and different people by destination and year, out or still to go."""

    batches: tuple[BatchLine, ...]
    people: dict[tuple[str, int], int]


def listing(home: Path) -> Listing:
    """What a register holds. Raises: NotReady where there is none, StorageError."""
    register, ledger = _opened(home)
    lines, held = [], defaultdict(set)
    for batch in ledger.batches():
        found = standing(register.home, batch)
        state = "gone" if found.run is None else str(found.run.state()["state"])
        years = tuple(sorted(found.years))
        lines.append(
            BatchLine(batch.id, Path(batch.folder).name, state, batch.destination, years, ledger.people({batch.id}))
        )
        for year in years:
            held[batch.destination, year].add(batch.id)
    return Listing(tuple(lines), {key: ledger.people(ids) for key, ids in sorted(held.items())})


def forget(home: Path, batch: str, who: str) -> None:
    """Take a batch out whose run is gone and of which, as `who` says, nothing was released; a log keeps who said so.

    A batch whose run is there is judged by that run, and stays. Raises: NotReady, RunError, StorageError.
    """
    register, ledger = _opened(home)
    with register.held():
        found = _named(ledger, batch)
        if standing(register.home, found).run is not None:
            raise NotReady(
                f"The run of this batch, {Path(found.folder).name}, is there, and says itself whether it counts.",
                "Only a batch whose run is gone is taken out.",
            )
        subject = sha256_bytes(canonical_json([found.id, found.folder, found.destination, found.first, found.last]))
        append(register.home / AUDIT, who, Act.WITHDRAW, subject, Outcome.DONE)
        ledger.remove(found.id)


def _named(ledger: Ledger, batch: str) -> Batch:
    for found in ledger.batches():
        if found.id == batch:
            return found
    raise NotReady("The register holds no batch of this id.", "See them with: factory batches")


def _opened(home: Path) -> tuple[Register, Ledger]:
    if not (home / "register.key").is_file():
        raise NotReady(f"{home} is not a register of batches.", "Name .register beside the run folders.")
    register = open_register(home)
    return register, Ledger(register.ledger)

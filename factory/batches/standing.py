"""What became of the other batches of a register: which may still go out, which did, and in which years."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from factory.audit import Act, read
from factory.batches.ledger import Batch, Ledger
from factory.core.errors import FactoryError
from factory.core.files import storage_errors, write_bytes
from factory.core.run import Run, RunState

IDENTITY = "batch.id"
_NEVER = (RunState.FAILED_GATES, RunState.CHANGES_ASKED, RunState.REFUSED, RunState.EXPIRED)
"""States of a run that goes nowhere as it is; produced again, its batch is entered again."""
_DECIDED = (RunState.APPROVED, RunState.RELEASED, RunState.REVOKED)


@dataclass(frozen=True)
class Standing:
    """Of a batch: its run (None where the folder is gone), the years in which its people went or may go, whether a
    release of it is out or decided on."""

    batch: Batch
    run: Run | None
    years: frozenset[int]
    out: bool


def standing(home: Path, batch: Batch) -> Standing:
    """Where a batch stands, from its run's state and log. One whose run is gone or cannot be read may have gone out."""
    run = Run(Path(os.path.normpath(home / batch.folder)))
    may = frozenset(range(batch.first, batch.last + 1))
    try:
        if identity(run) != batch.id:
            return Standing(batch, None, may, True)
        state = RunState(run.state()["state"]) if (run.root / "run.json").exists() else RunState.DRAFT
        acts = read(run.audit) if run.audit.exists() else ()
    except (FactoryError, ValueError, KeyError, TypeError):
        return Standing(batch, None, may, True)
    went = frozenset(int(entry.at[:4]) for entry in acts if entry.act is Act.RELEASE)
    if went:
        return Standing(batch, run, went, True)
    return Standing(batch, run, frozenset() if state in _NEVER else may, state in _DECIDED)


def identity(run: Run) -> str | None:
    """The random id of the batch of a run, None before it was given one. Raises: StorageError."""
    path = run.source / IDENTITY
    with storage_errors(path):
        return path.read_text().strip() if path.exists() else None


def give_identity(run: Run, home: Path, ledger: Ledger) -> str:
    """The id of the run's batch. A copy of a run folder gets one of its own, lest it take the original's entry."""
    own = identity(run)
    folder = relative(run, home)
    for batch in ledger.batches():
        if batch.id == own and batch.folder != folder and standing(home, batch).run is not None:
            own = None
    if own is None:
        own = os.urandom(16).hex()
        write_bytes(run.source / IDENTITY, own.encode() + b"\n", 0o600)
    return own


def relative(run: Run, home: Path) -> str:
    """The run's folder as the ledger has it, so that register and runs can be moved together."""
    return os.path.relpath(run.root.resolve(), home.resolve())


def sent(ledger: Ledger, home: Path, own: str, destination: str, year: int, out: bool = False) -> tuple[int, int]:
    """Different people whose data went to a destination in a year or may go, those of the batch `own` among them; and
    how many of these the other batches alone hold. With `out` of other batches those only that are out or decided on.
    """
    others = set()
    for batch in ledger.batches():
        if batch.id != own and batch.destination == destination:
            found = standing(home, batch)
            if year in found.years and (found.out or not out):
                others.add(batch.id)
    everybody = ledger.people({*others, own})
    return everybody, everybody - ledger.people({own})

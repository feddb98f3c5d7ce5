"""What has to hold of earlier releases at the moment of a release, since others may have come after the candidate."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from collections.abc import Iterator

from factory.batches.ledger import Ledger
from factory.batches.register import Register, open_register
from factory.batches.stage import FACTS, STAGE, marks_of
from factory.batches.standing import sent, standing
from factory.contract import Contract
from factory.core.errors import GateFailed, NotReady, StorageError
from factory.core.files import pretty_json, read_json, sha256_file, storage_errors, write_bytes
from factory.core.progress import say
from factory.core.run import Run
from factory.evidence.controls.base import Evidence, Verdict
from factory.evidence.controls.judge import CATALOGUE
from factory.line.request import run_contract
from factory.line.stages import asked_of

COUNTED = "CN-4"
RECEIPT = "register-asked.json"
FRESH = dt.timedelta(days=1)
"""How long a receipt is good: another release may come at any time."""


@contextlib.contextmanager
def checked_release(run: Run) -> Iterator[None]:
    """Check a release and hold the register until it is done, so that of two at once the second sees the first.

    A user who may not enter the source zone goes by the receipt that its own user left, see `leave_receipt`. Where
    there is no source zone, or the run is from before there was a register, there is nothing to ask; that is said.
    Raises: NotReady when a release of the same people was never assessed together with this one or there is no receipt,
    GateFailed when more people's data would go to the destination this year than the route allows, StorageError.
    """
    if not at_hand(run):
        if run.source.is_dir() and not os.access(run.source, os.R_OK | os.X_OK, effective_ids=True):
            _check_receipt(run)
        else:
            say("note the register of batches is not at hand: other releases of the same people were not looked for")
        yield
        return
    contract = run_contract(run)
    register = open_register(asked_of(run, contract).register)
    with register.held():
        ledger, own = Ledger(register.ledger), read_json(run.stage(STAGE) / FACTS)["id"]
        _check_assessed(run, register, ledger, own)
        _check_year(run, contract, register, ledger, own)
        yield


def at_hand(run: Run) -> bool:
    """Whether this user may read in which batch the run's people are."""
    return os.access(run.stage(STAGE) / FACTS, os.R_OK, effective_ids=True)


def leave_receipt(run: Run) -> None:
    """Say beside the run that the register was asked about its candidate and spoke against nothing.

    For a release by a user who may not enter the source zone. Raises: NotReady, StorageError.
    """
    said = {"candidate": _digest(run), "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds")}
    write_bytes(run.root / RECEIPT, pretty_json(said))


def _check_receipt(run: Run) -> None:
    path = run.root / RECEIPT
    try:
        with storage_errors(path):
            # Whoever releases may write beside the run, and could leave one; then it is theirs.
            own = path.stat().st_uid == run.source.stat().st_uid
        said = read_json(path)
        age = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(said["at"])
        good = own and said["candidate"] == _digest(run) and dt.timedelta() <= age <= FRESH
    except (StorageError, NotReady, ValueError, KeyError, TypeError):
        good = False
    if not good:
        raise NotReady(
            f"Whether other releases hold people of {run.name} was not asked in the last {FRESH.days * 24} hours.",
            "As the user of the source zone: factory batches --check RUN",
        )


def _digest(run: Run) -> str:
    with storage_errors(run.candidate):
        return sha256_file(run.candidate / "candidate.json")


def _check_assessed(run: Run, register: Register, ledger: Ledger, own: str) -> None:
    """Every release that is out and shares people was attacked together with this one, by its run or by this."""
    batches = {batch.id: batch for batch in ledger.batches()}
    for other in ledger.shared(own):
        found = standing(register.home, batches[other])
        if not found.out or _assessed(run, other, found.run):
            continue
        if found.run is None:
            if any(one["id"] == other for one in _linked(run)):
                continue  # it was gone when the candidate was made, which says so to its reviewers
            raise NotReady(
                "A run that shares people with this one is gone, and may have been released.",
                "Restore its folder, or produce this batch in a new --run folder, which will say so.",
            )
        if not _assessed(found.run, own, run):
            raise NotReady(
                f"{found.run.name} holds people of this run and was decided on after this candidate was made.",
                "Produce this batch in a new --run folder: it is then assessed together with that release.",
            )


def _assessed(run: Run, other: str, made: Run | None) -> bool:
    """Whether `run` was assessed together with the batch `other` as its run holds it now."""
    return any(one["id"] == other and made is not None and one["stages"] == marks_of(made) for one in _linked(run))


def _linked(run: Run) -> list[dict[str, object]]:
    made: list[dict[str, object]] = read_json(run.stage(STAGE) / FACTS)["linked"]
    return made


def _check_year(run: Run, contract: Contract, register: Register, ledger: Ledger, own: str) -> None:
    """Judge CN-4 once more, for the year of today and the releases that are out by now, where a regime asks for it."""
    facts = read_json(run.candidate / "dossier.json")
    if not any(control["id"] == COUNTED for control in facts["controls"]):
        return
    today = dt.datetime.now(dt.UTC).date()
    destination = contract.statement.destination or ""
    everybody, _ = sent(ledger, register.home, own, destination, today.year, out=True)
    now = {**facts, "review_by": today.isoformat(), "batch": {"sent": {str(today.year): everybody}}}
    if CATALOGUE[COUNTED].check(Evidence(contract, now, run.candidate)).verdict is Verdict.FAIL:
        raise GateFailed(
            f"{COUNTED}: more people's data would go to one destination in {today.year} than the route allows.",
            "Have the route's authority decide first, or release in another year.",
        )

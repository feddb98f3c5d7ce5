"""Sealing: an approved candidate and a licence become a bundle, signed by a release officer.

Every byte of the bundle follows from the candidate, the votes, the licence, the officer's key and the
log up to the release's entry, which is written first. A process killed anywhere leaves either no bundle
or a whole one, and running the command again ends in the same bytes.
"""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

from factory.audit import Act, Outcome, append, read
from factory.core.errors import LicenceError, OutputExists, ReviewError
from factory.core.files import sha256_bytes, storage_errors
from factory.core.keys import load_private
from factory.core.run import Run
from factory.release.bundle import build, pack
from factory.release.expiry import check_evidence
from factory.release.licence import check_grants, check_not_expired, load_licence
from factory.release.verify import Verified, verify_seal
from factory.review.candidate import check_files
from factory.review.permissions import check_may_release
from factory.review.policies import check_approved
from factory.review.states import Event, advance, state_of
from factory.review.voting import Standing, settle


def seal(run: Run, licence: Path, name: str, key: Path, now: dt.datetime | None = None, *, room: bool = False) -> Path:
    """Seal the bundle of an approved run and return its folder; `bundle.zip` stands beside it.

    `room` says that the review room was asked just now and has not revoked what it approved. Takes the run's lock.
    Sealing a released run again under the same licence changes nothing.

    Raises: NotReady when the run is not approved, ReviewError, KeyInvalid, LicenceError, OutputExists when
    the run was released under another licence, BundleInvalid, RunBusy, RunError, StorageError, DiskFull.
    """
    private = load_private(key)
    terms, terms_data = load_licence(licence)
    moment = now or dt.datetime.now(dt.UTC)
    state_of(run.state())  # before the lock, which would make the folder
    with run.lock():
        standing = settle(run, moment)
        after = advance(standing.state, Event.RELEASE)
        if run.room_proof.is_file() and not room:
            raise ReviewError("This run was reviewed in a room, which has to be asked.", "Name it with --room DIR.")
        check_evidence(run.candidate, moment)
        check_may_release(standing.people, standing.candidate, name, private)
        check_approved(standing.candidate, standing.digest, standing.votes.values(), standing.attestations.values())
        check_grants(terms, standing.candidate, LicenceError)
        check_not_expired(terms, moment)
        _sweep(run)
        if not _is_sealed(run):
            check_files(run.candidate, standing.candidate)
            build(run, standing, terms, terms_data, name, private)
        verified = _verified(run, standing, sha256_bytes(terms_data))
        pack(run, verified.contents)
        _log(run, verified)
        run.set_state(state=after.value)
    return run.bundle


def _sweep(run: Run) -> None:
    """Remove what killed processes left half-made; the lock says that nobody is at work on it."""
    with storage_errors(run.release):
        for path in run.release.glob(".part-*"):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def _is_sealed(run: Run) -> bool:
    with storage_errors(run.bundle):
        return run.bundle.is_dir() and any(run.bundle.iterdir())


def _verified(run: Run, standing: Standing, licence: str) -> Verified:
    """Read the bundle back from disk and prove it, as a recipient would."""
    verified = verify_seal(run.bundle, standing.people)
    if (verified.manifest.candidate, verified.manifest.licence) != (standing.digest, licence):
        raise OutputExists(
            f"This run was released under the licence {verified.licence.id} already.",
            "Give that licence again, or produce another run for this one.",
        )
    return verified


def _log(run: Run, verified: Verified) -> None:
    subject = sha256_bytes(verified.manifest.data())
    if not any(e.same_as(verified.signer, Act.SEAL, subject, Outcome.DONE) for e in read(run.audit)):
        append(run.audit, verified.signer, Act.SEAL, subject, Outcome.DONE)

"""Sealing: an approved candidate and a licence that both sides signed become a bundle, signed by a release officer.

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
from factory.release.licence import check_grants, check_not_expired
from factory.release.offer import Offer, check_both, load_offer
from factory.release.verify import Verified, verify_seal
from factory.review.candidate import check_files
from factory.review.permissions import check_may_release
from factory.review.policies import check_approved
from factory.review.states import Event, advance, state_of
from factory.review.voting import Standing, settle


def seal(
    run: Run,
    licence: Path,
    name: str,
    key: Path,
    now: dt.datetime | None = None,
    *,
    room: bool = False,
    status: str = "",
) -> Path:
    """Seal an approved run for one licensee and return the bundle's folder; its ZIP stands beside it.

    `licence` is the folder of an accepted offer (`factory.release.offer`). `room` says that the review room was asked
    just now and has not revoked what it approved; `status` is the catalogue's address, where it will be told whether
    the copy was taken back. Takes the run's lock. A run is released to any number of licensees,
    one after another; sealing again under the same licence changes nothing.

    Raises: NotReady when the run is not approved, ReviewError, KeyInvalid, LicenceError, OutputExists when
    another licence has the id, BundleInvalid, RunBusy, RunError, StorageError, DiskFull.
    """
    private = load_private(key)
    offer = load_offer(licence)
    terms = offer.licence
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
        _check_offer(offer, standing)
        check_not_expired(terms, moment)
        _sweep(run)
        if not _is_sealed(run, terms.id):
            check_files(run.candidate, standing.candidate)
            build(run, standing, offer, name, private, status)
        verified = _verified(run, standing, offer)
        pack(run, terms.id, verified.contents)
        _log(run, verified)
        run.set_state(state=after.value)
    return run.bundle(terms.id)


def _check_offer(offer: Offer, standing: Standing) -> None:
    """Both sides signed this licence, for this candidate, and it grants what may be granted. Raises: LicenceError."""
    check_grants(offer.licence, standing.candidate, LicenceError)
    if offer.candidate != standing.digest:
        raise LicenceError("The licence was signed for other data than these.", "Offer it anew: factory licence offer")
    check_both(offer.envelope, offer.licence, standing.people, LicenceError)


def _sweep(run: Run) -> None:
    """Remove what killed processes left half-made; the lock says that nobody is at work on it."""
    with storage_errors(run.release):
        for path in (*run.release.glob(".part-*"), *run.bundles.glob(".part-*")):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def _is_sealed(run: Run, licence: str) -> bool:
    bundle = run.bundle(licence)
    with storage_errors(bundle):
        return bundle.is_dir() and any(bundle.iterdir())


def _verified(run: Run, standing: Standing, offer: Offer) -> Verified:
    """Read the bundle back from disk and prove it, as a recipient would."""
    verified = verify_seal(run.bundle(offer.licence.id), standing.people)
    if (verified.manifest.candidate, verified.manifest.licence) != (standing.digest, offer.digest):
        raise OutputExists(
            f"This run was released under another licence with the id {offer.licence.id} already.",
            "Give that licence again, or this one another id.",
        )
    return verified


def _log(run: Run, verified: Verified) -> None:
    subject = sha256_bytes(verified.manifest.data())
    if not any(e.same_as(verified.signer, Act.SEAL, subject, Outcome.DONE) for e in read(run.audit)):
        append(run.audit, verified.signer, Act.SEAL, subject, Outcome.DONE)

"""Bringing a released run into the catalogue: its entry, and the sealed file of each licence."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from factory.audit import Act, Outcome
from factory.audit.proof import Proof
from factory.catalog.keeper.entered import row_digest
from factory.catalog.keeper.entries import DOSSIERS, FACTS, entry, read_facts
from factory.catalog.keeper.keeper import Keeper, Row, ordered, stamped
from factory.core.documents import LARGEST_DOCUMENT, from_canonical, read_capped
from factory.core.errors import BundleInvalid, NotReady, OutputExists, ReviewError, Revoked
from factory.core.files import sha256_file, storage_errors
from factory.core.run import Run, RunState
from factory.release.expiry import expires
from factory.release.manifest import AUDIT
from factory.release.verify import Verified, verify_seal
from factory.review.candidate import CANDIDATE, Candidate, check_files, load_candidate
from factory.store import log
from factory.store.schema import licences, releases, submissions, withdrawals


def publish(keeper: Keeper, run: Run) -> tuple[Candidate, list[str]]:
    """Publish a run's release and every licence's bundle of it; returns the ids of the licences that are new.

    Publishing again adds what was sealed since. Every bundle is verified against the room's people first.

    Raises: NotReady when nothing is sealed, BundleInvalid, Revoked, OutputExists when the name and version are taken
    by other data, StorageError, DiskFull.
    """
    candidate, _ = load_candidate(run.candidate)
    check_files(run.candidate, candidate)
    sealed = sorted(path for path in run.bundles.glob("*.zip")) if run.bundles.is_dir() else []
    if not sealed:
        raise NotReady("This run was released to nobody.", "Seal it first: factory release RUN --licence OFFER")
    people = keeper.room.people()
    return _bring(keeper, run.candidate, [(path, verify_seal(path, people)) for path in sealed], preview=True)


def publish_sealed(keeper: Keeper, bundle: Path) -> tuple[Candidate, list[str]]:
    """Publish a sealed ZIP that came alone, from the host where the run is; returns as `publish` does.

    No rows are shown of it: its tables bear its licensee's marks, and the reviewed ones stayed where they were made.

    Raises: BundleInvalid when it is not what was sealed by the room's people, and as `publish`.
    """
    verified = verify_seal(bundle, keeper.room.people())
    with tempfile.TemporaryDirectory(prefix="factory-publish-") as named, storage_errors(bundle):
        folder = Path(named)
        for name in (CANDIDATE, *verified.candidate.files):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            with (folder / name).open("wb") as out:
                verified.contents.copy(name, out)
        return _bring(keeper, folder, [(bundle, verified)], preview=False)


def _bring(
    keeper: Keeper, folder: Path, found: list[tuple[Path, Verified]], preview: bool
) -> tuple[Candidate, list[str]]:
    """Enter the candidate that lies in `folder` and its verified bundles, all in one transaction."""
    candidate, digest = load_candidate(folder)
    for path, verified in found:
        if verified.manifest.candidate != digest:
            raise ReviewError(f"{path.name} holds other data than the run.", "Release the run again.")
    with keeper.store.reading() as connection:
        before = _facts_before(keeper, connection, candidate)
    made = entry(folder, candidate, before, preview)
    for name in (*DOSSIERS.values(), FACTS):
        if name in candidate.files:
            keeper.storage.put(folder / name, candidate.files[name].sha256)
    digests = {path: sha256_file(path) for path, _ in found}
    for path, kept in digests.items():
        keeper.storage.put(path, kept)
    with keeper.store.writing() as connection:
        log.hold(connection)
        _check_standing(connection, digest)
        _enter_release(keeper, connection, candidate, digest, made, folder)
        fresh = [
            verified.licence.id
            for path, verified in found
            if _enter_licence(keeper, connection, verified, path, digests[path])
        ]
        _link(connection, candidate, digest, _produced(found[0][1]))
    return candidate, fresh


def _check_standing(connection: Connection, digest: str) -> None:
    """Neither the room nor the catalogue has taken it back. Raises: Revoked, NotReady."""
    state = connection.execute(sa.select(submissions.c.state).where(submissions.c.digest == digest)).scalar()
    row = connection.execute(sa.select(releases.c.revoked).where(releases.c.candidate == digest)).scalar()
    if state == RunState.REVOKED.value or row is not None:
        raise Revoked("This release was revoked.", "Produce the run anew.")
    if state not in (None, RunState.RELEASED.value):
        raise NotReady("The review room did not release this run.", "Seal it with --room.")


def _enter_release(
    keeper: Keeper, connection: Connection, candidate: Candidate, digest: str, made: dict[str, Any], folder: Path
) -> None:
    same = sa.and_(releases.c.name == candidate.name, releases.c.version == candidate.version)
    there = connection.execute(sa.select(releases.c.candidate).where(same)).scalar()
    if there == digest:
        return
    if there is not None:
        raise OutputExists(
            f"{candidate.name} {candidate.version} is in the catalogue already, with other data.",
            "Give the contract's data set a new version.",
        )
    now = keeper.clock()
    last = expires(read_capped(folder / FACTS)) if FACTS in candidate.files else None
    values = {
        "candidate": digest,
        "name": candidate.name,
        "version": candidate.version,
        "title": candidate.title,
        "published": stamped(now),
        "published_by": "terminal",
        "evidence_expires": None if last is None else last.isoformat(),
        "document": read_capped(folder / CANDIDATE),
        "entry": json.dumps(made, ensure_ascii=False),
    }
    connection.execute(sa.insert(releases).values(values))
    log.append(connection, "terminal", Act.PUBLISH, row_digest(releases, values), Outcome.DONE, now)


def _link(connection: Connection, candidate: Candidate, digest: str, produced: str) -> None:
    """What waited for a re-synthesis has its successor in a later version that was produced since."""
    waiting = sa.select(withdrawals, releases.c.version).join(releases, releases.c.candidate == withdrawals.c.candidate)
    waiting = waiting.where(releases.c.name == candidate.name, withdrawals.c.successor.is_(None))
    for old in connection.execute(waiting).all():
        if old.at <= produced and ordered(old.version) < ordered(candidate.version):
            one = withdrawals.c.candidate == old.candidate
            connection.execute(sa.update(withdrawals).where(one).values(successor=digest))
            after = {"successor": candidate.version}
            connection.execute(sa.update(releases).where(releases.c.candidate == old.candidate).values(after))


def _produced(verified: Verified) -> str:
    """When the run's log says the candidate was produced; before everything where it does not."""
    proof = from_canonical(verified.contents.document(AUDIT), Proof, AUDIT, BundleInvalid)
    entries = [item.entry for item in proof.entries if item.entry.subject == verified.manifest.candidate]
    return max((entry.at for entry in entries if entry.act is Act.PRODUCE), default="")


def _enter_licence(keeper: Keeper, connection: Connection, verified: Verified, path: Path, file: str) -> bool:
    licence, digest = verified.licence, verified.manifest.licence
    if connection.execute(sa.select(licences.c.digest).where(licences.c.digest == digest)).first():
        return False
    if connection.execute(sa.select(licences.c.digest).where(licences.c.id == licence.id)).first():
        raise OutputExists(f"There is another licence with the id {licence.id} already.", "Give it another id.")
    values = {
        "digest": digest,
        "id": licence.id,
        "candidate": verified.manifest.candidate,
        "licensee": licence.licensee.name,
        "effective": licence.effective.isoformat(),
        "expires": licence.expires.isoformat(),
        "document": verified.contents.document("licence.yaml"),
        "file": file,
        "size": path.stat().st_size,
        "rows": sum(verified.copy.rows.values()),
    }
    connection.execute(sa.insert(licences).values(values))
    log.append(connection, "terminal", Act.PUBLISH, row_digest(licences, values), Outcome.DONE, keeper.clock())
    return True


def _facts_before(keeper: Keeper, connection: Connection, candidate: Candidate) -> dict[str, Any] | None:
    """The facts of the version that stands before this one."""
    here = ordered(candidate.version)
    rows: list[Row] = list(connection.execute(sa.select(releases).where(releases.c.name == candidate.name)))
    older = [row for row in rows if ordered(row.version) < here]
    if not older:
        return None
    kept = json.loads(max(older, key=lambda row: ordered(row.version)).entry)["facts"]
    return None if kept is None else read_facts(keeper.storage.read(kept, LARGEST_DOCUMENT))

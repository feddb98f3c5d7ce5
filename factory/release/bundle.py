"""What goes into a bundle: the candidate as reviewed, votes, licence, proof of the log, manifest, signature."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from factory.audit import Act, Entry, Outcome, append, read
from factory.audit.proof import Proof, prove
from factory.core.documents import read_capped
from factory.core.errors import FactoryError, ReviewError
from factory.core.files import atomic_folder, atomic_path, canonical_json, sha256_bytes
from factory.core.run import Run
from factory.release import copied, statements, ziparchive
from factory.release import manifest as sealed
from factory.release.card import card
from factory.release.contents import Contents, open_contents
from factory.release.manifest import Manifest
from factory.release.offer import LICENCE_SIGNED, Offer
from factory.release.verify import release_subject
from factory.review.candidate import CANDIDATE, FileEntry
from factory.review.voting import Standing

_PIECE = 1 << 20


def build(run: Run, standing: Standing, offer: Offer, name: str, key: Ed25519PrivateKey, status: str = "") -> None:
    """Make the bundle's folder, whole or not at all; `status` is where the catalogue tells what was taken back.

    Raises: ReviewError when the candidate changes meanwhile, RunError, OutputExists, StorageError, DiskFull.
    """
    from factory.release import copies  # with data frames, which verifying does without

    candidate, licence = standing.candidate, offer.licence
    copy = copies.make_copy(run.candidate, candidate, copies.secret_of(run.marks_key), licence.id, offer.digest)
    small = {
        CANDIDATE: (run.candidate / CANDIDATE).read_bytes(),
        **offer.files,
        LICENCE_SIGNED: offer.envelope.data(),
        copied.COPY: statements.sign(copy.statement(), key).data(),
        sealed.CARD: card(candidate, standing.digest, licence, copy.said),
        sealed.AUDIT: _proof(run, standing, name, release_subject(standing.digest, offer.digest)),
        **{f"{sealed.VOTES}{digest}.json": vote.data() for digest, vote in standing.votes.items()},
        **{f"{sealed.ATTESTATIONS}{digest}.json": item.data() for digest, item in standing.attestations.items()},
    }
    if run.room_proof.is_file():
        small[sealed.ROOM] = read_capped(run.room_proof)
    files = dict(candidate.files)
    with atomic_folder(run.bundle(licence.id)) as folder:
        for path, entry in candidate.files.items():
            if path not in copy.files:
                _copy(run.candidate / path, folder / path, path, entry)
        for path, data in (small | copy.files).items():
            _write(folder / path, data)
            files[path] = FileEntry(sha256=sha256_bytes(data), bytes=len(data))
        manifest = Manifest(
            name=candidate.name,
            version=candidate.version,
            candidate=standing.digest,
            producer=candidate.producer,
            licence=offer.digest,
            licence_id=licence.id,
            status=status or None,
            files=files,
        )
        _write(folder / sealed.MANIFEST, manifest.data())
        _write(folder / sealed.SIGNATURE, sealed.signed(manifest, key).data())


def pack(run: Run, licence: str, contents: Contents) -> None:
    """Write the bundle's ZIP, unless it is there and holds exactly these files. Raises: StorageError, DiskFull."""
    target = run.bundle_zip(licence)
    if target.is_file():
        try:
            if open_contents(target).files == contents.files:
                return
        except FactoryError:
            pass  # damaged since: it is made anew from the folder, which has just been verified
    with atomic_path(target) as part, part.open("wb") as out:
        ziparchive.write(out, run.bundle(licence), contents.files)


def _proof(run: Run, standing: Standing, name: str, subject: str) -> bytes:
    """Proof of the votes and the release in the log as it was when the release was entered.

    The entry is written before the bundle, as intent, since the bundle has to hold it; a release begun by a
    process that was killed is found again here, so that going on with it gives the same bytes.
    """
    entry = next((e for e in read(run.audit) if e.same_as(name, Act.RELEASE, subject, Outcome.BEGUN)), None)
    entry = entry or append(run.audit, name, Act.RELEASE, subject, Outcome.BEGUN)
    log: tuple[Entry, ...] = read(run.audit)[: entry.number]
    proof: Proof = prove(log, {standing.digest, subject, *standing.votes, *standing.attestations})
    return canonical_json(proof.model_dump(mode="json"))


def _copy(source: Path, target: Path, path: str, entry: FileEntry) -> None:
    """Copy what was reviewed: the digest is taken of the very bytes that are written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with source.open("rb") as handle, target.open("wb") as out:
        while piece := handle.read(_PIECE):
            digest.update(piece)
            out.write(piece)
    if digest.hexdigest() != entry.sha256:
        raise ReviewError(f"{path} was changed after it was reviewed.", "Produce the run again.")


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)

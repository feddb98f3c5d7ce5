"""manifest.json, which lists every byte of a bundle, and release.dsse.json, which seals it."""

from __future__ import annotations

from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import Field, model_validator

from factory.core.documents import Digest, Document, Line, from_canonical
from factory.core.errors import BundleInvalid
from factory.core.files import canonical_json, sha256_bytes
from factory.release import statements
from factory.release.copied import COPY
from factory.release.licence import LicenceId
from factory.release.offer import LICENCE, LICENCE_ODRL, LICENCE_SIGNED, LICENCE_TEXTS
from factory.release.statements import Envelope
from factory.review.candidate import CANDIDATE, FileEntry, RelativePath, check_paths
from factory.review.people import People, Person, Role

MANIFEST = "manifest.json"
SIGNATURE = "release.dsse.json"
AUDIT = "audit.json"
CARD = "README.md"
VOTES = "votes/"
ATTESTATIONS = "attestations/"
ROOM = "room.json"
FIXED = frozenset({CANDIDATE, LICENCE, LICENCE_ODRL, LICENCE_SIGNED, *LICENCE_TEXTS.values(), COPY, CARD, AUDIT})
"""What every bundle holds beside the candidate's files, the votes, the manifest and its signature."""

PREDICATE = "urn:clinical-data-factory:release:1"


class Manifest(Document):
    """What a bundle is and every file in it but the manifest itself and its signature."""

    format: Literal[2] = 2
    name: Line
    version: Line
    candidate: Digest
    producer: Line
    licence: Digest
    licence_id: LicenceId
    status: Line | None = Field(None, description="Where the catalogue says whether this copy was taken back.")
    files: dict[RelativePath, FileEntry] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_name_one_file(self) -> Manifest:
        check_paths(self.files)
        return self

    def data(self) -> bytes:
        """Bytes of manifest.json."""
        return canonical_json(self.model_dump(mode="json"))


def signed(manifest: Manifest, key: Ed25519PrivateKey) -> Envelope:
    """The release officer's signature over the manifest's bytes, as an in-toto Statement on them."""
    return statements.sign(
        statements.statement({MANIFEST: sha256_bytes(manifest.data())}, PREDICATE, _predicate(manifest)), key
    )


def check_signature(manifest: bytes, envelope: bytes, people: People) -> Person:
    """The release officer who sealed these bytes of manifest.json. Raises: BundleInvalid."""
    made, sealed = statements.open_envelope(envelope, SIGNATURE, PREDICATE, BundleInvalid)
    if made.digests != {MANIFEST: sha256_bytes(manifest)}:
        raise BundleInvalid(f"{MANIFEST} is not the one that was signed.")
    person = officer(sealed, people, SIGNATURE)
    parsed = from_canonical(manifest, Manifest, MANIFEST, BundleInvalid)
    if made.predicate != _predicate(parsed):
        raise BundleInvalid(f"{SIGNATURE} says something else of the bundle than {MANIFEST}.")
    return person


def officer(envelope: Envelope, people: People, what: str) -> Person:
    """The one release officer who signed an envelope. Raises: BundleInvalid."""
    found = statements.signers(envelope, people, what, BundleInvalid)
    if len(found) != 1:
        raise BundleInvalid(f"{what} is signed by {len(found)} people.")
    if Role.RELEASE_OFFICER not in found[0].roles:
        raise BundleInvalid(f"{what} is signed by {found[0].name}, who is not a release officer.")
    return found[0]


def _predicate(manifest: Manifest) -> dict[str, str]:
    return {
        "name": manifest.name,
        "version": manifest.version,
        "candidate": manifest.candidate,
        "licence": manifest.licence,
    }

"""manifest.json, which lists every byte of a bundle, and signature.json, which seals it."""

from __future__ import annotations

from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import Field, model_validator

from factory.core import keys
from factory.core.documents import Digest, Document, Line
from factory.core.errors import BundleInvalid
from factory.core.files import canonical_json, sha256_bytes
from factory.review.candidate import CANDIDATE, FileEntry, RelativePath, check_paths
from factory.review.people import People, Person, Role

MANIFEST = "manifest.json"
SIGNATURE = "signature.json"
LICENCE = "licence.yaml"
LICENCE_TEXT = "licence.txt"
AUDIT = "audit.json"
VOTES = "votes/"
ATTESTATIONS = "attestations/"
ROOM = "room.json"
FIXED = frozenset({CANDIDATE, LICENCE, LICENCE_TEXT, AUDIT})
"""What every bundle holds beside the candidate's files, the votes, the manifest and its signature."""

_PURPOSE = "bundle"


class Manifest(Document):
    """What a bundle is and every file in it but the manifest itself and its signature."""

    format: Literal[1] = 1
    name: Line
    version: Line
    candidate: Digest
    producer: Line
    licence: Digest
    files: dict[RelativePath, FileEntry] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_name_one_file(self) -> Manifest:
        check_paths(self.files)
        return self

    def data(self) -> bytes:
        """Bytes of manifest.json."""
        return canonical_json(self.model_dump(mode="json"))


class Signature(Document):
    """Who sealed the manifest of this digest."""

    payload: Digest
    name: Line
    signature: str

    def data(self) -> bytes:
        """Bytes of signature.json."""
        return canonical_json(self.model_dump(mode="json"))


def signed(manifest: bytes, name: str, key: Ed25519PrivateKey) -> Signature:
    """The signature of a release officer over the manifest's bytes."""
    return Signature(payload=sha256_bytes(manifest), name=name, signature=keys.sign(key, _PURPOSE, manifest))


def check_signature(manifest: bytes, signature: Signature, people: People) -> Person:
    """The release officer who sealed these bytes. Raises: BundleInvalid."""
    if signature.payload != sha256_bytes(manifest):
        raise BundleInvalid(f"{MANIFEST} is not the one that was signed.")
    person = people.get(signature.name)
    if person is None:
        raise BundleInvalid(
            f"The bundle is signed by {signature.name}, who is not among the keys you trust.",
            "Ask the licensor for the list of keys over another channel.",
        )
    if Role.RELEASE_OFFICER not in person.roles:
        raise BundleInvalid(f"The bundle is signed by {person.name}, who is not a release officer.")
    if not keys.verify(person.public_key, _PURPOSE, manifest, signature.signature):
        raise BundleInvalid(f"The signature of the bundle is not by the key you trust as {person.name}'s.")
    return person

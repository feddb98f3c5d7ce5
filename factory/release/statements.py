"""in-toto Statements (v1) in DSSE envelopes (v1): what somebody says of files by their digests, and the signatures.

Any tool that reads DSSE can check one. What is signed is DSSE's own encoding of payload type and payload, so that it
can never be shown as a vote or an answer, nor these as a statement.

Source: in-toto Attestation Framework 1.0; DSSE 1.0.2; the envelope's encoding and checks are securesystemslib's.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ConfigDict, Field

from factory.core import keys
from factory.core.documents import Digest, Document, from_canonical
from factory.core.errors import FactoryError
from factory.core.files import canonical_json
from factory.review.candidate import RelativePath
from factory.review.people import People, Person

if TYPE_CHECKING:
    from securesystemslib import dsse
    from securesystemslib.signer._key import SSlibKey

PAYLOAD_TYPE: Literal["application/vnd.in-toto+json"] = "application/vnd.in-toto+json"
_TYPE: Literal["https://in-toto.io/Statement/v1"] = "https://in-toto.io/Statement/v1"


class FileDigest(Document):
    """The digest of a subject."""

    sha256: Digest


class Subject(Document):
    """A file that a statement speaks of."""

    name: RelativePath
    digest: FileDigest


class Statement(Document):
    """An in-toto Statement; what `predicate` holds is for its `predicate_type` to say."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)

    type: Literal["https://in-toto.io/Statement/v1"] = Field(_TYPE, alias="_type")
    subject: tuple[Subject, ...] = Field(min_length=1)
    predicate_type: str = Field(alias="predicateType")
    predicate: dict[str, Any]

    def data(self) -> bytes:
        """The canonical bytes, which are the payload."""
        return canonical_json(self.model_dump(mode="json", by_alias=True))

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 of each subject by name."""
        return {item.name: item.digest.sha256 for item in self.subject}


class EnvelopeSignature(Document):
    """One signature of an envelope; `keyid` is the SHA-256 of the raw public key."""

    keyid: Digest
    sig: str


class Envelope(Document):
    """A DSSE envelope in its JSON form."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)

    payload: str
    payload_type: Literal["application/vnd.in-toto+json"] = Field(alias="payloadType")
    signatures: tuple[EnvelopeSignature, ...] = Field(min_length=1, max_length=8)

    def data(self) -> bytes:
        """The canonical bytes of the envelope."""
        return canonical_json(self.model_dump(mode="json", by_alias=True))

    def signed(self, key: Ed25519PrivateKey) -> Envelope:
        """The envelope with one more signature; a second by the same key changes nothing."""
        mine = _signature(_library(self), key)
        if mine in self.signatures:
            return self
        return self.model_copy(update={"signatures": (*self.signatures, mine)})


def statement(subjects: Mapping[str, str], predicate_type: str, predicate: Mapping[str, Any]) -> Statement:
    """A statement on files, given by name and SHA-256."""
    return Statement(
        subject=tuple(
            Subject(name=name, digest=FileDigest(sha256=digest)) for name, digest in sorted(subjects.items())
        ),
        predicate_type=predicate_type,
        predicate=dict(predicate),
    )


def sign(made: Statement, key: Ed25519PrivateKey) -> Envelope:
    """An envelope of the statement with one signature."""
    from securesystemslib import dsse  # here and below: it loads the drivers of every key store it finds

    empty = dsse.Envelope(made.data(), PAYLOAD_TYPE, {})
    payload = base64.b64encode(made.data()).decode("ascii")
    return Envelope(payload=payload, payload_type=PAYLOAD_TYPE, signatures=(_signature(empty, key),))


def open_envelope(data: bytes, what: str, predicate_type: str, error: type[FactoryError]) -> tuple[Statement, Envelope]:
    """The statement of an envelope, believed by nobody yet: see `signers`.

    Raises: `error` for other than canonical bytes or another kind of statement; its sentence begins with `what`.
    """
    envelope = from_canonical(data, Envelope, what, error)
    payload = _decoded(envelope.payload)
    if payload is None or any(len(_decoded(item.sig) or b"") != 64 for item in envelope.signatures):
        raise error(f"{what} is not a DSSE envelope with Ed25519 signatures.")
    if len({item.keyid for item in envelope.signatures}) != len(envelope.signatures):
        raise error(f"{what} is signed twice by one key.")
    made = from_canonical(payload, Statement, what, error)
    if made.predicate_type != predicate_type:
        raise error(f"{what} is another kind of statement than it should be.")
    if len(made.digests) != len(made.subject):
        raise error(f"{what} speaks of a file twice.")
    return made, envelope


def signers(envelope: Envelope, people: People, what: str, error: type[FactoryError]) -> tuple[Person, ...]:
    """Whose signatures an envelope bears, in order. Raises: `error` when one is not by a trusted key, or wrong."""
    from securesystemslib.exceptions import UnverifiedSignatureError, VerificationError

    by_key = {key_id(person.public_key): person for person in people.people}
    found = []
    library = _library(envelope)
    for item in envelope.signatures:
        person = by_key.get(item.keyid)
        if person is None:
            raise error(
                f"{what} is signed by a key that is not among those you trust.",
                "Ask for the list of keys over another channel.",
            )
        try:
            library.verify([_public(person.public_key)], 1)
        except (VerificationError, UnverifiedSignatureError):
            raise error(f"The signature of {person.name} on {what} is not by the key you trust as theirs.") from None
        found.append(person)
    return tuple(found)


def key_id(public: str) -> str:
    """The `keyid` of a public key as people.yaml has it."""
    return hashlib.sha256(base64.b64decode(public)).hexdigest()


def _signature(envelope: dsse.Envelope, key: Ed25519PrivateKey) -> EnvelopeSignature:
    sig = base64.b64encode(key.sign(envelope.pae())).decode("ascii")
    return EnvelopeSignature(keyid=key_id(keys.public_text(key)), sig=sig)


def _public(public: str) -> SSlibKey:
    from securesystemslib.signer._key import SSlibKey

    return SSlibKey(key_id(public), "ed25519", "ed25519", {"public": base64.b64decode(public).hex()})


def _library(envelope: Envelope) -> dsse.Envelope:
    from securesystemslib import dsse
    from securesystemslib.signer._signature import Signature as LibrarySignature

    signatures = {
        item.keyid: LibrarySignature(item.keyid, base64.b64decode(item.sig).hex()) for item in envelope.signatures
    }
    return dsse.Envelope(base64.b64decode(envelope.payload), PAYLOAD_TYPE, signatures)


def _decoded(text: str) -> bytes | None:
    """Bytes of base64 text in its one spelling, or None."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode("ascii") == text else None

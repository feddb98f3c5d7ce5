"""What only a person can say: an answer to one question of a candidate, with a reason, signed, with an expiry.

An attestation names the candidate's digest, which covers data, contract and policy: when any of them changes, the
digest does, and the answer is void by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import model_validator

from factory.core import keys
from factory.core.documents import Digest, Document, Line, from_canonical, read_capped
from factory.core.errors import FactoryError, ReviewError
from factory.core.files import canonical_json, sha256_bytes, storage_errors
from factory.review.candidate import Candidate
from factory.review.people import People, Role, same_person
from factory.review.votes import LONGEST_REASON, moment

PURPOSE = "attestation"
LARGEST_ATTESTATION = 1 << 16
MAY_ATTEST = frozenset({Role.REVIEWER, Role.DATA_STEWARD})


class Answer(StrEnum):
    """What a person may answer. `no` stands against an approval."""

    YES = "yes"
    NO = "no"


class AttestationPayload(Document):
    """What is signed: one answer to the question of one control, `at` in UTC to the second, valid through `expires`."""

    candidate: Digest
    control: Line
    answer: Answer
    name: Line
    reason: str
    at: str
    expires: dt.date

    @model_validator(mode="after")
    def _well_formed(self) -> AttestationPayload:
        if self.expires < moment(self.at).date():
            raise ValueError("expires before it was given")
        if not self.reason.strip():
            raise ValueError("has no reason")
        if len(self.reason) > LONGEST_REASON:
            raise ValueError("has a reason that is too long")
        return self


class Attestation(Document):
    """A payload and the Ed25519 signature over its canonical JSON."""

    format: Literal[1] = 1
    payload: AttestationPayload
    signature: str

    def data(self) -> bytes:
        """Bytes of the attestation's file, which is named by their SHA-256."""
        return canonical_json(self.model_dump(mode="json"))


def attested(payload: AttestationPayload, key: Ed25519PrivateKey) -> Attestation:
    """The attestation of the owner of `key`."""
    body = canonical_json(payload.model_dump(mode="json"))
    return Attestation(payload=payload, signature=keys.sign(key, PURPOSE, body))


def parse_attestation(data: bytes, file_name: str, error: type[FactoryError]) -> Attestation:
    """An attestation from the bytes of its file. Raises: `error` when they are none, or named otherwise."""
    if file_name != f"{sha256_bytes(data)}.json":
        raise error(f"The attestation {file_name} was changed: it is named by another digest.")
    return from_canonical(data, Attestation, f"The attestation {file_name}", error)


def check_attestation(
    attestation: Attestation, candidate: Candidate, digest: str, people: People, error: type[FactoryError] = ReviewError
) -> None:
    """It answers a question of this candidate, signed by a reviewer or data steward who is not its producer.

    Raises: `error`.
    """
    payload = attestation.payload
    if payload.candidate != digest:
        raise error(f"The answer by {payload.name} is about another candidate.")
    if payload.control not in candidate.asked:
        raise error(f"{payload.control} asks no question of this candidate.")
    if same_person(payload.name, candidate.producer):
        raise error(f"{payload.name} produced this candidate.", "Somebody else has to answer.")
    check_signed(attestation, people, error)


def check_signed(attestation: Attestation, people: People, error: type[FactoryError] = ReviewError) -> None:
    """It is by a reviewer or data steward on the list, with the key listed. Raises: `error`."""
    payload = attestation.payload
    person = people.get(payload.name)
    if person is None:
        raise error(f"An answer is by {payload.name}, who is not in the list of people.")
    if not MAY_ATTEST & set(person.roles):
        raise error(f"An answer is by {person.name}, who is neither a reviewer nor a data steward.")
    body = canonical_json(payload.model_dump(mode="json"))
    if not keys.verify(person.public_key, PURPOSE, body, attestation.signature):
        raise error(f"The signature of the answer by {person.name} is not by the key listed for that name.")


def read_attestations(folder: Path) -> dict[str, Attestation]:
    """All attestations of a folder by digest; who they are by is `check_attestation`'s matter.

    Raises: ReviewError, StorageError.
    """
    found: dict[str, Attestation] = {}
    if not folder.exists():
        return found
    with storage_errors(folder):
        names = sorted(path.name for path in folder.iterdir() if not path.name.startswith(".part-"))
    for name in names:
        data = read_capped(folder / name, LARGEST_ATTESTATION)
        found[name.removesuffix(".json")] = parse_attestation(data, name, ReviewError)
    return found


def standing_answers(attestations: Iterable[Attestation], at: dt.datetime) -> dict[str, Attestation]:
    """The answer that stands for each control at a time: the latest not expired; of two of one second, the `no`."""
    standing: dict[str, Attestation] = {}
    given = [item for item in attestations if moment(item.payload.at) <= at]
    valid = [item for item in given if item.payload.expires >= at.date()]
    for item in sorted(valid, key=lambda one: (one.payload.at, one.payload.answer is Answer.NO, one.signature)):
        standing[item.payload.control] = item
    return standing


def check_answered(
    candidate: Candidate, attestations: Iterable[Attestation], at: dt.datetime, error: type[FactoryError] = ReviewError
) -> None:
    """Every question of the candidate has an answer that stands at that time, and it is yes. Raises: `error`."""
    standing = standing_answers(attestations, at)
    for control in candidate.asked:
        if control not in standing:
            raise error(f"The question of {control} is not answered.", "Answer it first: factory review attest")
        if standing[control].payload.answer is Answer.NO:
            raise error(f"{standing[control].payload.name} answered no to the question of {control}.")

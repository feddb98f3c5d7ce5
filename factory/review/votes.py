"""A vote: one signed file, named by the SHA-256 of its bytes."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import model_validator

from factory.core import keys
from factory.core.documents import Digest, Document, Line, from_canonical, read_capped
from factory.core.errors import FactoryError, ReviewError
from factory.core.files import canonical_json, sha256_bytes, storage_errors
from factory.review.people import People, Role

PURPOSE = "vote"
LARGEST_VOTE = 1 << 16
LONGEST_REASON = 4000


class Decision(StrEnum):
    """What a reviewer may decide."""

    APPROVE = "approve"
    ASK_CHANGES = "ask changes"
    REJECT = "reject"


class Payload(Document):
    """What a reviewer signs: one decision on one candidate digest, `at` in UTC to the second."""

    candidate: Digest
    decision: Decision
    name: Line
    accepted: tuple[Line, ...]
    reason: str
    at: str

    @model_validator(mode="after")
    def _well_formed(self) -> Payload:
        moment(self.at)
        if tuple(sorted(set(self.accepted))) != self.accepted:
            raise ValueError("accepts controls out of order or twice")
        if len(self.reason) > LONGEST_REASON:
            raise ValueError("has a reason that is too long")
        return self


class Vote(Document):
    """A payload and the Ed25519 signature over its canonical JSON."""

    format: Literal[1] = 1
    payload: Payload
    signature: str

    def data(self) -> bytes:
        """Bytes of the vote's file."""
        return canonical_json(self.model_dump(mode="json"))


def moment(text: str) -> dt.datetime:
    """The time `at` stands for. Raises: ValueError when it is not UTC to the second."""
    try:
        time = dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
    except ValueError:
        time = None
    if time is None or text != time.strftime("%Y-%m-%dT%H:%M:%SZ"):
        raise ValueError("has a time that is not UTC to the second")
    return time


def signed(payload: Payload, key: Ed25519PrivateKey) -> Vote:
    """The vote of the owner of `key`."""
    body = canonical_json(payload.model_dump(mode="json"))
    return Vote(payload=payload, signature=keys.sign(key, PURPOSE, body))


def parse_vote(data: bytes, file_name: str, error: type[FactoryError]) -> Vote:
    """A vote from the bytes of its file. Raises: `error` when they are none, or named otherwise."""
    if file_name != f"{sha256_bytes(data)}.json":
        raise error(f"The vote {file_name} was changed: it is named by another digest.")
    return from_canonical(data, Vote, f"The vote {file_name}", error)


def check_signature(vote: Vote, people: People, error: type[FactoryError]) -> None:
    """The vote is by a reviewer on the list, with the key listed. Raises: `error`."""
    person = people.get(vote.payload.name)
    if person is None:
        raise error(f"A vote is by {vote.payload.name}, who is not in the list of people.")
    if Role.REVIEWER not in person.roles:
        raise error(f"A vote is by {person.name}, who is not a reviewer.")
    body = canonical_json(vote.payload.model_dump(mode="json"))
    if not keys.verify(person.public_key, PURPOSE, body, vote.signature):
        raise error(f"The signature of the vote by {person.name} is not by the key listed for that name.")


def read_votes(folder: Path, people: People) -> dict[str, Vote]:
    """All votes of a run by digest, each verified from its bytes. Raises: ReviewError, StorageError."""
    votes: dict[str, Vote] = {}
    if not folder.exists():
        return votes
    with storage_errors(folder):
        names = sorted(path.name for path in folder.iterdir() if not path.name.startswith(".part-"))
    for name in names:
        vote = parse_vote(read_capped(folder / name, LARGEST_VOTE), name, ReviewError)
        check_signature(vote, people, ReviewError)
        votes[name.removesuffix(".json")] = vote
    return votes

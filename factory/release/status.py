"""What has been taken back: a list that the catalogue's keeper signs anew for each who asks.

Offline it holds as of the checkpoint of the room's log that stands in it, and no longer than it says itself.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from factory.core import keys
from factory.core.documents import Digest, Document, Line, from_canonical, read_capped
from factory.core.errors import BundleInvalid, KeyInvalid, Revoked
from factory.core.files import canonical_json
from factory.review.people import People, Role

PURPOSE = "status"
FRESH = dt.timedelta(days=7)
"""How long a list speaks for the time after it was signed."""
Reason = Literal["withdrawal", "breach", "error", "superseded", "other"]
REASONS: tuple[Reason, ...] = ("withdrawal", "breach", "error", "superseded", "other")
"""Why: a person withdrew, the licensee broke the terms, the data are wrong, others replace them, or else."""
_STAMP = "%Y-%m-%dT%H:%M:%SZ"
_LARGEST = 4 << 20
_CLOCKS = dt.timedelta(minutes=10)


def _real(text: str) -> str:
    _moment(text)
    return text


def _moment(text: str) -> dt.datetime:
    """Raises: ValueError."""
    return dt.datetime.strptime(text, _STAMP).replace(tzinfo=dt.UTC)


Stamp = Annotated[str, StringConstraints(max_length=20), AfterValidator(_real)]
"""A time in UTC, to the second."""


class TakenBack(Document):
    """A release, of any licensee, or with `licence` just the copy licensed under it."""

    candidate: Digest
    licence: Digest | None
    at: Stamp
    reason: Reason
    successor: Line | None = Field(description="The version that replaces it, once there is one.")


class Deprecated(Document):
    """A release that still holds, and that a newer version is better than."""

    candidate: Digest
    at: Stamp
    successor: Line | None


class StatusList(Document):
    """Everything taken back as of `at` and of the log's `checkpoint`, `size:root`; `until` is when to ask again."""

    name: Line
    at: Stamp
    until: Stamp
    checkpoint: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}:[0-9a-f]{64}\z")]
    revoked: tuple[TakenBack, ...]
    deprecated: tuple[Deprecated, ...]

    @model_validator(mode="after")
    def _not_for_long(self) -> StatusList:
        if not dt.timedelta(0) <= _moment(self.until) - _moment(self.at) <= FRESH:
            raise ValueError("speaks for longer than a list may")
        return self


class SignedStatus(Document):
    """A list and the signature of the catalogue's keeper."""

    format: Literal[1] = 1
    status: StatusList
    signature: str

    def data(self) -> bytes:
        """Bytes of its file."""
        return canonical_json(self.model_dump(mode="json"))


@dataclass(frozen=True)
class Standing:
    """What a list says of one copy that was not taken back."""

    at: str
    checkpoint: str
    stale: bool
    deprecated: bool
    successor: str


def signed(
    name: str,
    key: Ed25519PrivateKey,
    checkpoint: str,
    revoked: tuple[TakenBack, ...],
    deprecated: tuple[Deprecated, ...],
    now: dt.datetime,
) -> SignedStatus:
    """A list as of now."""
    at = now.astimezone(dt.UTC)
    made = StatusList(
        name=name,
        at=at.strftime(_STAMP),
        until=(at + FRESH).strftime(_STAMP),
        checkpoint=checkpoint,
        revoked=revoked,
        deprecated=deprecated,
    )
    return SignedStatus(status=made, signature=keys.sign(key, PURPOSE, canonical_json(made.model_dump(mode="json"))))


def parse_status(data: bytes, people: People, what: str = "The list of what was taken back") -> StatusList:
    """A list signed by a person with the role `catalogue`. Raises: BundleInvalid, KeyInvalid for another signature."""
    made = from_canonical(data, SignedStatus, what, BundleInvalid)
    person = people.get(made.status.name)
    if person is None or Role.CATALOGUE not in person.roles:
        raise KeyInvalid(
            f"{what} is signed by {made.status.name}, whom your list of keys does not name as {Role.CATALOGUE}.",
            "Ask for the list of keys over another channel.",
        )
    body = canonical_json(made.status.model_dump(mode="json"))
    if not keys.verify(person.public_key, PURPOSE, body, made.signature):
        raise KeyInvalid(f"{what} is not signed with the key you trust as that of {person.name}.", "Ask for it again.")
    return made.status


def read_status(path: Path, people: People) -> StatusList:
    """A list kept in a file. Raises: StorageError, and as `parse_status`."""
    return parse_status(read_capped(path, _LARGEST), people, path.name)


def is_stale(status: StatusList, now: dt.datetime) -> bool:
    """True when the list does not speak for now any more, or is dated ahead of it by more than clocks differ."""
    return now > _moment(status.until) or _moment(status.at) - now > _CLOCKS


def check_standing(status: StatusList, candidate: str, licence: str, now: dt.datetime) -> Standing:
    """What the list says of a copy: of the release `candidate`, under the licence of digest `licence`.

    Raises: Revoked.
    """
    for item in status.revoked:
        if item.candidate == candidate and item.licence in (None, licence):
            what = "The release" if item.licence is None else "The licence"
            after = f"Use version {item.successor} instead." if item.successor else "Delete it, as the licence says."
            raise Revoked(f"{what} was revoked on {item.at[:10]} ({item.reason}).", after)
    old = next((item for item in status.deprecated if item.candidate == candidate), None)
    stale = is_stale(status, now)
    return Standing(status.at, status.checkpoint, stale, old is not None, (old.successor or "") if old else "")

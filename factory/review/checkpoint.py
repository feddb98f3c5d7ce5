"""A signed checkpoint of a log, to be kept where the log's keeper cannot write."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import Field

from factory.core import keys
from factory.core.documents import Digest, Document, Line, from_canonical, read_capped
from factory.core.errors import RunError
from factory.core.files import canonical_json
from factory.review.people import People

PURPOSE = "checkpoint"
_LARGEST = 1 << 14


class Head(Document):
    """How many entries a log had at a time (UTC), and the root over them."""

    size: int = Field(ge=0)
    root: Digest
    at: str
    name: Line


class Checkpoint(Document):
    """A head and the signature of who took it."""

    format: Literal[1] = 1
    head: Head
    signature: str

    def data(self) -> bytes:
        """Bytes of its file."""
        return canonical_json(self.model_dump(mode="json"))

    @property
    def text(self) -> str:
        """As `verify` takes it: `size:root`."""
        return f"{self.head.size}:{self.head.root}"


def taken(text: str, name: str, key: Ed25519PrivateKey, now: dt.datetime) -> Checkpoint:
    """Sign the checkpoint `size:root` of a log that was just proven."""
    size, _, root = text.partition(":")
    head = Head(size=int(size), root=root, at=now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), name=name)
    return Checkpoint(head=head, signature=keys.sign(key, PURPOSE, canonical_json(head.model_dump(mode="json"))))


def read_checkpoint(path: Path, people: People | None) -> str:
    """`size:root` of a file, plain or signed.

    With a list it must be signed, and by somebody on it; a signed one needs the list. Raises: RunError, StorageError.
    """
    data = read_capped(path, _LARGEST)
    if not data.startswith(b"{"):
        if people is not None:
            raise RunError(f"{path.name} is not signed.", "Leave --trust out for a checkpoint without a signature.")
        return data.decode("ascii", "replace").strip()
    made = from_canonical(data, Checkpoint, path.name, RunError)
    person = people.get(made.head.name) if people else None
    if person is None:
        raise RunError(f"{path.name} is signed by {made.head.name}, who is not in the list.", "Give it with --trust.")
    body = canonical_json(made.head.model_dump(mode="json"))
    if not keys.verify(person.public_key, PURPOSE, body, made.signature):
        raise RunError(f"{path.name} is not signed with the key listed for {person.name}.", "Ask for it again.")
    return made.text

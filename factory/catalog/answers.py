"""What a catalogue answers, read strictly: it may be a stranger's."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from factory.catalog.config import Token
from factory.core.documents import Digest, Document, Line

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}\z")]
Version = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}\z")]
Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\z")]


class Answer(Document):
    """What else a newer catalogue says is left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class Me(Answer):
    """What a token is good for."""

    name: Name
    version: Version
    licence: Line
    licensee: Line
    expires: Day


class Offered(Answer):
    """What a catalogue has for a token: the file's SHA-256 and bytes, its version, and the version that replaces it.

    `deprecated` is empty, `yes`, or the version that is better.
    """

    sha256: Digest
    size: int = Field(ge=1, le=1 << 42)
    version: Version
    expires: Day
    deprecated: Annotated[str, StringConstraints(pattern=r"^(|yes|[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9})\z")]


class Exchanged(Answer):
    """A token in place of another."""

    token: Token


class Refusal(Answer):
    """A sentence, how to mend it, and the exit code."""

    message: Line
    fix: Annotated[str, StringConstraints(max_length=500)]
    code: int

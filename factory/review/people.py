"""people.yaml: who may vote, release and license, and the public key of each."""

from __future__ import annotations

import contextlib
import fcntl
import os
import unicodedata
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path

import yaml
from pydantic import Field, field_validator, model_validator

from factory.core import keys
from factory.core.documents import LARGEST_YAML, Document, Line, from_yaml, read_capped
from factory.core.errors import KeyInvalid
from factory.core.files import storage_errors, write_bytes

_RESERVED = {"factory", "terminal"}
_LONGEST_PLAIN = 300
_HEADER = "# Names, roles and public keys; compare the keys with their owners over another channel.\n"


class Role(StrEnum):
    """What a person may do."""

    PRODUCER = "producer"
    REVIEWER = "reviewer"
    DATA_STEWARD = "data-steward"
    RELEASE_OFFICER = "release-officer"
    AUDITOR = "auditor"
    LICENSOR = "licensor"
    LICENSEE = "licensee"
    CATALOGUE = "catalogue"


class Person(Document):
    """One person; `public_key` is base64 of the raw Ed25519 key."""

    name: Line
    roles: tuple[Role, ...] = Field(min_length=1)
    public_key: str

    @field_validator("name")
    @classmethod
    def _a_person(cls, text: str) -> str:
        if plain(text) in _RESERVED:
            raise ValueError("is a name the software logs itself under")
        if len(plain(text)) > _LONGEST_PLAIN:
            raise ValueError("is too long")
        return text

    @field_validator("public_key")
    @classmethod
    def _usable(cls, text: str) -> str:
        if not keys.is_public_text(text):
            raise ValueError("is not base64 of an Ed25519 public key")
        return text


class People(Document):
    """All persons; no two share a name, however it is spelt, or a key."""

    people: tuple[Person, ...] = ()

    @model_validator(mode="after")
    def _unique(self) -> People:
        if len({plain(person.name) for person in self.people}) != len(self.people):
            raise ValueError("names the same person twice")
        if len({person.public_key for person in self.people}) != len(self.people):
            raise ValueError("gives the same key to two names")
        return self

    def get(self, name: str) -> Person | None:
        """The person of exactly that name, or None."""
        return next((person for person in self.people if person.name == name), None)


def plain(name: str) -> str:
    """A name as compared: compatibility forms, case and spaces do not make another person."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def same_person(one: str, other: str) -> bool:
    """True when two names differ in spelling only."""
    return plain(one) == plain(other)


def load_people(path: Path) -> People:
    """Read people.yaml. Raises: KeyInvalid when it is not one, StorageError when it cannot be read."""
    return from_yaml(
        read_capped(path, LARGEST_YAML),
        People,
        path.name,
        KeyInvalid,
        "Register people with: factory keys new",
    )


def check_can_add(path: Path, name: str, public_key: str) -> None:
    """Raise KeyInvalid when that name or key is taken, or the file is not a people.yaml."""
    _with(load_people(path) if path.exists() else People(), name, [Role.PRODUCER], public_key)


def add_person(path: Path, name: str, roles: Sequence[str], public_key: str) -> Person:
    """Register a person, making the file when it is not there; the file is replaced whole.

    Raises: KeyInvalid when the name or key is taken or a role is none, StorageError, DiskFull.
    """
    with _locked(path.parent):
        people = _with(load_people(path) if path.exists() else People(), name, roles, public_key)
        text = yaml.safe_dump(people.model_dump(mode="json"), allow_unicode=True, sort_keys=False, width=1000)
        write_bytes(path, (_HEADER + text).encode("utf-8"))
    return people.people[-1]


def _with(people: People, name: str, roles: Sequence[str], public_key: str) -> People:
    if any(same_person(name, person.name) for person in people.people):
        raise KeyInvalid(
            f"{name} is in the list of people already.",
            "Name another list, or take the old entry out by hand.",
        )
    new = {"name": name, "roles": [str(role) for role in dict.fromkeys(roles)], "public_key": public_key}
    value = {"people": [*people.model_dump(mode="json")["people"], new]}
    data = yaml.safe_dump(value, allow_unicode=True).encode("utf-8")
    return from_yaml(data, People, "The new entry", KeyInvalid, f"Roles are: {', '.join(Role)}.")


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder, so that two people registered at once are both kept."""
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
    try:
        with storage_errors(folder):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)

"""What a licensee's machine knows of catalogues: address, token and trusted keys of each data set, for its owner alone.

The folder is $XDG_CONFIG_HOME/clinical-data-factory, or ~/.config/clinical-data-factory. FACTORY_CATALOGUE,
FACTORY_TOKEN and FACTORY_TRUST, all three, stand in for it where there is no home to write in.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from factory.core.documents import Document, Line, from_canonical, read_capped
from factory.core.errors import NotReady, OutputExists, StorageError
from factory.core.files import canonical_json, storage_errors, write_bytes
from factory.review.people import People, load_people

APP = "clinical-data-factory"


Token = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._~+/=-]{1,8192}\z")]
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\Z")
VERSION = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}\Z")


class Known(Document):
    """How to reach one data set."""

    url: Line
    token: Token
    trust: Line
    licence: Line


class Config(Document):
    """Data sets by name."""

    format: int = 1
    data: dict[str, Known] = Field(default_factory=dict)


@dataclass(frozen=True)
class Access:
    """What a pull needs. `trust` is a people.yaml; `licence` the id of the licence, where it is known."""

    url: str
    token: str
    trust: Path
    licence: str = ""

    @property
    def people(self) -> People:
        """The trusted keys. Raises: KeyInvalid, StorageError."""
        return load_people(self.trust)


def config_folder() -> Path:
    """Where configuration lies."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / APP


def cache_folder() -> Path:
    """Where pulled bundles lie: FACTORY_CACHE, $XDG_CACHE_HOME/clinical-data-factory, or ~/.cache/…"""
    if named := os.environ.get("FACTORY_CACHE"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / APP


def access(name: str, *, kept: bool = False) -> Access:
    """How to reach a data set, as the environment says, or as `kept`. Raises: NotReady, StorageError."""
    if not NAME.match(name):
        raise NotReady("That is no name of a data set.", "Names are lower-case letters, digits and hyphens.")
    words = [os.environ.get(f"FACTORY_{word}", "") for word in ("CATALOGUE", "TOKEN", "TRUST")]
    if all(words) and not kept:
        return Access(words[0], words[1], Path(words[2]))
    known = _read().data.get(name)
    if known is None:
        raise NotReady(
            f"You have not signed in for {name}.",
            "Sign in once, with the address and token you were given: factory login URL --trust people.yaml",
        )
    return Access(known.url, known.token, Path(known.trust), known.licence)


def remember(name: str, url: str, token: str, licence: str, trust: bytes, *, replace: bool = False) -> None:
    """Keep how to reach a data set, and a copy of the trusted keys.

    Raises: OutputExists when the name is known from another catalogue, unless it is to `replace` that one,
    StorageError, DiskFull.
    """
    folder = config_folder()
    people = folder / f"{name}.people.yaml"
    with alone(folder / ".lock"):
        before = _read().data
        if not replace and name in before and before[name].url != url:
            raise OutputExists(
                f"{name} is known already, from another catalogue.", "Give --replace if this one is right."
            )
        write_bytes(people, trust, 0o600)
        kept = {**before, name: Known(url=url, token=token, trust=str(people), licence=licence)}
        data = canonical_json(Config(data=dict(sorted(kept.items()))).model_dump(mode="json"))
        write_bytes(folder / "catalogues.json", data, 0o600)


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold a lock file: one process at a time is within. Raises: StorageError."""
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.open("a")
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _read() -> Config:
    path = config_folder() / "catalogues.json"
    if not path.is_file():
        return Config()
    return from_canonical(read_capped(path), Config, path.name, StorageError, "Remove it and sign in again.")

"""What a licensee's machine knows of catalogues: address, token and trusted keys of each data set, for its owner alone.

The folder is $XDG_CONFIG_HOME/clinical-data-factory, or ~/.config/clinical-data-factory. FACTORY_CATALOGUE,
FACTORY_TOKEN and FACTORY_TRUST, all three, stand in for it where there is no home to write in.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from factory.core.documents import Document, Line, from_canonical, read_capped
from factory.core.errors import NotReady, StorageError
from factory.core.files import canonical_json, write_bytes
from factory.review.people import People, load_people

APP = "clinical-data-factory"


class Known(Document):
    """How to reach one data set."""

    url: Line
    token: str = Field(min_length=1, max_length=8192)
    trust: Line


class Config(Document):
    """Data sets by name."""

    format: int = 1
    data: dict[str, Known] = Field(default_factory=dict)


@dataclass(frozen=True)
class Access:
    """What a pull needs. `trust` is a people.yaml."""

    url: str
    token: str
    trust: Path

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


def access(name: str) -> Access:
    """How to reach a data set. Raises: NotReady, StorageError."""
    words = [os.environ.get(f"FACTORY_{word}", "") for word in ("CATALOGUE", "TOKEN", "TRUST")]
    if all(words):
        return Access(words[0], words[1], Path(words[2]))
    known = _read().data.get(name)
    if known is None:
        raise NotReady(
            f"You have not signed in for {name!r}."
            if name.isprintable() and len(name) < 64
            else "There is no such name.",
            "Sign in once, with the address and token you were given: factory login URL --trust people.yaml",
        )
    return Access(known.url, known.token, Path(known.trust))


def remember(name: str, url: str, token: str, trust: bytes) -> None:
    """Keep how to reach a data set, and a copy of the trusted keys. Raises: StorageError, DiskFull."""
    folder = config_folder()
    people = folder / f"{name}.people.yaml"
    write_bytes(people, trust, 0o600)
    kept = {**_read().data, name: Known(url=url, token=token, trust=str(people))}
    data = canonical_json(Config(data=dict(sorted(kept.items()))).model_dump(mode="json"))
    write_bytes(folder / "catalogues.json", data, 0o600)


def _read() -> Config:
    path = config_folder() / "catalogues.json"
    if not path.is_file():
        return Config()
    return from_canonical(read_capped(path), Config, path.name, StorageError, "Remove it and sign in again.")

"""What the doctor looks at, and what one look found."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from factory.core.errors import NotReady


class Level(StrEnum):
    """How much a finding matters: a `warn` works, slower or without a part; a `fail` does not."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Purpose(StrEnum):
    """What a machine is for; what it does not do, it need not have."""

    LINE = "line"
    ROOM = "room"
    LICENSEE = "licensee"


def nearest(folder: Path) -> Path:
    """`folder`, or the nearest one above it that is there and that this user may look into."""
    for path in (folder, *folder.resolve().parents):
        with contextlib.suppress(PermissionError):
            if path.is_dir():
                return path
    return Path("/")


@dataclass(frozen=True)
class Machine:
    """What is asked about: what this machine is for, the folder work is done in, and the store's address if any."""

    purposes: frozenset[Purpose]
    home: Path
    store: str = ""

    @property
    def ground(self) -> Path:
        """`home`, or the nearest folder above it that is there already."""
        return nearest(self.home)


@dataclass(frozen=True)
class Finding:
    """One look: a name, a level, a sentence on what was found, and how to mend it where it is not `ok`.

    `code` is the exit code of the error that this would come to; see factory/core/errors.py.
    """

    name: str
    level: Level
    sentence: str
    mend: str = ""
    code: int = NotReady.exit_code


def fine(name: str, sentence: str) -> Finding:
    """A finding that is as it should be."""
    return Finding(name, Level.OK, sentence)

"""Where files lie: a folder here, or one that fsspec reaches, as in an object store.

Source: fsspec's specification of file systems; credentials are the environment's, as its drivers read them.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from factory.core.errors import FactoryError, StorageError
from factory.core.files import storage_errors

_DEEPEST = 4
"""Folders below the one that was named which are looked into."""
_NOT_DATA = ("run.json", "candidate.json")
"""A folder with one of these is this software's own: a run beside the data is no data."""


_VALUE = re.compile(r"(?:(?<=/)|^)([A-Za-z_]\w*)=[^/]*(?=/)")


def shown(name: str) -> str:
    """A file's name as messages say it: `year=2024/a.csv` is `year=…/a.csv`, for a partition's value is a cell's."""
    return _VALUE.sub(r"\1=…", name)


class Place(Protocol):
    """Files by name, `/` between folders. Errors of the system become a StorageError that names the file."""

    @property
    def name(self) -> str:
        """What messages call it."""

    def names(self) -> list[str]:
        """Files in the folder and those below, sorted; hidden ones and this software's own runs left out."""

    def size(self, name: str) -> int:
        """Bytes of a file."""

    def open(self, name: str) -> BinaryIO:
        """A file to read and seek in."""


@dataclass(frozen=True)
class Local:
    """A folder of this machine."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    def names(self) -> list[str]:
        """Files, sorted. Raises: StorageError."""
        found: list[str] = []
        with storage_errors(self.path):
            os.listdir(self.path)  # noqa: PTH208 - os.walk is silent about a folder that may not be read
            for folder, below, files in os.walk(self.path):
                here = Path(folder).relative_to(self.path)
                if here.parts and any(mark in files for mark in _NOT_DATA):
                    below.clear()
                    continue
                below[:] = [name for name in below if _is_data(name) and len(here.parts) < _DEEPEST]
                found += [(here / name).as_posix() for name in files if _is_data(name)]
        return sorted(found)

    def size(self, name: str) -> int:
        """Bytes of a file. Raises: StorageError."""
        with storage_errors(self.path / shown(name)):
            return (self.path / name).stat().st_size

    def open(self, name: str) -> BinaryIO:
        """The file. Raises: StorageError."""
        with storage_errors(self.path / shown(name)):
            return (self.path / name).open("rb")


@dataclass(frozen=True)
class Remote:
    """A folder at an address such as `s3://bucket/prefix`."""

    url: str

    @property
    def name(self) -> str:
        """The last part of the address."""
        return self.url.rstrip("/").rpartition("/")[2]

    def names(self) -> list[str]:
        """Files, sorted. Raises: StorageError."""
        with self._said():
            fs, root = self._driver
            fs.invalidate_cache()
            found = [str(path).removeprefix(root).lstrip("/") for path in fs.find(root, maxdepth=_DEEPEST + 1)]
        own = {name.rpartition("/")[0] for name in found if name.rpartition("/")[2] in _NOT_DATA and "/" in name}
        return sorted(name for name in found if name and _is_data_path(name) and not _within(name, own))

    def size(self, name: str) -> int:
        """Bytes of a file. Raises: StorageError."""
        with self._said():
            fs, root = self._driver
            return int(fs.size(f"{root}/{name}"))

    def open(self, name: str) -> BinaryIO:
        """The file. Raises: StorageError."""
        with self._said():
            fs, root = self._driver
            opened: BinaryIO = fs.open(f"{root}/{name}", "rb")
            return opened

    @cached_property
    def _driver(self) -> tuple[Any, str]:
        from fsspec.core import url_to_fs

        fs, root = url_to_fs(self.url)
        return fs, str(root).rstrip("/")

    @contextlib.contextmanager
    def _said(self) -> Iterator[None]:
        """Failures of a driver as one sentence: its own may hold keys."""
        scheme = self.url.partition("://")[0]
        try:
            yield
        except FactoryError:
            raise
        except ImportError:
            fix = f"Install what fsspec needs for it{', the extra `s3`' if scheme == 's3' else ''}."
            raise StorageError(f"The driver of {scheme}:// addresses is not installed.", fix) from None
        except Exception:  # noqa: BLE001 - drivers raise what they like
            fix = "Is it there, and do the environment's credentials open it?"
            raise StorageError(f"The storage at {scheme}://… cannot be read now.", fix) from None


def _is_data(name: str) -> bool:
    # `_SUCCESS` and `_metadata` of writers, `.part-` of copies under way, `~$` of a workbook that is open somewhere.
    return not name.startswith((".", "_", "~$"))


def _is_data_path(name: str) -> bool:
    return all(_is_data(part) for part in name.split("/"))


def _within(name: str, folders: set[str]) -> bool:
    return any(name.startswith(f"{folder}/") for folder in folders)

"""A source of tables, whatever it is kept in: a folder of files, a database, an export of resources."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

import pyarrow as pa

from factory.core.errors import TableMissing
from factory.core.files import sha256_file
from factory.formats import files


class Source(Protocol):
    """Tables by name, read one at a time. Nothing is kept open between two calls that a reader must close."""

    @property
    def format(self) -> str:
        """What people call the format."""

    def tables(self) -> tuple[str, ...]:
        """Names of the tables that are there, sorted."""

    def called(self, table: str) -> str:
        """What messages call a table: its file's name, or its own. Raises: TableMissing."""

    def read(self, table: str, missing: tuple[str, ...]) -> pa.Table:
        """Columns of a table, rows in order; `missing` are texts that mean no value where cells are text.

        Raises: TableMissing, EmptyTable, WrongEncoding, BrokenFile, StorageError.
        """

    def digests(self, tables: tuple[str, ...]) -> dict[str, str] | None:
        """SHA-256 of what these tables are read from, by file; none where it may change while nobody looks."""


class Folder:
    """A folder with `<table>.csv` or `<table>.parquet`."""

    format = "files"

    def __init__(self, path: Path) -> None:
        self.path = path

    def tables(self) -> tuple[str, ...]:
        """Names of the tables that have a file."""
        return tuple(sorted({path.stem for path in self.path.iterdir() if path.suffix in files.SUFFIXES}))

    def called(self, table: str) -> str:
        """The file's name."""
        return files.find(self.path, table).name

    def read(self, table: str, missing: tuple[str, ...]) -> pa.Table:
        """The table's file, whole."""
        return files.read(files.find(self.path, table), missing)

    def digests(self, tables: tuple[str, ...]) -> dict[str, str] | None:
        """Digest of each table's file; a table without one is left out."""
        there = [self.path / f"{table}{suffix}" for table in tables for suffix in files.SUFFIXES]
        return {path.name: sha256_file(path) for path in there if path.is_file()}


class Reader(NamedTuple):
    """A way to read: which addresses are its own, and the source at one of them."""

    recognises: Callable[[str], bool]
    opens: Callable[[str], Source]


def _is_folder(address: str) -> bool:
    return Path(address).is_dir()


def _folder(address: str) -> Source:
    return Folder(Path(address))


def _omop(address: str) -> Source:
    from factory.formats.omop import OmopSource

    return OmopSource(open_source(address.removeprefix("omop:")))


def _is_release(address: str) -> bool:
    from factory.formats.released import is_released

    return is_released(Path(address))


def _release(address: str) -> Source:
    from factory.formats.release_source import open_release

    return open_release(address)


READERS: list[Reader] = [
    Reader(lambda address: address.startswith("omop:"), _omop),
    Reader(_is_release, _release),
    Reader(_is_folder, _folder),
]
"""Asked in order; the first that recognises an address opens it. What a reader needs is imported when it opens."""


def open_source(address: str) -> Source:
    """The source at an address: the path of a folder.

    Raises: TableMissing when there is none, StorageError.
    """
    for reader in READERS:
        if reader.recognises(address):
            return reader.opens(address)
    raise TableMissing(f"{address} is not a folder.", "Name the folder that holds the tables.")


def absolute(address: str) -> str:
    """The address as it is named from any folder: paths in full, all else as given."""
    prefix, colon, rest = address.partition(":")
    if colon and prefix == "omop":
        return f"{prefix}:{absolute(rest)}"
    return str(Path(address).resolve()) if Path(address).exists() else address

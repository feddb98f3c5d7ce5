"""A source of tables, whatever it is kept in: a folder of files, a database, an export of resources."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

import pyarrow as pa

from factory.core.errors import StorageError, TableMissing
from factory.formats import files
from factory.formats.address import check_no_password, scheme
from factory.formats.folder import Folder

__all__ = ["READERS", "Folder", "Reader", "Source", "open_source"]


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


class Reader(NamedTuple):
    """A way to read: which addresses are its own, and the source at one of them."""

    recognises: Callable[[str], bool]
    opens: Callable[[str], Source]


def _is_folder(address: str) -> bool:
    return Path(address).is_dir()


def _folder(address: str) -> Source:
    return Folder(Path(address))


def _has_resources(address: str) -> bool:
    path = Path(address)
    there = sorted(path.iterdir()) if path.is_dir() else [path]
    return any(file.name.endswith((".ndjson", ".ndjson.gz", ".ndjson.zst")) and file.is_file() for file in there)


def _resources(address: str) -> Source:
    from factory.formats.fhir import FhirSource

    return FhirSource(Path(address))


def _is_table_file(address: str) -> bool:
    return not scheme(address) and bool(files.split_name(address)[1]) and Path(address).is_file()


def _table_file(address: str) -> Source:
    path = Path(address)
    return Folder(path.parent, only=(path.name,))


def _is_duckdb(address: str) -> bool:
    from factory.formats.duck import is_duckdb

    return not scheme(address) and Path(address).is_file() and is_duckdb(Path(address))


def _duckdb(address: str) -> Source:
    from factory.formats.duck import DuckFile

    return DuckFile(Path(address))


def _is_database(address: str) -> bool:
    from factory.formats.database import is_database

    return bool(scheme(address)) and is_database(address)


def _database(address: str) -> Source:
    from factory.formats.database import Database

    return Database(address)


def _is_stored(address: str) -> bool:
    if not scheme(address):
        return False
    from fsspec.registry import known_implementations

    return scheme(address) in known_implementations


def _stored(address: str) -> Source:
    from factory.formats.place import Remote

    above, _, name = address.rstrip("/").rpartition("/")
    if files.split_name(name)[1]:
        return Folder(Remote(above), only=(name,))
    return Folder(Remote(address))


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
    Reader(_has_resources, _resources),
    Reader(_is_folder, _folder),
    Reader(_is_table_file, _table_file),
    Reader(_is_duckdb, _duckdb),
    Reader(_is_database, _database),
    Reader(_is_stored, _stored),
]
"""Asked in order; the first that recognises an address opens it. What a reader needs is imported when it opens."""


def open_source(address: str) -> Source:
    """The source at an address: a folder, a table's file, a database, or files that fsspec reaches.

    Nothing is read or connected to before it is asked for. Raises: TableMissing when there is nothing at a path,
    StorageError when the address holds a password or nothing reads its scheme.
    """
    check_no_password(address)
    for reader in READERS:
        if reader.recognises(address):
            return reader.opens(address)
    if scheme(address):
        raise StorageError(
            f"Nothing here reads {scheme(address)}:// addresses.",
            "Name a folder, postgresql://USER@HOST/NAME, sqlite:///PATH, or s3://BUCKET/PREFIX.",
        )
    raise TableMissing(
        f"{address} is neither a folder nor a table's file.", "Name the folder that holds the tables, or a database."
    )

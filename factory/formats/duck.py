"""Tables of a DuckDB file, opened so that it cannot be written and reaches nothing outside."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from factory.core.errors import BrokenFile, EmptyTable, FactoryError, StorageError, TableMissing
from factory.core.files import sha256_file, storage_errors
from factory.core.progress import say
from factory.formats.header import check_header

SUFFIX = ".duckdb"
_MAGIC, _MAGIC_AT = b"DUCK", 8
_CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
}
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
_PLAIN = frozenset((*_WHOLE, "BOOLEAN", "FLOAT", "DOUBLE", "DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "VARCHAR"))


def is_duckdb(path: Path) -> bool:
    """True for a file of that suffix, or one that begins as DuckDB's do."""
    if path.suffix == SUFFIX:
        return True
    with storage_errors(path), path.open("rb") as handle:
        return handle.read(_MAGIC_AT + len(_MAGIC))[_MAGIC_AT:] == _MAGIC


class DuckFile:
    """Tables and views of the schema `main` of a DuckDB file."""

    format = "DuckDB"

    def __init__(self, path: Path) -> None:
        self.path = path

    def tables(self) -> tuple[str, ...]:
        """Tables and views, sorted. Raises: BrokenFile, StorageError."""
        with self._open() as connection:
            return self._names(connection)

    def called(self, table: str) -> str:
        """The table's own name. Raises: TableMissing."""
        if table not in self.tables():
            raise TableMissing(f"The table {table} is not in {self.path.name}.", "Name one that is.")
        return table

    def read(self, table: str, missing: tuple[str, ...]) -> pa.Table:
        """Columns of a table, rows as they were inserted.

        Raises: TableMissing, EmptyTable, BrokenFile, StorageError.
        """
        with self._open() as connection:
            if table not in self._names(connection):
                raise TableMissing(f"The table {table} is not in {self.path.name}.", "Name one that is.")
            columns = self._columns(connection, table)
            query = f"SELECT {', '.join(columns)} FROM main.{_quoted(table)}"  # noqa: S608 - the file's own names, quoted
            made = _in_utc(connection.sql(query).to_arrow_table())
        if made.num_rows == 0:
            raise EmptyTable(f"{table} has no rows.", "Is it the right table?")
        return made

    def digests(self, tables: tuple[str, ...]) -> dict[str, str] | None:
        """The file's, and that of its log of what was not written into it yet."""
        paths = (self.path, self.path.with_name(f"{self.path.name}.wal"))
        with storage_errors(self.path):
            return {path.name: sha256_file(path) for path in paths if path.is_file()}

    @staticmethod
    def _names(connection: Any) -> tuple[str, ...]:
        query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main' ORDER BY table_name"
        return tuple(name for (name,) in connection.execute(query).fetchall())

    @staticmethod
    def _columns(connection: Any, table: str) -> list[str]:
        query = (
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'main' AND table_name = ? ORDER BY ordinal_position"
        )
        kinds = connection.execute(query, [table]).fetchall()
        check_header([name for name, _ in kinds], table)
        for name, kind in kinds:
            if kind == "BLOB":
                say(f"note {table}.{name} holds bytes and is not read")
        return [_selected(name, kind) for name, kind in kinds if kind != "BLOB"]

    @contextlib.contextmanager
    def _open(self) -> Iterator[Any]:
        """A connection. DuckDB's own errors may quote values. Raises: BrokenFile, StorageError."""
        import duckdb

        try:
            with duckdb.connect(str(self.path), read_only=True, config=_CLOSED) as connection:
                yield connection
        except FactoryError:
            raise
        except duckdb.IOException:
            fix = "Is it whole, of a version this DuckDB reads, and not open for writing by another program?"
            raise StorageError(f"{self.path.name} cannot be opened as a DuckDB file.", fix) from None
        except (duckdb.Error, pa.ArrowException):
            raise BrokenFile(f"{self.path.name} cannot be read.", "Open it with DuckDB and look.") from None


def _selected(name: str, kind: str) -> str:
    quoted = _quoted(name)
    if kind in _PLAIN or kind.startswith("DECIMAL"):
        return quoted
    if kind.startswith("TIMESTAMP") and "TIME ZONE" not in kind:
        return f"CAST({quoted} AS TIMESTAMP) AS {quoted}"
    # Whole numbers beyond 64 bits, UUIDs, times, lists: as DuckDB writes them.
    return f"CAST({quoted} AS VARCHAR) AS {quoted}"


def _in_utc(made: pa.Table) -> pa.Table:
    """Times with a zone by the clock of UTC, in which DuckDB keeps them, whatever this machine's zone is."""
    for at, field in enumerate(made.schema):
        if pa.types.is_timestamp(field.type) and field.type.tz:
            made = made.set_column(at, field.name, made[at].cast(pa.timestamp("us", "UTC")))
    return made


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

"""A folder or a tree of table files: whole tables, tables in parts, and sheets of workbooks."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path, PurePosixPath

import pyarrow as pa

from factory.core.errors import BrokenFile, EmptyTable, FactoryError, TableMissing
from factory.core.files import sha256_bytes
from factory.formats import files, workbook
from factory.formats.encoding import Opened
from factory.formats.place import Local, Place, shown

# As Spark, DuckDB, Dask and Polars name the parts of a table: part-00000-….parquet, data_0.parquet, 00000000.parquet.
_PART = re.compile(r"(part[-_.]|data[-_.]?\d|chunk[-_.]?\d|\d)")
_PARTITION = re.compile(r"([A-Za-z_]\w*)=(.*)")
_PIECE = 1 << 20


@dataclass(frozen=True)
class Entry:
    """What a table is read from: files in order, or one sheet of a workbook."""

    names: tuple[str, ...]
    sheet: str | None = None

    @property
    def depth(self) -> int:
        """Folders above it, those of a partition's values not counted."""
        return min(len(_folders(name)) for name in self.names)


class Folder:
    """Tables of a folder: `<table>.csv` or `.tsv`, also with `.gz` or `.zst`, `.parquet`, `.xlsx`, or `<table>/part-…`.

    A workbook with one sheet is a table of its file's name, one with more is a table a sheet. Where a table lies in
    several folders, the one nearest the top counts. `only` are the files that are looked at, where not all are.
    """

    format = "files"

    def __init__(self, at: Path | Place, only: tuple[str, ...] = ()) -> None:
        self.place: Place = Local(at) if isinstance(at, Path) else at
        self.path = at if isinstance(at, Path) else Path()
        self._only = only

    def tables(self) -> tuple[str, ...]:
        """Names of the tables that have a file. Raises: StorageError."""
        return tuple(sorted(self._entries))

    def called(self, table: str) -> str:
        """The file's name, or the folder's of a table in parts."""
        entry = self._entry(table)
        if entry.sheet:
            return f"{shown(entry.names[0])} (sheet {entry.sheet})"
        if len(entry.names) == 1:
            return shown(entry.names[0])
        return f"{'/'.join(_folders(entry.names[0])) or self.place.name}/ ({len(entry.names):,} files)"

    def read(self, table: str, missing: tuple[str, ...]) -> pa.Table:
        """The table's rows, parts in the order of their names.

        Raises: TableMissing, EmptyTable, WrongEncoding, BrokenFile, StorageError.
        """
        entry = self._entry(table)
        called = self.called(table)
        if entry.sheet is not None:
            made = workbook.read_sheet(self._opened(entry.names[0]), shown(entry.names[0]), entry.sheet, missing)
        else:
            made = _together([self._part(name, missing) for name in entry.names], entry.names, called)
        if made.num_rows == 0:
            raise EmptyTable(f"{called} has a header and no rows.", "Export the table again.")
        return made

    def columns(self, table: str) -> list[str]:
        """Names of a table's columns; those of Parquet are seen without reading it. Raises: as `read`."""
        names = self._entry(table).names
        if len(names) == 1 and files.split_name(names[0])[1] == ".parquet" and not _values(names[0]):
            return files.parquet_columns(self.place, names[0])
        return list(self.read(table, ("",)).column_names)

    def plain_files(self, table: str) -> tuple[str, ...]:
        """Files whose rows and columns are the table's: none for a sheet, or where folders hold values of a column.

        Raises: TableMissing.
        """
        entry = self._entry(table)
        return () if entry.sheet is not None or any(map(_values, entry.names)) else entry.names

    def digests(self, tables: tuple[str, ...]) -> dict[str, str] | None:
        """Digest of each table's files, a table without one left out; none for files that lie elsewhere."""
        if not isinstance(self.place, Local):
            return None
        found: dict[str, str] = {}
        for table in tables:
            for entry in self._candidates.get(table, []):
                found.update({name: self._digest(name) for name in entry.names if not _values(name)})
                # Of partitions, a digest of their values too, under names without them.
                parts: dict[str, list[str]] = {}
                for name in filter(_values, entry.names):
                    parts.setdefault(shown(name), []).append(f"{name} {self._digest(name)}")
                found.update({name: sha256_bytes("\n".join(lines).encode()) for name, lines in parts.items()})
        return found

    def _part(self, name: str, missing: tuple[str, ...]) -> pa.Table:
        made = files.read_part(self.place, name, missing)
        for key, value in _values(name).items():
            if key in made.column_names:
                raise BrokenFile(
                    f"{shown(name)} has the column {key}, and so has its folder's name.", "Keep one of them."
                )
            made = made.append_column(key, pa.array([value] * made.num_rows, pa.string()))
        return made

    def _digest(self, name: str) -> str:
        digest = hashlib.sha256()
        with self.place.open(name) as handle:
            while piece := handle.read(_PIECE):
                digest.update(piece)
        return digest.hexdigest()

    def _opened(self, name: str) -> Opened:
        return partial(self.place.open, name)

    def _entry(self, table: str) -> Entry:
        entry = self._entries.get(table)
        if entry is None:
            put = f"Put {table}.csv or {table}.parquet there."
            raise TableMissing(f"The table {table} has no file in {self._where}.", put)
        if sum(other.depth == entry.depth for other in self._candidates[table]) > 1:
            raise TableMissing(f"The table {table} has two files in {self._where}.", "Keep one of them.")
        return entry

    @property
    def _where(self) -> str:
        return str(self.place.path) if isinstance(self.place, Local) else self.place.name

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        return {table: min(found, key=lambda entry: entry.depth) for table, found in self._candidates.items()}

    @cached_property
    def _candidates(self) -> dict[str, list[Entry]]:
        """All that could be each table."""
        parts: dict[tuple[str, str], list[str]] = {}
        found: dict[str, list[Entry]] = {}
        for name in self._only or self.place.names():
            stem, kind = files.split_name(PurePosixPath(name).name)
            if kind == ".xlsx":
                for table, sheet in self._sheets(name, stem):
                    found.setdefault(table, []).append(Entry((name,), sheet))
            elif kind:
                parts.setdefault(self._table(name, stem), []).append(name)
        for (table, _), names in sorted(parts.items()):
            found.setdefault(table, []).append(Entry(tuple(sorted(names))))
        return found

    def _table(self, name: str, stem: str) -> tuple[str, str]:
        """The table a file belongs to, and what its parts have in common: a folder, or only the file itself."""
        folders = _folders(name)
        if _values(name) or (folders and _PART.match(stem)):
            return (folders[-1] if folders else self.place.name), "/".join(folders)
        return stem, name

    def _sheets(self, name: str, stem: str) -> Iterable[tuple[str, str]]:
        try:
            there = workbook.sheets(self._opened(name), shown(name))
        except FactoryError:
            there = ()  # reading it says what is wrong, and only to those who need it
        return [(stem, (*there, "")[0])] if len(there) < 2 else [(sheet, sheet) for sheet in there]


def _folders(name: str) -> list[str]:
    return [part for part in name.split("/")[:-1] if not _PARTITION.fullmatch(part)]


def _values(name: str) -> dict[str, str]:
    """Columns that a partition's folders hold, as `year=2024` does."""
    return {found[1]: found[2] for part in name.split("/")[:-1] if (found := _PARTITION.fullmatch(part))}


def _together(parts: list[pa.Table], names: tuple[str, ...], called: str) -> pa.Table:
    """The parts as one table. Raises: BrokenFile when they are not of one table."""
    first = parts[0]
    for part, name in zip(parts, names, strict=True):
        if set(part.column_names) != set(first.column_names):
            raise BrokenFile(
                f"{shown(name)} has other columns than {shown(names[0])}.", "Parts of one table have the same columns."
            )
    if len(parts) == 1:
        return first
    try:
        return pa.concat_tables(
            [part.select(first.column_names).replace_schema_metadata(None) for part in parts],
            promote_options="permissive",
        )
    except (pa.ArrowInvalid, pa.ArrowException):
        raise BrokenFile(
            f"{called}: a column has other types in other parts.", "Write all parts the same way."
        ) from None

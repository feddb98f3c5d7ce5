"""Sets of Parquet tables named by their digests, and the small JSON that says what they are.

A table is one file or several of like columns; a file may be of several row groups. A piece is a file or, where there
is one file, a row group of it. Piece i of each table of a dataset holds the same people.
"""

from __future__ import annotations

import contextlib
import functools
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from factory.core.errors import StorageError
from factory.core.files import (
    atomic_path,
    canonical_json,
    pretty_json,
    read_json,
    sha256_bytes,
    sha256_file,
    storage_errors,
    write_bytes,
)


class Zone(StrEnum):
    """What a table is, and so where it may go: only synthetic tables leave the source zone."""

    RAW = "raw"
    DEIDENTIFIED = "de-identified"
    SYNTHETIC = "synthetic"


@dataclass(frozen=True)
class PieceRef:
    """A Parquet file: its SHA-256, which is its file's name, and its rows."""

    digest: str
    rows: int


@dataclass(frozen=True)
class TableRef:
    """A table: its digest, rows, columns and files; without files of its own it is one, whose SHA-256 the digest is.

    `groups`: row groups of that one file.
    """

    digest: str
    rows: int
    columns: int
    pieces: tuple[PieceRef, ...] = ()
    groups: int = 1

    @property
    def files(self) -> tuple[PieceRef, ...]:
        """The table's files in order, one at least."""
        return self.pieces or (PieceRef(self.digest, self.rows),)

    @property
    def parts(self) -> int:
        """Number of pieces that the table is read in: its files, or the row groups of its one file."""
        return len(self.pieces) or self.groups


def of_pieces(pieces: Sequence[PieceRef], columns: int) -> TableRef:
    """The table that one or more pieces make up."""
    if len(pieces) == 1:
        return TableRef(pieces[0].digest, pieces[0].rows, columns)
    digest = sha256_bytes(canonical_json([piece.digest for piece in pieces]))
    return TableRef(digest, sum(piece.rows for piece in pieces), columns, tuple(pieces))


@dataclass(frozen=True)
class DatasetRef:
    """Tables of one zone made by one stage. `folder` holds the files; it is not part of the identity."""

    zone: Zone
    tables: dict[str, TableRef]
    contract: str
    parents: tuple[str, ...]
    code: str

    @property
    def pieces(self) -> int:
        """Number of pieces of each table."""
        return max(table.parts for table in self.tables.values())

    def save(self, folder: Path, name: str = "dataset.json") -> None:
        """Write the reference beside its tables."""
        said = asdict(self)
        said["tables"] = {name: _as_row(ref) for name, ref in said["tables"].items()}
        write_bytes(folder / name, pretty_json(said))


def _as_row(table: dict[str, Any]) -> dict[str, Any]:
    """The table without what one file of one row group need not say."""
    return {key: value for key, value in table.items() if (key, value) not in (("pieces", ()), ("groups", 1))}


def _of_row(row: Mapping[str, Any]) -> TableRef:
    return TableRef(**{**row, "pieces": tuple(PieceRef(**piece) for piece in row.get("pieces", ()))})


def load_ref(folder: Path, name: str = "dataset.json") -> DatasetRef:
    """Read the reference of a folder of tables. Raises: NotReady, StorageError."""
    data = read_json(folder / name)
    tables = {table: _of_row(ref) for table, ref in data["tables"].items()}
    return DatasetRef(Zone(data["zone"]), tables, data["contract"], tuple(data["parents"]), data["code"])


def write_table(frame: pd.DataFrame, folder: Path) -> TableRef:
    """Write a frame (rows x columns) as Parquet under its digest. The same frame gives the same bytes.

    Raises: DiskFull, StorageError.
    """
    return of_pieces([write_piece(pa.Table.from_pandas(frame, preserve_index=False), folder)], len(frame.columns))


def write_piece(table: pa.Table, folder: Path) -> PieceRef:
    """Write Arrow columns as Parquet under their digest. The same rows give the same bytes, however they were chunked.

    Raises: DiskFull, StorageError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # A name of its own: several processes may write into one folder.
    holding = folder / f".writing-{secrets.token_hex(8)}.parquet"
    with atomic_path(holding) as part, storage_errors(folder / "table.parquet"):
        pq.write_table(table.replace_schema_metadata(None).combine_chunks(), part, compression="zstd")
    digest = sha256_file(holding)
    with storage_errors(folder):
        holding.replace(folder / f"{digest}.parquet")
    return PieceRef(digest, table.num_rows)


def write_dataset(
    frames: dict[str, pd.DataFrame],
    folder: Path,
    zone: Zone,
    contract: str,
    parents: tuple[str, ...],
    code: str,
) -> DatasetRef:
    """Write frames and their reference into `folder`."""
    tables = {name: write_table(frame, folder) for name, frame in frames.items()}
    ref = DatasetRef(zone, tables, contract, parents, code)
    ref.save(folder)
    return ref


def read_table(folder: Path, ref: TableRef) -> pd.DataFrame:
    """Read a table back after checking its digest. Raises: StorageError when the bytes are not those written."""
    parts = [_checked(folder, piece) for piece in ref.files]
    made: pd.DataFrame = pa.concat_tables(parts, promote_options="default").to_pandas()
    return made


def read_piece(folder: Path, ref: TableRef, at: int, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Piece `at` of a table, in the types its columns have when the table is read whole. Raises: StorageError."""
    made = columns_as_read(folder, ref, at, columns)
    gaps = _with_gaps(folder, ref)
    truths = [field.name for field in made.schema if pa.types.is_boolean(field.type) and field.name in gaps]
    frame: pd.DataFrame = made.to_pandas()
    return frame.astype(dict.fromkeys(truths, object))


def columns_as_read(folder: Path, ref: TableRef, at: int, columns: Sequence[str] | None = None) -> pa.Table:
    """The same as Arrow columns; whole numbers with a gap somewhere in the table are floats. Raises: StorageError."""
    made = columns_of(folder, ref, at, columns)
    gaps = _with_gaps(folder, ref)
    kinds = [
        field.with_type(pa.float64()) if pa.types.is_integer(field.type) and field.name in gaps else field
        for field in made.schema
    ]
    return made.cast(pa.schema(kinds), safe=False)


def columns_of(folder: Path, ref: TableRef, at: int, columns: Sequence[str] | None = None) -> pa.Table:
    """Piece `at` of a table as Arrow columns, all of them or those named. Raises: StorageError."""
    if ref.groups == 1:
        return _checked(folder, ref.files[at], columns)
    return _checked(folder, ref.files[0], columns, at)


@functools.lru_cache(maxsize=256)
def _with_gaps(folder: Path, ref: TableRef) -> frozenset[str]:
    """Columns that have no value somewhere in the table: pandas reads their whole numbers as floats."""
    found: set[str] = set()
    for piece in ref.files:
        with _stored(folder, piece) as path:
            metadata = pq.read_metadata(path)
        groups = [metadata.row_group(at) for at in range(metadata.num_row_groups)]
        for column in (group.column(at) for group in groups for at in range(metadata.num_columns)):
            if column.statistics is None or column.statistics.null_count:
                found.add(column.path_in_schema)
    return frozenset(found)


def _checked(folder: Path, piece: PieceRef, columns: Sequence[str] | None = None, group: int | None = None) -> pa.Table:
    wanted = None if columns is None else list(columns)
    with _stored(folder, piece) as path:
        found = path.stat()
        if _digest(path, found.st_ino, found.st_mtime_ns, found.st_size) != piece.digest:
            raise StorageError(f"{path.name} in {folder} has been changed.", "Remove the folder and run again.")
        if group is None:
            return pq.read_table(path, columns=wanted)
        with pq.ParquetFile(path) as file:
            return file.read_row_group(group, wanted)


@functools.lru_cache(maxsize=256)
def _digest(path: Path, *_: int) -> str:
    """SHA-256 of a file, once for each time it was written: a file of many row groups is read by each of them."""
    return sha256_file(path)


@contextlib.contextmanager
def _stored(folder: Path, piece: PieceRef) -> Iterator[Path]:
    path = folder / f"{piece.digest}.parquet"
    with storage_errors(path):
        yield path


def read_dataset(folder: Path) -> tuple[DatasetRef, dict[str, pd.DataFrame]]:
    """Reference and frames of a folder of tables."""
    ref = load_ref(folder)
    return ref, {name: read_table(folder, table) for name, table in ref.tables.items()}

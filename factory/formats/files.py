"""Reading one table file as text or Arrow columns, with every way a file can be bad told apart."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from factory.core.errors import BrokenFile, EmptyTable, TableMissing, WrongEncoding
from factory.formats.delimited import read_text
from factory.formats.header import check_header
from factory.formats.packed import PACKINGS
from factory.formats.place import Local, Place, shown

__all__ = ["SUFFIXES", "check_header", "check_utf8", "find", "read", "read_part", "split_name"]

SUFFIXES = (".parquet", ".csv")
"""What a plain folder of tables holds."""
_SEPARATORS = {".csv": ",", ".tsv": "\t"}
KINDS = (".parquet", ".xlsx", *_SEPARATORS)
"""Suffixes of table files; text may also be compressed."""
_MOST_CELLS_A_BYTE = 1_000
_FREE_CELLS = 50_000_000
_BUFFER = 1 << 18
"""Bytes of a column of a Parquet file that are read at once."""
_PIECE = 1 << 22


def find(data: Path, table: str) -> Path:
    """The file of a table in the data folder: `<table>.parquet` or `<table>.csv`, not both.

    Raises: TableMissing.
    """
    there = [data / f"{table}{suffix}" for suffix in SUFFIXES if (data / f"{table}{suffix}").is_file()]
    if not there:
        raise TableMissing(f"The table {table} has no file in {data}.", f"Put {table}.csv or {table}.parquet there.")
    if len(there) > 1:
        raise TableMissing(f"The table {table} has two files in {data}.", "Keep one of them.")
    return there[0]


def read(path: Path, missing: tuple[str, ...]) -> pa.Table:
    """Read a CSV (all columns as strings, `missing` as null) or a Parquet file, rows in order.

    Raises: EmptyTable, WrongEncoding, BrokenFile, StorageError.
    """
    table = read_part(Local(path.parent), path.name, missing)
    if table.num_rows == 0:
        raise EmptyTable(f"{path.name} has a header and no rows.", "Export the table again.")
    return table


def split_name(name: str) -> tuple[str, str]:
    """A file's name without its suffixes, and the suffix of its kind; an empty one where it is no table.

    `patients.csv.gz` is (`patients`, `.csv`).
    """
    path = PurePosixPath(name)
    if path.suffix in PACKINGS and PurePosixPath(path.stem).suffix in _SEPARATORS:
        path = PurePosixPath(path.stem)
    return (path.stem, path.suffix) if path.suffix in KINDS else (path.stem, "")


def read_part(place: Place, name: str, missing: tuple[str, ...]) -> pa.Table:
    """Read one text or Parquet file of a place, which may have no rows. Raises: as `read`."""
    if place.size(name) == 0:
        raise EmptyTable(f"{shown(name)} is empty (0 bytes).", "Export the table again.")
    _, kind = split_name(name)
    return (
        _read_parquet(place, name)
        if kind == ".parquet"
        else read_text(place, name, _SEPARATORS.get(kind, ","), missing)
    )


def parquet_columns(place: Place, name: str) -> list[str]:
    """Names of the columns of a Parquet file, of which only the end is read. Raises: BrokenFile, StorageError."""
    with place.open(name) as handle:
        return list(_parquet(place, name, handle).schema_arrow.names)


def _read_parquet(place: Place, name: str) -> pa.Table:
    with place.open(name) as handle:
        file = _parquet(place, name, handle)
        check_header(file.schema_arrow.names, shown(name))
        _check_cells(file, place, name)
        try:
            return file.read(use_threads=isinstance(place, Local))
        except (pa.ArrowInvalid, pa.ArrowException, OSError):
            raise not_whole(name) from None


def _parquet(place: Place, name: str, handle: BinaryIO) -> pq.ParquetFile:
    try:
        if isinstance(place, Local):
            return pq.ParquetFile(place.path / PurePosixPath(name))
        # Arrow's threads would call back into Python for each piece, and might outlive it.
        return pq.ParquetFile(handle, pre_buffer=False)
    except (pa.ArrowInvalid, pa.ArrowException, OSError):
        raise not_whole(name) from None


def not_whole(name: str) -> BrokenFile:
    """What is said of a Parquet file that cannot be read."""
    return BrokenFile(f"{shown(name)} is not a whole Parquet file.", "It may be cut short; copy or export it again.")


def opened_parquet(place: Local, name: str) -> pq.ParquetFile:
    """A Parquet file whose columns are read a piece at a time. Raises: BrokenFile, StorageError."""
    try:
        # Read ahead, all row groups would come to lie in memory; unbuffered, whole columns of a row group.
        file = pq.ParquetFile(place.path / PurePosixPath(name), pre_buffer=False, buffer_size=_BUFFER)
    except (pa.ArrowInvalid, pa.ArrowException, OSError):
        raise not_whole(name) from None
    check_header(file.schema_arrow.names, shown(name))
    _check_cells(file, place, name)
    return file


def _check_cells(file: pq.ParquetFile, place: Place, name: str) -> None:
    # A few bytes may stand for any number of rows that are alike; a key alone takes more than that.
    cells = file.metadata.num_rows * file.metadata.num_columns
    if cells > _FREE_CELLS and cells > _MOST_CELLS_A_BYTE * place.size(name):
        raise BrokenFile(f"{shown(name)} says it holds more cells than such a file can.", "Look at what it holds.")


def check_utf8(handle: BinaryIO, file: str) -> None:
    """Read a text file to its end and name the first line that is not UTF-8. Raises: WrongEncoding."""
    import codecs

    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    while piece := handle.read(_PIECE):
        try:
            decoder.decode(piece)
        except UnicodeDecodeError as error:
            line += piece[: error.start].count(b"\n")
            raise WrongEncoding(f"{file} is not UTF-8, first at about line {line}.", "Save it as UTF-8.") from None
        line += piece.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise WrongEncoding(f"{file} is not UTF-8 at its end.", "It may be cut short.") from None

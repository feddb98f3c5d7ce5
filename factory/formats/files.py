"""Reading one table file as text or Arrow columns, with every way a file can be bad told apart."""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from factory.core.errors import BrokenFile, EmptyTable, TableMissing, WrongEncoding
from factory.core.files import storage_errors

SUFFIXES = (".parquet", ".csv")
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
    with storage_errors(path):
        if path.stat().st_size == 0:
            raise EmptyTable(f"{path.name} is empty (0 bytes).", "Export the table again.")
        table = _read_parquet(path) if path.suffix == ".parquet" else _read_csv(path, missing)
    if table.num_rows == 0:
        raise EmptyTable(f"{path.name} has a header and no rows.", "Export the table again.")
    return table


def _read_parquet(path: Path) -> pa.Table:
    try:
        table = pq.ParquetFile(path).read()
    except (pa.ArrowInvalid, pa.ArrowException, OSError):
        raise BrokenFile(
            f"{path.name} is not a whole Parquet file.", "It may be cut short; copy or export it again."
        ) from None
    check_header(table.column_names, path.name)
    return table


# What a cell looks like and no column's name: a date, an address, an identity number, six figures in a row.
_CELL = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}|@|[A-Za-z]{1,2}\d{6}\(?[0-9A]\)?$|\d{6,}")


def check_header(names: list[str], file: str) -> None:
    """Refuse a column named twice or like a cell, by its position: without a header its name would be a cell."""
    for position, name in enumerate(names, start=1):
        if _CELL.search(name):
            raise BrokenFile(
                f"{file} names its column {position} as a cell would be written.",
                "Check that it has a header; rename the column if it has.",
            )
        if name in names[: position - 1]:
            raise BrokenFile(
                f"{file} names its column {position} as an earlier one.",
                "Check that it has a header, each name once.",
            )


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


def _read_csv(path: Path, missing: tuple[str, ...]) -> pa.Table:
    with path.open("rb") as handle:
        check_utf8(handle, path.name)
    try:
        with pacsv.open_csv(path, parse_options=pacsv.ParseOptions(newlines_in_values=True)) as head:
            names = head.schema.names
    except (pa.ArrowInvalid, pa.ArrowException):
        raise BrokenFile(f"{path.name} cannot be parsed as CSV.", "Check quotes and separators.") from None
    check_header(names, path.name)
    options = pacsv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        null_values=sorted({"", *missing}),
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
    )
    parse = pacsv.ParseOptions(newlines_in_values=True)
    try:
        return pacsv.read_csv(path, convert_options=options, parse_options=parse)
    except (pa.ArrowInvalid, pa.ArrowException):
        raise BrokenFile(
            f"{path.name} has rows whose number of fields differs from the header's.",
            "Check quotes, separators and whether the file was cut short.",
        ) from None

"""Sheets of an Excel workbook as Arrow columns: values only, one header row, nothing merged."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, BinaryIO

import pyarrow as pa

from factory.core.errors import BrokenFile, FactoryError
from factory.formats.encoding import Opened
from factory.formats.header import check_header
from factory.formats.packed import check_expansion

_MERGED = re.compile(rb"<mergeCell\s")
_PIECE = 1 << 20
_MIDNIGHT = dt.time()
_MOST_WHOLE = 2**63


def sheets(opened: Opened, name: str) -> tuple[str, ...]:
    """Names of the sheets that hold cells, in order. Raises: BrokenFile."""
    with _workbook(opened, name) as book:
        return tuple(sheet.title for sheet in book.worksheets if _filled(sheet))


def read_sheet(opened: Opened, name: str, sheet: str, missing: tuple[str, ...]) -> pa.Table:
    """A sheet whose first row is the header; cells as numbers, dates, booleans, or text where a column mixes them.

    Without the name of a sheet the first one is read.
    Raises: BrokenFile when cells are formulas or merged, or a column has no name.
    """
    said = f"{name} (sheet {sheet})" if sheet else name
    with _workbook(opened, name) as book:
        found = book[sheet] if sheet else book.worksheets[0]
        _check_merged(opened, found, said)
        rows = _rows(found)
        header = [cell.value for cell in next(rows, ())]
        while header and header[-1] is None:
            header.pop()
        if None in header:
            raise BrokenFile(
                f"{said} has no name in the header of its column {header.index(None) + 1}.",
                "The first row names every column, without titles above it and without merged cells.",
            )
        names = [str(value).strip() for value in header]
        check_header(names, said)
        columns = _columns(rows, len(names), said)
    return pa.table({key: _array(values, set(missing)) for key, values in zip(names, columns, strict=True)})


def _columns(rows: Iterator[tuple[Any, ...]], width: int, said: str) -> list[list[Any]]:
    columns: list[list[Any]] = [[] for _ in range(width)]
    filled = 0
    for number, row in enumerate(rows, start=2):
        values = [cell.value for cell in row]
        if formula := next((at for at, cell in enumerate(row, start=1) if cell.data_type == "f"), None):
            raise BrokenFile(
                f"{said} has a formula in row {number:,}, column {formula}.",
                "Save the sheet with values in place of formulas.",
            )
        if any(value is not None for value in values[width:]):
            raise BrokenFile(f"{said} has a cell without a column's name above it in row {number:,}.", "Name it.")
        if any(value is not None for value in values):
            filled = number - 1
        for at, column in enumerate(columns):
            column.append(values[at] if at < len(values) else None)
    # Rows at the end that were only formatted hold nothing.
    return [column[:filled] for column in columns]


def _array(values: list[Any], missing: set[str]) -> pa.Array:
    """Excel knows no whole numbers and no dates without a time: what all cells of a column are is what it is."""
    there = [None if value == "" or (isinstance(value, str) and value in missing) else value for value in values]
    kinds = {type(value) for value in there if value is not None}
    if kinds <= {bool} and kinds:
        return pa.array(there, pa.bool_())
    if kinds <= {int, float} and kinds:
        whole = all(value is None or (float(value).is_integer() and abs(value) < _MOST_WHOLE) for value in there)
        number = int if whole else float
        made = [None if value is None else number(value) for value in there]
        return pa.array(made, pa.int64() if whole else pa.float64())
    if kinds <= {dt.datetime, dt.date} and kinds:
        moments = [_moment(value) for value in there]
        days = all(value is None or value.time() == _MIDNIGHT for value in moments)
        return pa.array(
            [None if v is None else v.date() for v in moments] if days else moments,
            pa.date32() if days else pa.timestamp("us"),
        )
    return pa.array([None if value is None else _text(value) for value in there], pa.string())


def _moment(value: Any) -> dt.datetime | None:
    if value is None or isinstance(value, dt.datetime):
        return value
    return dt.datetime.combine(value, _MIDNIGHT)


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == _MIDNIGHT:
        return value.date().isoformat()
    return str(value)


def _filled(sheet: Any) -> bool:
    return any(cell.value is not None for row in _rows(sheet) for cell in row)


def _rows(sheet: Any) -> Iterator[tuple[Any, ...]]:
    # What a sheet says of its size may be less than it holds, and rows beyond that would be left out.
    sheet.reset_dimensions()
    rows: Iterator[tuple[Any, ...]] = sheet.iter_rows()
    return rows


def _check_merged(opened: Opened, sheet: Any, said: str) -> None:
    # A reader of one row after another never sees merged cells: all but the first would be read as empty.
    with closing(opened()) as raw, zipfile.ZipFile(raw) as archive, archive.open(sheet._worksheet_path) as part:
        tail = b""
        while piece := part.read(_PIECE):
            if _MERGED.search(tail + piece):
                raise BrokenFile(f"{said} has merged cells.", "Unmerge them, so that each cell has its own value.")
            tail = piece[-16:]


@contextmanager
def _workbook(opened: Opened, name: str) -> Iterator[Any]:
    """The workbook, read as it is asked for. Its own errors may quote cells. Raises: BrokenFile."""
    from openpyxl import load_workbook

    with closing(opened()) as raw:
        try:
            _check_size(raw, name)
            book = load_workbook(raw, read_only=True, data_only=False, keep_links=False)
            try:
                yield book
            finally:
                book.close()
        except FactoryError:
            raise
        except Exception:  # noqa: BLE001 - openpyxl raises whatever a broken part of the archive leads to
            fix = "It may be cut short, or locked by a password; save it as .xlsx again."
            raise BrokenFile(f"{name} cannot be read as an Excel workbook.", fix) from None


def _check_size(raw: BinaryIO, name: str) -> None:
    with zipfile.ZipFile(raw) as archive:
        parts = archive.infolist()
    check_expansion(name, sum(part.compress_size for part in parts), sum(part.file_size for part in parts))
    raw.seek(0)

"""Parquet, delimited text and SQLite: batches of columns, each distinct value with its count."""

from __future__ import annotations

import csv
import itertools
import json
import re
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from factory.scan.ages import AgeBook
from factory.scan.cells import CellScan, Value
from factory.scan.encodings import encoding_of
from factory.scan.opened import Opened
from factory.scan.read_text import decoded
from factory.scan.report import FileRead
from factory.scan.tally import Tally

_ROWS = 20_000
_DELIMITERS = ",\t;|"
_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,17})")
_NUMBER = re.compile(r"-?\d+\.\d+(?:[eE][+-]?\d+)?")
# A field longer than this is read all the same; csv refuses more than 131,072 characters unless told.
csv.field_size_limit(1 << 27)


def counted(values: Iterable[Any], first_row: int) -> tuple[dict[Value, tuple[int, int]], int]:
    """Distinct values with how often and where first, and how many are missing."""
    found: dict[Value, list[int]] = {}
    nulls = 0
    for row, value in enumerate(values, start=first_row):
        if value is None:
            nulls += 1
        elif value in found:
            found[value][0] += 1
        else:
            found[value] = [1, row]
    return {value: (count, row) for value, (count, row) in found.items()}, nulls


def table_name(opened: Opened) -> str:
    """Name of the table a file holds: its own without suffixes."""
    return PurePosixPath(opened.name).name.partition(".")[0]


def read_parquet(opened: Opened, tally: Tally, file: FileRead, ages: AgeBook) -> None:
    """Row group by row group; names, metadata and statistics too."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table, scan = table_name(opened), CellScan(tally, file)
    parquet = pq.ParquetFile(opened.handle)
    file.how = "Parquet"
    names = parquet.schema_arrow.names
    scan.feed("column names", "column", *counted(names, 1), tabular=False)
    for key, value in (parquet.schema_arrow.metadata or {}).items():
        if key != b"ARROW:schema":
            _metadata(scan, key, value)
    _statistics(scan, parquet.metadata)
    row = 1
    for batch in parquet.iter_batches(batch_size=_ROWS):
        for name, array in zip(names, batch.columns, strict=True):
            if (
                pa.types.is_temporal(array.type)
                and not pa.types.is_time(array.type)
                and not pa.types.is_duration(array.type)
            ):
                scan.feed_typed(table, name, "C", "column of dates", len(array) - array.null_count)
                continue
            values, nulls = _distinct(array, row)
            scan.feed(table, name, values, nulls)
        ages.feed(file.name, table, {name: batch.column(at) for at, name in enumerate(names)}, row)
        row += len(batch)
    scan.close()


def _distinct(array: Any, first_row: int) -> tuple[dict[Value, tuple[int, int]], int]:
    """Distinct values of an Arrow array, with counts and first rows."""
    import numpy as np
    import pyarrow as pa

    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if pa.types.is_nested(array.type):
        shown = (
            None if value is None else json.dumps(value, ensure_ascii=False, default=str) for value in array.to_pylist()
        )
        return counted(shown, first_row)
    if (
        pa.types.is_binary(array.type)
        or pa.types.is_large_binary(array.type)
        or pa.types.is_fixed_size_binary(array.type)
    ):
        texts = (None if value is None else value.decode("utf-8", "replace") for value in array.to_pylist())
        return counted(texts, first_row)
    if pa.types.is_boolean(array.type) or pa.types.is_null(array.type):
        return {}, len(array)
    if not (pa.types.is_integer(array.type) or pa.types.is_floating(array.type)):
        array = array.cast(pa.string())
    encoded = array.drop_null().dictionary_encode()
    rows = np.flatnonzero(array.is_valid().to_numpy(zero_copy_only=False)) + first_row
    codes = encoded.indices.to_numpy()
    counts = np.bincount(codes, minlength=len(encoded.dictionary))
    firsts = np.full(len(encoded.dictionary), -1, np.int64)
    firsts[codes[::-1]] = rows[::-1]
    listed = encoded.dictionary.to_pylist()
    found = dict(zip(listed, zip(counts.tolist(), firsts.tolist(), strict=True), strict=True))
    return _decimals(found), array.null_count


def _metadata(scan: CellScan, key: bytes, value: bytes) -> None:
    name, text = key.decode("utf-8", "replace"), value.decode("utf-8", "replace")
    scan.feed("metadata", name, {text: (1, 1)}, tabular=False)


def _statistics(scan: CellScan, metadata: Any) -> None:
    """Smallest and largest values that the file states of row groups, which may be of rows no longer there."""
    found: dict[str, Counter[str]] = {}
    for group, column in itertools.product(range(metadata.num_row_groups), range(metadata.num_columns)):
        part = metadata.row_group(group).column(column)
        if part.is_stats_set and part.statistics.has_min_max:
            shown = found.setdefault(part.path_in_schema, Counter())
            for value in (part.statistics.min, part.statistics.max):
                if isinstance(value, str):
                    shown[value] += 1
    for name, values in found.items():
        scan.feed("statistics", name, {value: (count, 1) for value, count in values.items()}, tabular=False)


def read_csv(opened: Opened, head: bytes, tally: Tally, file: FileRead, ages: AgeBook) -> bool:
    """Delimited text; False where it decodes as nothing or has no delimiter, so that it is read as plain text."""
    encoding = encoding_of(head)
    if encoding is None:
        return False
    start = next(iter(decoded(opened, encoding)), "")
    line = start.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=line.count)
    if delimiter not in line and opened.suffix not in ("csv", "tsv", "tab"):
        return False
    file.how = f"delimited text, {encoding}"
    rows = csv.reader(_lines(decoded(opened, encoding, file)), delimiter=delimiter)
    names, body = _header(rows)
    scan = CellScan(tally, file)
    scan.feed("column names", "column", *counted(names, 1), tabular=False)
    _rows(scan, ages, file.name, table_name(opened), names, body)
    scan.close()
    return True


def _header(rows: Iterator[list[str]]) -> tuple[list[str], Iterator[list[str]]]:
    """Names of the columns; where the first row holds a number it is no header, and is read as a row."""
    first = next(rows, [])
    if any(_INTEGER.fullmatch(cell.strip()) or _NUMBER.fullmatch(cell.strip()) for cell in first):
        return [f"column {at}" for at in range(1, len(first) + 1)], itertools.chain([first], rows)
    return [name or f"column {at}" for at, name in enumerate(first, start=1)], rows


def _lines(chunks: Iterable[str]) -> Iterator[str]:
    """Lines with their ends, none of them held longer than a chunk."""
    held = ""
    for chunk in chunks:
        parts = (held + chunk.replace("\0", "\ufffd")).splitlines(keepends=True)
        held = parts.pop() if parts else ""
        yield from parts
    if held:
        yield held


def _rows(scan: CellScan, ages: AgeBook, file: str, table: str, names: list[str], rows: Iterator[Any]) -> None:
    first = 1
    while batch := list(itertools.islice(rows, _ROWS)):
        columns = list(itertools.zip_longest(*batch))
        named = names + [f"column {at}" for at in range(len(names) + 1, len(columns) + 1)]
        typed = {}
        for name, values in zip(named, columns, strict=False):
            found, nulls = counted(values, first)
            missing = found.pop("", (0, 0))[0]
            scan.feed(table, name, _typed(found), nulls + missing)
            typed[name] = values
        ages.feed(file, table, typed, first)
        first += len(batch)


def _typed(found: dict[Value, tuple[int, int]]) -> dict[Value, tuple[int, int]]:
    """Texts that are whole numbers, or decimals among numbers, as numbers: text files have no types of their own."""
    if not all(isinstance(value, str) for value in found):
        return {value if isinstance(value, str | int | float) else str(value): count for value, count in found.items()}
    if found and all(_INTEGER.fullmatch(str(value).strip()) for value in found):
        return {int(value): count for value, count in found.items()}
    return _decimals(found)


def _decimals(found: dict[Value, tuple[int, int]]) -> dict[Value, tuple[int, int]]:
    """Decimals as numbers where most values are numbers: `9715.2500` is an amount there, a telephone among words."""
    texts = {value: value.strip() for value in found if isinstance(value, str)}
    decimals: dict[Value, Value] = {value: float(text) for value, text in texts.items() if _NUMBER.fullmatch(text)}
    whole = sum(_INTEGER.fullmatch(text) is not None for text in texts.values())
    if not decimals or 2 * (len(decimals) + whole) <= len(texts):
        return found
    merged: dict[Value, tuple[int, int]] = {}
    for value, (count, row) in found.items():
        number = decimals.get(value, value)
        before = merged.get(number, (0, row))
        merged[number] = (before[0] + count, before[1])
    return merged


def read_sqlite(opened: Opened, tally: Tally, file: FileRead, ages: AgeBook) -> None:
    """Every table; rows deleted and not yet written over are found by the strings in its bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "copy"
        source = getattr(opened.handle, "name", None)
        if isinstance(source, str) and not opened.depth:
            path = Path(source)
        else:
            with path.open("wb") as copy:
                opened.handle.seek(0)
                while data := opened.handle.read(1 << 20):
                    copy.write(data)
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            _tables(connection, tally, file, ages)
        finally:
            connection.close()
    file.how = "SQLite"


def _tables(connection: sqlite3.Connection, tally: Tally, file: FileRead, ages: AgeBook) -> None:
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    scan = CellScan(tally, file)
    listed = connection.execute("SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()
    for table, sql in listed:
        scan.feed("schema", "sql", {str(sql): (1, 1)}, tabular=False)
        quoted = str(table).replace('"', '""')
        rows = connection.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608 - a quoted name of the file itself
        names = [column[0] for column in rows.description]
        texts = (tuple(_shown(value) for value in row) for row in rows)
        _rows(scan, ages, file.name, str(table), names, texts)
    scan.close()


def _shown(value: object) -> Value | None:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str | int | float) else None

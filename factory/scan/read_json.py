"""JSON documents and JSON lines: leaves by their path, keys too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from factory.scan.ages import AgeBook
from factory.scan.cells import CellScan, Value
from factory.scan.encodings import encoding_of
from factory.scan.opened import Opened
from factory.scan.read_tables import _lines, counted, table_name
from factory.scan.read_text import decoded
from factory.scan.report import FileRead
from factory.scan.tally import Tally

_LARGEST = 256 << 20
_ROWS = 5_000
Leaves = dict[str, list[Value]]


def read_json(opened: Opened, head: bytes, tally: Tally, file: FileRead) -> bool:
    """One document; False where it does not parse or is too large to hold, so that it is read as text."""
    encoding = encoding_of(head)
    if encoding is None or opened.size > _LARGEST:
        return False
    try:
        value = json.loads("".join(decoded(opened, encoding)))
    except (ValueError, RecursionError):
        return False
    leaves: Leaves = {}
    for path, leaf in _walk(value, ""):
        leaves.setdefault(path, []).append(leaf)
    scan = CellScan(tally, file)
    for path, values in leaves.items():
        scan.feed("", path, *counted(values, 1), tabular=False)
    scan.close()
    file.how = f"JSON, {encoding}"
    return True


def read_lines(opened: Opened, head: bytes, tally: Tally, file: FileRead, ages: AgeBook) -> bool:
    """One JSON value a line, as a table; False where a line is none, so that it is read as text."""
    encoding = encoding_of(head)
    if encoding is None or not _parses(opened, encoding):
        return False
    scan, table = CellScan(tally, file), table_name(opened)
    leaves: Leaves = {}
    row = first = 1
    for line in _lines(decoded(opened, encoding, file)):
        if not line.strip():
            continue
        for path, leaf in _walk(json.loads(line), ""):
            leaves.setdefault(path, []).append(leaf)
        row += 1
        if row - first >= _ROWS:
            _feed(scan, ages, file, table, leaves, first)
            leaves, first = {}, row
    _feed(scan, ages, file, table, leaves, first)
    scan.close()
    file.how = f"JSON lines, {encoding}"
    return True


def _feed(scan: CellScan, ages: AgeBook, file: FileRead, table: str, leaves: Leaves, first: int) -> None:
    for path, values in leaves.items():
        scan.feed(table, path, *counted(values, first), tabular="." not in path)
    lengths = {len(values) for values in leaves.values()}
    if len(lengths) == 1:
        ages.feed(file.name, table, dict(leaves), first)


def _parses(opened: Opened, encoding: str) -> bool:
    try:
        for line in _lines(decoded(opened, encoding)):
            if line.strip():
                json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _walk(value: Any, path: str) -> Iterator[tuple[str, Value]]:
    """Leaves of a document with their paths; lists are `[]`, and the keys of an object are leaves at `{}`."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{path}{{}}", str(key)
            yield from _walk(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner, f"{path}[]")
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield path, value

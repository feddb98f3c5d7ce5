"""Reading the files of corpora: JSON, JSON lines, offsets that fit their text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from factory.core.errors import BrokenFile, WrongEncoding
from factory.core.files import storage_errors


def text_file(path: Path) -> str:
    """A file as text, with line ends as they are so that offsets hold. Raises: WrongEncoding, StorageError."""
    with storage_errors(path):
        data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise WrongEncoding(f"{path.name} is not UTF-8.", "Save it as UTF-8.") from None


def json_file(path: Path) -> Any:
    """The value of a JSON file. Raises: BrokenFile, WrongEncoding, StorageError."""
    try:
        return json.loads(text_file(path))
    except (ValueError, RecursionError):
        raise BrokenFile(f"{path.name} is not valid JSON.", "It may be cut short.") from None


def json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file with one a line. Raises: BrokenFile, WrongEncoding, StorageError."""
    for number, line in enumerate(text_file(path).split("\n"), start=1):
        if line.strip():
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                raise BrokenFile(f"{path.name}: line {number} is not valid JSON.", "It may be cut short.") from None
            if not isinstance(value, dict):
                raise BrokenFile(f"{path.name}: line {number} is not a JSON object.")
            yield value


def objects(path: Path) -> list[dict[str, Any]]:
    """The objects of a .json (one, a list, or those under `fixtures` or `cases`) or .jsonl file.

    Raises: BrokenFile, WrongEncoding, StorageError.
    """
    text = text_file(path)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return list(json_lines(path))
    if isinstance(value, dict):
        value = value.get("fixtures", value.get("cases", [value]))
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def span_of(text: str, start: Any, end: Any, label: Any, path: Path) -> tuple[int, int, str]:
    """A span whose offsets were checked against its text. Raises: BrokenFile."""
    if not (type(start) is int and type(end) is int and 0 <= start < end <= len(text)):
        raise BrokenFile(f"{path.name} holds a span outside its text.", "Offsets are in characters, end excluded.")
    return start, end, str(label)

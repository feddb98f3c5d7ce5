"""Artefacts searched for rare real categories and real extremes: models' metadata, suites, reports, manifests.

Any file is searched as bytes, in the ways the common formats write a value: UTF-8, JSON's and Python's escapes, HTML
entities, UTF-16, and doubles of either byte order where they have many digits. Of Parquet files what stands beside
the rows is searched (names, key-value metadata, least and greatest of each column); gzip and zip are opened.
"""

from __future__ import annotations

import gzip
import html
import json
import re
import struct
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import ahocorasick
import pyarrow as pa
import pyarrow.parquet as pq

from factory.checks.comparison import Comparison
from factory.checks.measure import Measure
from factory.checks.privacy.sought import Sought, sought_values
from factory.core.errors import StorageError

# Bytes before and after a short value in which the name of its column makes it that column's value.
_NEAR = 300
# What is unpacked of one file: an archive that unfolds without end is cut off here.
_MOST_BYTES = 500_000_000
_MOST_NAMED = 3
# Large files are gone through in pieces, each with the beginning of the next.
_PIECE, _OVERLAP = 32_000_000, 4_000
_WORD = re.compile(rb"[0-9A-Za-z_]")


def measure_artefacts(comparison: Comparison, paths: Iterable[Path]) -> list[Measure]:
    """The values of few training people found in files, a gate: none may be. Folders are searched through.

    Numbers of fewer than three digits, words of fewer than three letters and moments are not searched for; what is
    short or round, or an ordinary word, counts only within 300 bytes of its column's name (see `sought`); values the
    contract states are no finding.

    Raises: StorageError when a path is not there or cannot be read.
    """
    search = _Search(sought_values(comparison))
    found: dict[str, set[str]] = defaultdict(set)
    count = 0
    for path in _files(paths):
        values = search.values_in(path)
        count += len(values)
        for value in values:
            found[path.name].update(value.columns)
    named = [f"{name} ({', '.join(sorted(columns)[:_MOST_NAMED])})" for name, columns in sorted(found.items())]
    k = comparison.contract.policy.smallest_cell
    measure = Measure(
        name="artefact_values",
        title=f"Categories of fewer than {k} people and numbers beyond the {k}th found in artefacts (short values not "
        "searched for)",
        value=float(count),
        low=None,
        high=None,
        threshold=0.0,
        direction="at most",
        n=comparison.people("train"),
        citation="CMS cell-size suppression policy; EU Article 29 Working Party, Opinion 05/2014 (WP216); control RL-8",
        where="; ".join(named[:_MOST_NAMED]),
    )
    return [measure]


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(one for one in path.rglob("*") if one.is_file())
        elif path.is_file():
            yield path
        else:
            raise StorageError(f"There is no file or folder {path.name} to search.", "Give paths that exist.")


class _Search:
    """All ways of writing all values, looked for at once."""

    def __init__(self, values: list[Sought]) -> None:
        self.values = values
        self.places: dict[str, list[tuple[int, bool]]] = defaultdict(list)
        for place, value in enumerate(values):
            for form, bounded in _forms(value):
                self.places[form.decode("latin-1")].append((place, bounded))
        self.automaton = ahocorasick.Automaton()
        for word, places in self.places.items():
            self.automaton.add_word(word, (len(word), places))
        if values:
            self.automaton.make_automaton()

    def values_in(self, path: Path) -> list[Sought]:
        """The values that a file holds, each once."""
        if not self.values:
            return []
        found: set[int] = set()
        try:
            for part in _parts(path):
                found |= self._in(part)
        except OSError:
            raise StorageError(f"The file {path.name} cannot be read.", "Check its permissions.") from None
        return [self.values[place] for place in sorted(found)]

    def _in(self, content: bytes) -> set[int]:
        found: set[int] = set()
        for start in range(0, len(content), _PIECE):
            found |= self._in_piece(content[start : start + _PIECE + _OVERLAP], found)
        return found

    def _in_piece(self, content: bytes, found: set[int]) -> set[int]:
        # One character a byte: the automaton takes text, and a pickle or a PNG is not text.
        for end, (length, places) in self.automaton.iter(content.decode("latin-1")):
            start = end + 1 - length
            for place, bounded in places:
                if place in found or (bounded and not _whole(content, start, end + 1)):
                    continue
                value = self.values[place]
                if value.alone or _named_near(content, start, end, value.names):
                    found.add(place)
        return found


def _forms(value: Sought) -> list[tuple[bytes, bool]]:
    """Bytes that a value is written as, and whether they must not go on as a word or a number."""
    text = value.text
    escaped = json.dumps(text)[1:-1]
    written = {text, escaped, html.escape(text), html.escape(text, quote=False)}
    if value.number is not None and "." in text:
        written.add(text.rstrip("0"))
    forms = [(one.encode("utf-8"), True) for one in sorted(written)]
    forms += [(text.encode(code), False) for code in ("utf-16-le", "utf-16-be") if len(text) > 1]
    if value.number is not None and struct.pack("<d", value.number)[:4] != bytes(4):
        # Round numbers have few bits and turn up in any binary file.
        forms += [(struct.pack("<d", value.number), False), (struct.pack(">d", value.number), False)]
    return forms


def _whole(content: bytes, start: int, end: int) -> bool:
    """True where what stands at [start, end) does not go on before or after it."""
    before, after = content[max(0, start - 1) : start], content[end : end + 1]
    first, last = content[start : start + 1], content[end - 1 : end]
    if first.isdigit() or first == b"-":
        # 1.25 is not in 21.25, 0.1.25 or -1.25; nor is 25 in 1.25.
        if _WORD.match(before) or before in (b".", b"-"):
            return False
    elif _WORD.match(first) and _WORD.match(before):
        # A pickle writes a string's length before it, which may be a letter: only what reads on as a word is one.
        return _pickled(content, start, end)
    if last.isdigit() and after == b"." and content[end + 1 : end + 2].isdigit():
        # 104.0 is 104; 104.5 is not.
        return re.match(rb"\.0+(?![0-9])", content[end : end + 20]) is not None
    return not (_WORD.match(last) and _WORD.match(after)) or _pickled(content, start, end)


def _pickled(content: bytes, start: int, end: int) -> bool:
    """True where the bytes before say that a string of just this length follows, as pickle and Parquet write it."""
    length = end - start
    short = content[max(0, start - 2) : start] in (b"\x8c" + bytes([length & 255]), b"U" + bytes([length & 255]))
    return (short and length < 256) or content[max(0, start - 4) : start] == struct.pack("<I", length)


def _named_near(content: bytes, start: int, end: int, names: tuple[str, ...]) -> bool:
    around = content[max(0, start - _NEAR) : end + _NEAR]
    return any(
        form in around for name in names for form in (name.encode("utf-8"), json.dumps(name)[1:-1].encode("ascii"))
    )


def _parts(path: Path) -> Iterator[bytes]:
    """What of a file is searched: its bytes, those of what it packs, or the metadata of a Parquet file."""
    with path.open("rb") as file:
        head = file.read(4)
    if head == b"PAR1":
        yield from _of_parquet(path)
    elif head[:2] == b"\x1f\x8b":
        yield _unpacked(path)
    elif head == b"PK\x03\x04" and zipfile.is_zipfile(path):
        yield from _of_zip(path)
    else:
        yield path.read_bytes()


def _unpacked(path: Path) -> bytes:
    try:
        with gzip.open(path) as file:
            return file.read(_MOST_BYTES)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return path.read_bytes()


def _of_zip(path: Path) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                yield member.filename.encode("utf-8")
                with archive.open(member) as file:
                    yield file.read(_MOST_BYTES)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error):
        yield path.read_bytes()


def _of_parquet(path: Path) -> Iterator[bytes]:
    try:
        found = pq.read_metadata(path)
    except pa.ArrowInvalid:
        yield path.read_bytes()
        return
    for key, value in (found.metadata or {}).items():
        yield key + b" " + value
    for group in range(found.num_row_groups):
        for place in range(found.num_columns):
            column = found.row_group(group).column(place)
            held = column.statistics
            if held is not None and held.has_min_max:
                yield f"{column.path_in_schema}: {held.min} | {held.max}".encode()

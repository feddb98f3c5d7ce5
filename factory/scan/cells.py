"""Columns of tables and leaves of documents: looked at value by value, judged as columns.

A value is looked at once however often it stands in a column, together with the column's name, which may be the label
that says what a number is. What a single value cannot tell (eight digits, two Chinese characters) counts where the
column as a whole looks so.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field

from factory.scan.column_names import Cues, cues_of
from factory.scan.column_rules import explained_by_code_system, looks_like_codes, looks_like_counter
from factory.scan.detect import LONGEST_PIECE, WEAK, find
from factory.scan.normal import is_cjk, plain
from factory.scan.report import DERIVED, SOURCE, FileRead, Place
from factory.scan.spans import Span
from factory.scan.tally import Tally
from factory.scan.windows import CELL_BREAK
from factory.scan.zip3 import Zip3Table

Value = str | int | float
_SHORT = 60
_REMEMBERED = 50_000
# Numbers below the first are looked at by their column alone; dates and telephones have at least eight digits.
_SMALL_NUMBER, _LARGE_NUMBER = 100_000, 10_000_000
_SHARE, _FEWEST = 0.5, 3
_ROWS_KEPT = 3
_SPLIT_NAME = re.compile(r"[\W_]+|(?<=[a-z])(?=[A-Z])")
# Labels alone never make a hit of a number that counts rows.
_BY_LABEL = frozenset("HIJR")


@dataclass(frozen=True, slots=True)
class Hit:
    """What one value is: a class, by which detector, how sure, and whether the column must agree."""

    letter: str
    detector: str
    high: bool
    weak: bool
    by_shape: bool = False
    digest: str | None = None


@dataclass
class _Count:
    cells: int = 0
    values: int = 0
    rows: list[int] = field(default_factory=list)


class Column:
    """Everything kept of a column while its file is read: counts, never values beyond a bounded memory of hits."""

    def __init__(self, table: str, name: str, tabular: bool) -> None:
        self.table, self.name, self.tabular = table, name, tabular
        self.words = " ".join(part for part in _SPLIT_NAME.split(plain(name)) if part)
        self.cues: Cues = cues_of(self.words, tabular)
        self.cells = self.present = self.integers = self.numbers = self.strings = self.codes = 0
        self.least: int | None = None
        self.most: int | None = None
        self.heads: set[str] = set()
        self.widths: set[int] = set()
        self.seen: set[int] = set()
        self.overflowed = False
        self.hits: dict[Hit, _Count] = defaultdict(_Count)
        self.memory: dict[Value, tuple[Hit, ...]] = {}
        self.by_length: dict[int, list[Hit]] = {}

    @property
    def distinct_share(self) -> float:
        """Distinct values over present ones; 1 where too many were seen to count."""
        return 1.0 if self.overflowed else len(self.seen) / max(self.present, 1)


class CellScan:
    """The cells of one file."""

    def __init__(self, tally: Tally, file: FileRead) -> None:
        self._tally, self._file = tally, file
        self._columns: dict[tuple[str, str], Column] = {}

    def feed(
        self, table: str, name: str, values: dict[Value, tuple[int, int]], nulls: int = 0, tabular: bool = True
    ) -> None:
        """A batch of a column: each distinct value with how often it stands there and the first row it stands in."""
        column = self._columns.setdefault((table, name), Column(table, name, tabular))
        total = sum(count for count, _ in values.values())
        column.cells += total + nulls
        column.present += total
        self._file.cells += total + nulls
        fresh = [value for value in values if value not in column.memory]
        found = self._found(column, fresh)
        for value, (count, row) in values.items():
            _observe(column, value, count)
            for hit in column.memory[value] if value in column.memory else found[value]:
                tally = column.hits[hit]
                tally.cells += count
                tally.values += value in found
                if len(tally.rows) < _ROWS_KEPT:
                    tally.rows.append(row)
        room = max(_REMEMBERED - len(column.memory), 0)
        for value in fresh[:room]:
            column.memory[value] = found[value]

    def feed_typed(self, table: str, name: str, letter: str, detector: str, cells: int) -> None:
        """A column whose type says what it is, such as a timestamp."""
        column = self._columns.setdefault((table, name), Column(table, name, True))
        column.cells += cells
        column.present += cells
        self._file.cells += cells
        if cells:
            tally = column.hits[Hit(letter, detector, True, False)]
            tally.cells, tally.values, tally.rows = tally.cells + cells, cells, [1]

    def close(self) -> None:
        """Judge the columns and count what was found in them."""
        for column in self._columns.values():
            counter = looks_like_counter(column)
            if counter:
                self._tally.counters[self._file.name] += 1
            for hit, count in column.hits.items():
                if not _stands(column, hit, count, counter):
                    continue
                place = Place(column.table, column.name, row=count.rows[0] if count.rows else None)
                if hit.digest and count.cells == 1:
                    self._tally.add_digest(self._file.name, place, hit.detector, hit.digest)
                else:
                    self._tally.add(self._file.name, place, hit.letter, hit.detector, hit.high, count.cells)
            if not counter and looks_like_codes(column) and not any(h.letter != "A" for h in column.hits):
                place = Place(column.table, column.name)
                self._tally.add(self._file.name, place, "R", "column of unique codes", False, column.present)
        self._columns.clear()

    def _found(self, column: Column, values: list[Value]) -> dict[Value, tuple[Hit, ...]]:
        found: dict[Value, list[Hit]] = {value: _hits(column, value, self._tally.zip3) for value in values}
        if self._tally.index is not None and values:
            self._search(values, found)
        return {value: tuple(dict.fromkeys(hits)) for value, hits in found.items()}

    def _search(self, values: list[Value], found: dict[Value, list[Hit]]) -> None:
        """Identifiers of the source in a batch of values, all at once."""
        index = self._tally.index
        asked = [(value, plain(text)) for value in values if (text := _searchable(value))]
        if index is None or not asked:
            return
        starts, at = [], 0
        for _, text in asked:
            starts.append(at)
            at += len(text) + len(CELL_BREAK)
        joined = CELL_BREAK.join(text for _, text in asked)
        for detector, matches in ((SOURCE, index.search(joined)), (DERIVED, index.derived(joined))):
            for match in matches:
                value = asked[bisect_right(starts, match.start) - 1][0]
                found[value].append(Hit(match.letter, detector, True, False))


def _searchable(value: Value) -> str:
    if isinstance(value, str):
        return value if len(value) > 1 else ""
    if isinstance(value, float) and not value.is_integer():
        return ""
    return str(int(value)) if abs(value) >= _SMALL_NUMBER else ""


def _observe(column: Column, value: Value, count: int) -> None:
    if isinstance(value, float):
        column.numbers += count
        if not (value.is_integer() and abs(value) < 1 << 53):
            return
        value = int(value)
    if len(column.seen) < _REMEMBERED:
        column.seen.add(hash(value))
    elif hash(value) not in column.seen:
        column.overflowed = True
    number: int | None = None
    if isinstance(value, int):
        column.integers += count
        number = value
    else:
        column.strings += count
        head = value.rstrip("0123456789")
        tail = value[len(head) :]
        if len(column.heads) < _FEWEST:
            column.heads.add(head)
        if tail and len(tail) <= 18:
            number = int(tail)
        if re.fullmatch(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9_:/#-]{4,40}", value):
            column.codes += count
    if number is not None:
        column.least = number if column.least is None else min(column.least, number)
        column.most = number if column.most is None else max(column.most, number)
        if len(column.widths) < 5:
            column.widths.add(len(str(number)))


def _hits(column: Column, value: Value, zip3: Zip3Table) -> list[Hit]:
    named = [Hit(letter, detector, high, False) for letter, detector, high in column.cues.judge(value, zip3.restricted)]
    if isinstance(value, float):
        if not value.is_integer() or abs(value) >= 1e18:
            return named
        value = int(value)
    if isinstance(value, int):
        return named + _number(column, abs(value))
    text = plain(value)
    if len(text) < 2:
        return named
    if len(text) <= _SHORT and "\n" not in text:
        return named + _cell(column, text, False)
    found = []
    for start in range(0, len(text), LONGEST_PIECE - _SHORT):
        piece = text[start : start + LONGEST_PIECE]
        found += [_hit(span, piece[span.start : span.end], False) for span in find(piece)]
    return named + found


def _number(column: Column, value: int) -> list[Hit]:
    """A whole number. Short ones are only what the column's name says, whichever digits they have."""
    if value < _SMALL_NUMBER:
        return []
    if value >= _LARGE_NUMBER:
        return _cell(column, str(value), True)
    length = len(str(value))
    if length not in column.by_length:
        column.by_length[length] = _cell(column, str(value), True)
    return column.by_length[length]


def _hit(span: Span, run: str, weak: bool) -> Hit:
    digest = run if len(run) == 64 and span.detector.startswith("digest") else None
    return Hit(span.letter, span.detector, span.high, weak, run.isdecimal(), digest)


def _cell(column: Column, text: str, number: bool) -> list[Hit]:
    """A short value, its column's name before it as a label."""
    if all(is_cjk(letter) or letter in " ·" for letter in text):
        return [_hit(span, "", span.detector in WEAK) for span in find(text)]
    label = f"{column.words}: "
    found = []
    for span in find(label + text):
        if span.start < len(label):
            continue
        whole = span.end - span.start >= len(text)
        labelled = span.high and span.letter in _BY_LABEL and whole
        weak = (span.detector in WEAK and not whole) or (number and not labelled)
        found.append(_hit(span, text[span.start - len(label) : span.end - len(label)], weak))
    return found


def _stands(column: Column, hit: Hit, count: _Count, counter: bool) -> bool:
    if hit.detector in (SOURCE, DERIVED):
        return True
    if counter and (hit.weak or hit.letter in _BY_LABEL):
        return False
    if hit.by_shape and explained_by_code_system(column, hit.letter, count.cells):
        return False
    if not hit.weak:
        return True
    return count.values >= _FEWEST and count.cells >= _SHARE * column.present

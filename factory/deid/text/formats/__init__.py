"""Layer (b): identifiers that show by their format or by a label before them. One file a kind.

Each `find(text)` reads folded text and yields `Hit`s. A checksum raises a hit's score; it never clears one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from factory.deid.text.formats import addresses_zh, ages, dates, identity, labels, online, organisations, phones, unique
from factory.deid.text.formats.hit import Hit
from factory.deid.text.formats.runs import digit_runs
from factory.deid.text.tokens import Token

__all__ = ["Hit", "find"]

_FINDERS = (phones.find, online.find, ages.find, addresses_zh.find, organisations.find)
_NUMBERED = (labels.find, identity.find, unique.find)


def find(text: str, seen: Sequence[Token]) -> Iterator[Hit]:
    """All hits of all formats in one folded text, of which `seen` are the Latin words; they may overlap."""
    yield from dates.find(text, seen)
    for finder in _FINDERS:
        yield from finder(text)
    runs = digit_runs(text)
    for numbered in _NUMBERED:
        yield from numbered(text, runs)

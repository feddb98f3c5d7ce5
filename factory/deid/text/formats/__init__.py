"""Layer (b): identifiers that show by their format or by a label before them. One file a kind.

Each `find(text)` reads folded text and yields `Hit`s. A checksum raises a hit's score; it never clears one.
"""

from __future__ import annotations

from collections.abc import Sequence

from factory.deid.text.formats import addresses_zh, ages, dates, identity, labels, online, organisations, phones, unique
from factory.deid.text.formats.hit import Hit
from factory.deid.text.formats.runs import digit_runs
from factory.deid.text.tokens import Token

__all__ = ["Hit", "find"]

_WORDED = (dates.find, organisations.find)
_FINDERS = (phones.find, online.find, ages.find)
_NUMBERED = (labels.find, identity.find, unique.find)


def find(text: str, seen: Sequence[Token]) -> list[Hit]:
    """All hits of all formats in one folded text, of which `seen` are the Latin words; they may overlap."""
    hits: list[Hit] = []
    for worded in _WORDED:
        hits += worded(text, seen)
    for finder in _FINDERS:
        hits += finder(text)
    if not text.isascii():
        hits += addresses_zh.find(text)
    runs = digit_runs(text)
    for numbered in _NUMBERED if runs else ():
        hits += numbered(text, runs)
    return hits

"""What a detector is, and what it finds: a span of text, a class letter, a confidence; never the text itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

LETTERS = "ABCDEFGHIJKLMNOPQR"

# High or low confidence, or None where the match is no hit after all.
Judge = Callable[["re.Match[str]"], bool | None]


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open range of characters of one class of 45 CFR 164.514(b)(2)(i), A to R."""

    start: int
    end: int
    letter: str
    detector: str
    high: bool


def sure(_: re.Match[str]) -> bool:
    """Every match is a hit of high confidence."""
    return True


def unsure(_: re.Match[str]) -> bool:
    """Every match is a hit of low confidence."""
    return False


class How(StrEnum):
    """Where in a piece of text a pattern is tried; the narrower, the faster."""

    ANYWHERE = "anywhere"
    AT_CUE = "at a cue"  # the pattern begins with one of the detector's words or characters
    NUMBERS = "numbers"  # in the stretches where four digits or more stand close together


@dataclass(frozen=True)
class Detector:
    """A pattern over plain text, and when it is worth trying.

    It is worth trying only where a piece of text holds one of `words` (casefolded) or one of `chars`, or where
    neither is given (`factory.scan.detect` sees to that); only where there are at least `digits` digits; and, for a
    `long_run`, only where sixteen letters, digits and signs of codes stand together. The hit is the group `hit`, or
    the whole match. `weak` hits in a table count only where the column as a whole looks like what they say.
    """

    name: str
    letter: str
    pattern: re.Pattern[str]
    judge: Judge = sure
    words: frozenset[str] = frozenset()
    chars: frozenset[str] = frozenset()
    digits: int = 0
    weak: bool = False
    how: How = How.ANYWHERE
    long_run: bool = False

    def find(self, piece: Piece) -> Iterator[Span]:
        """All hits in a piece of plain text."""
        if piece.digits < self.digits or (self.long_run and not piece.long_run):
            return
        for match in self._matches(piece):
            high = self.judge(match)
            if high is not None:
                group = "hit" if "hit" in self.pattern.groupindex else 0
                yield Span(*match.span(group), self.letter, self.name, high)

    def _matches(self, piece: Piece) -> Iterator[re.Match[str]]:
        match self.how:
            case How.ANYWHERE:
                yield from self.pattern.finditer(piece.text)
            case How.NUMBERS:
                for start, end, digits in piece.numbers:
                    if digits >= self.digits:
                        yield from self.pattern.finditer(piece.text, start, end)
            case How.AT_CUE:
                places = [place for word in self.words if word in piece.words for place in piece.words[word]]
                places += [place for char in self.chars if char in piece.chars for place in _all(char, piece.text)]
                for place in places:
                    if found := self.pattern.match(piece.text, place):
                        yield found


_WORD = re.compile(r"[a-z]+")
_NUMBERS = re.compile(r"\d(?:\D{0,3}\d){3,}")
_LONG_RUN = re.compile(r"[0-9A-Za-z+/_.:-]{16}")
_BEFORE, _AFTER = 16, 10


class Piece:
    """A piece of plain text with what detectors ask of it first: words, characters, digits, stretches of numbers."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.chars = set(text)
        self.digits = digits_in(text) if not self.chars.isdisjoint("0123456789") else 0
        self.words: dict[str, list[int]] = {}
        for found in _WORD.finditer(_lowered(text)):
            self.words.setdefault(found[0], []).append(found.start())
        self.cues = set(self.words)
        self.numbers = _stretches(text) if self.digits >= 4 else []
        self.long_run = _LONG_RUN.search(text) is not None


def _lowered(text: str) -> str:
    low = text.lower()
    # A few capitals have two small letters; places would shift.
    return low if len(low) == len(text) else "".join(c.lower() if c.isascii() else c for c in text)


def _stretches(text: str) -> list[tuple[int, int, int]]:
    """Half-open ranges around numbers of four digits or more, with how many digits each holds."""
    return [
        (max(found.start() - _BEFORE, 0), min(found.end() + _AFTER, len(text)), digits_in(found[0]))
        for found in _NUMBERS.finditer(text)
    ]


def _all(char: str, text: str) -> Iterator[int]:
    place = text.find(char)
    while place >= 0:
        yield place
        place = text.find(char, place + 1)


def words_of(text: str) -> frozenset[str]:
    """A set of cue words from one string of them."""
    return frozenset(text.casefold().split())


_NO_DIGITS = dict.fromkeys(map(ord, "0123456789"))


def digits_in(text: str) -> int:
    """How many ASCII digits `text` holds."""
    return len(text) - len(text.translate(_NO_DIGITS))

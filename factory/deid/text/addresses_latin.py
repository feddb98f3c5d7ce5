"""Postal addresses in Latin letters: a number beside a street, a unit or a word that is none of the language's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from factory.deid.text.formats.hit import Hit
from factory.deid.text.formats.runs import free_before
from factory.deid.text.lexicon import cues
from factory.deid.text.spans import PhiClass
from factory.deid.text.tokens import Mark, Token, make_token

_NUMBER = re.compile(
    r"[A-Z]{1,2}\d{1,2}[A-Z]? \d[A-Z]{2}(?![A-Za-z0-9])|[A-Z]\d[A-Z] ?\d[A-Z]\d(?![A-Za-z0-9])|"
    r"\d{1,6}(?:/F|/\d{1,4}|-\d{1,5})?[A-Za-z]?(?![0-9A-Za-z:%]|\.\d)"
)
_FIRST = re.compile(r"\d(?<!\d\d)")
_DOORS = cues("doors")
_BOX_BEFORE = re.compile(r"P\.? ?O\.? ?$", re.IGNORECASE)
_SHORT = cues("short")
_GAP = re.compile(r"[\s,.#/()-]{0,9}")
_CUE = re.compile(
    r"(?:\b(?:liv(?:es|ed|ing)|resid(?:es|ed|ing)|stays|staying|located|lodges|house|home)\s+(?:at|in|on|near)|"
    r"\baddress(?:\s+(?:is|was|given as|at))?|"
    r"\b(?:moved|sent?|ship|delivered|discharged|back|mail)\s+(?:it\s+)?to|\bfrom|\bat|\bnear)\b[\s:]{1,3}$",
    re.IGNORECASE,
)
_POSTCODE_HINT = re.compile(r"[ZzPp](?:ip|IP|ost)")
_POSTCODE = re.compile(
    r"\b(?:zip(?:\s*code)?|post(?:al)?\s*code|postcode)\b\D{0,6}([0-9][0-9A-Z -]{2,9})", re.IGNORECASE
)
_MEASURE = re.compile(
    r"\s?(?:mg|mcg|ug|g|kg|ml|mL|L|units?|IU|iu|tabs?|tablets?|caps?|%|mmol|mmHg|cm|mm|bpm|hours?|hrs?|h|days?|d|weeks?|wks?|months?|years?|yrs?|yo|y/o|times|x|pm|am|puffs?|doses?|liters?|litres?|Fr|French|gauge|MHz|degrees?|minutes?|mins?|lbs?|pounds?|feet|ft|inches|in|mEq|cc|pack|packs|cigarettes|beers|drinks)\b"
)


_FITS = Mark.MAY_ADDRESS | Mark.NUMBER
# What one piece of an address has at least: a word that may name a street or a town, or a word of addresses.
_SAYS_SOMETHING = Mark.FOREIGN | Mark.UNIT | Mark.STREET


def find(text: str, seen: list[Token]) -> Iterator[Hit]:
    """Postal addresses of a folded text, of which `seen` are the words: the stretches around its numbers."""
    if _POSTCODE_HINT.search(text):
        for match in _POSTCODE.finditer(text):
            yield Hit(match.start(1), match.end(1), PhiClass.ADDRESS, 0.7)
    pieces = _pieces(text, seen)
    done = -1
    for place, (_, _, _, marks) in enumerate(pieces):
        if not marks & Mark.NUMBER or place <= done:
            continue
        first = last = place
        while first - 1 > done and pieces[first - 1].marks & _FITS and _joins(text, pieces[first - 1], pieces[first]):
            first -= 1
        while (
            last + 1 < len(pieces) and pieces[last + 1].marks & _FITS and _joins(text, pieces[last], pieces[last + 1])
        ):
            last += 1
        done = last
        if last > first and any(piece.marks & _SAYS_SOMETHING for piece in pieces[first : last + 1]):
            yield from _judge(text, pieces[first : last + 1])


def _pieces(text: str, seen: list[Token]) -> list[Token]:
    """Words and numbers in order."""
    numbers = []
    end = 0
    for first in _FIRST.finditer(text):
        start = first.start()
        if start < end:
            continue
        before = text[start - 1] if start else " "
        if before in ".:" or (before.isascii() and before.isalnum()):
            lettered = _NUMBER.match(text, start - 1) or (_NUMBER.match(text, start - 2) if start > 1 else None)
            if (
                lettered is None
                or lettered.end() <= start
                or not text[lettered.start()].isupper()
                or not free_before(text, lettered.start())
            ):
                continue
            numbers.append(make_token((lettered.start(), lettered.end(), lettered.group(), Mark.NUMBER)))
            end = lettered.end()
            continue
        match = _NUMBER.match(text, start)
        if match is not None:
            end = match.end()
            numbers.append(make_token((start, end, match.group(), Mark.NUMBER)))
    if not numbers:
        return []
    return sorted(numbers + seen)


def _joins(text: str, left: Token, right: Token) -> bool:
    """Whether no more than signs part two pieces. A full stop does unless it follows a short form ('St.', 'Apt.')."""
    gap = text[left.end : right.start]
    if gap == " ":
        return True
    if left.end > right.start:  # '12B' and its 'B'
        return False
    return _GAP.fullmatch(gap) is not None and ("." not in gap or left.word.lower() in _SHORT)


def _judge(text: str, run: list[Token]) -> Iterator[Hit]:
    """The stretch of the run between its first and last sure piece, where a number stands among them."""
    sure = [_sure(text, run, place) for place in range(len(run))]
    if not any(sure):
        return
    first, last = sure.index(True), len(sure) - 1 - sure[::-1].index(True)
    chosen = run[first : last + 1]
    if not any(piece.marks & Mark.NUMBER for piece in chosen) or len(chosen) < 2:
        return
    strong = any(piece.marks & (Mark.UNIT | Mark.STREET) for piece in chosen)
    cued = _CUE.search(text[max(0, chosen[0].start - 32) : chosen[0].start]) is not None
    foreign = any(_foreign(piece) for piece in chosen)
    if (
        not strong
        and not cued
        and all(piece.marks & (Mark.GIVEN | Mark.SURNAME | Mark.SYLLABLE) for piece in chosen if _foreign(piece))
    ):
        return
    unit = any(piece.word.lower() in _DOORS for piece in chosen)
    if not (foreign or unit or (strong and (cued or len(chosen) > 2))):
        return
    box = _BOX_BEFORE.search(text, max(0, chosen[0].start - 6), chosen[0].start)
    yield Hit(
        box.start() if box else chosen[0].start, chosen[-1].end, PhiClass.ADDRESS, 0.75 if strong or cued else 0.55
    )


def _foreign(piece: Token) -> bool:
    """A word that may name a street or a town."""
    return bool(piece.marks & Mark.FOREIGN)


def _beside(text: str, number: Token, other: Token) -> bool:
    """Whether a number belongs to what stands beside it: a house number to its street, a postcode to its town."""
    if other.marks & Mark.NUMBER or other.marks & (Mark.UNIT | Mark.STREET):
        return True
    if other.end < number.start and len(number.word) > 3 and other.marks & (Mark.NEUTRAL | Mark.CAPITAL):
        return True
    gap = text[number.end : other.start] if other.start > number.start else text[other.end : number.start]
    if "," in gap and len(number.word) < 4:
        return False
    return _foreign(other) or bool(other.marks & (Mark.NEUTRAL | Mark.CAPITAL) and other.start > number.start)


def _sure(text: str, run: list[Token], place: int) -> bool:
    """A number beside a word of an address and not before a measure; a unit beside a number; a foreign word."""
    piece = run[place]
    beside = [run[i] for i in (place - 1, place + 1) if 0 <= i < len(run)]
    if piece.marks & Mark.NUMBER:
        if _MEASURE.match(text, piece.end):
            return False
        return any(_beside(text, piece, other) for other in beside)
    if piece.marks & (Mark.UNIT | Mark.STREET):
        return any(other.marks & Mark.NUMBER or other.marks & Mark.CAPITAL for other in beside)
    if piece.marks & (Mark.NEUTRAL | Mark.ABBREVIATION):
        return place > 0
    return _foreign(piece)

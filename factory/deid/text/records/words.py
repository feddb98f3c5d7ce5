"""Single words of the record's Latin names: as they are, cut short or with one slip; short names; initials."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from factory.deid.text.formats.hit import Hit, make_hit
from factory.deid.text.lexicon import cues
from factory.deid.text.records.known import Record
from factory.deid.text.records.slips import edited, one_slip
from factory.deid.text.spans import PhiClass
from factory.deid.text.tokens import Mark, Token

_CAPITALS = re.compile(r"[A-Z](?<![A-Za-z.][A-Z])\.(?: ?[A-Z]\.?){1,3}(?![A-Za-z])")
_TITLES = frozenset(
    ["mr", "mrs", "ms", "miss", "madam", "dr", "mdm", "ah", "patient", "sir", "prof", "nurse", "sister"]
)
_GRAMMAR = cues("grammar")
_WINDOW = 40  # characters in which the end of the sentence before stands
_SENTENCE_ENDS = frozenset(".!?:;\n-•。：；，")
# What follows a word that begins a sentence and is a name there: a sign, a figure, a capital, or what people do.
_OF_SOMEBODY = re.compile(
    r"(?!'?[a-z]|\s+[a-z])|'s\b|\s+(?:is|was|has|had|says|said|reports|reported|denies|denied|attended|came|went|lives|called)\b"
)


def single_words(record: Record, text: str, seen: Sequence[Token]) -> Iterator[Hit]:
    """Words of the record among the Latin words `seen` of a folded text."""
    last_hit = -1
    words, first, last, capital = record.words, record.by_first, record.by_last, Mark.CAPITAL
    for place, (start, end, word, marks) in enumerate(seen):
        if not marks & capital:
            continue
        low = word.lower()
        if low not in words and low[0] not in first and low[-1] not in last:
            continue
        before = seen[place - 1].word.lower() if place and start - seen[place - 1].end <= 2 else ""
        announced = before in _TITLES or (before and last_hit == place - 1)
        if _ours(record, low, seen[place], bool(announced), text):
            last_hit = place
            yield make_hit((seen[place - 1].start if before == "ah" else start, end, PhiClass.NAME, 0.8))
    if record.short:
        yield from _short_names(record, text, seen)
    for match in _CAPITALS.finditer(text):
        letters = "".join(filter(str.isalpha, match.group())).lower()
        if letters in record.initials:
            yield Hit(match.start(), match.end(), PhiClass.NAME, 0.7)


def _ours(record: Record, low: str, token: Token, announced: bool, text: str) -> bool:
    """Whether a capitalised word is one of the record's: 'Chan', 'Chri' for Christopher, 'Chrsitopher'.

    'Will' is taken for William where a record says so, though a sentence may begin with the word: recall comes first.
    """
    ordinary = token.marks & Mark.ORDINARY
    plainly = not ordinary or announced or not token.marks & Mark.COMMONEST
    if low in record.words and (plainly or _capital_of_a_name(low, token, text)):
        return True
    if len(low) < 3 or (ordinary and len(low) < 4):
        return False
    for name in record.by_first.get(low[0], ()):
        if name.startswith(low):
            return True
    if ordinary or len(low) < 4:
        return False
    return any(one_slip(low, name) for name in (*record.by_first.get(low[0], ()), *record.by_last.get(low[-1], ())))


def _capital_of_a_name(low: str, token: Token, text: str) -> bool:
    """Whether one of the commonest words has its capital as a name: 'also registered as Guy', 'Guy (HN123)'."""
    if len(low) < 2 or token.marks & Mark.UPPER:
        return False
    before = text[max(0, token.start - _WINDOW) : token.start].rstrip(" \"'(")[-1:]
    if before and before not in _SENTENCE_ENDS:
        return True
    return low not in _GRAMMAR and _OF_SOMEBODY.match(text, token.end) is not None


def _short_names(record: Record, text: str, seen: Sequence[Token]) -> Iterator[Hit]:
    """Names of two short words with one slip, the space included: 'No Ka', 'OR iO' and 'NGaKa' for Ng Ka, Or Oi."""
    for place, token in enumerate(seen):
        if not token.marks & Mark.CAPITAL or len(token.word) > 5:
            continue
        low = token.word.lower()
        if len(low) > 3 and not token.marks & Mark.ORDINARY and any(edited(low, a + b) for a, b in record.short):
            yield Hit(token.start, token.end, PhiClass.NAME, 0.7)
        if place + 1 == len(seen):
            return
        following = seen[place + 1]
        common = token.marks & Mark.COMMONEST and (following.marks & Mark.COMMONEST or following.word in ("a", "I"))
        if common or len(following.word) > 3 or text[token.end : following.start] not in (" ", "-", ", ", "  "):
            continue
        other = following.word.lower()
        if any((low == a and edited(other, b)) or (other == b and edited(low, a)) for a, b in record.short):
            yield Hit(token.start, following.end, PhiClass.NAME, 0.7)

"""Layer (d): what was found once is found throughout the same person's documents."""

from __future__ import annotations

import re
from collections.abc import Sequence

from factory.deid.text.fold import Folded
from factory.deid.text.formats.hit import Hit
from factory.deid.text.lexicon import words
from factory.deid.text.spans import PhiClass

_CARRIED = frozenset(set(PhiClass) - {PhiClass.DATE, PhiClass.AGE, PhiClass.OTHER})
_SHORTEST = {PhiClass.NAME: 2, PhiClass.ORG: 4, PhiClass.ADDRESS: 4}
_MANY = 100  # values from which on one automaton costs less than a search for each
_SURE = 0.6  # hits that are less sure are not carried to other places
_WORD = re.compile(r"[^\W\d_]{3,}")


def repeated(texts: Sequence[Folded], hits: Sequence[Sequence[Hit]]) -> list[list[Hit]]:
    """For each text the places where what any of `hits` covers stands again."""
    said: dict[tuple[str, PhiClass], None] = {}
    for folded, of_text in zip(texts, hits, strict=True):
        text = folded.text
        for start, end, kind, score in of_text:
            if score >= _SURE and kind in _CARRIED:
                said[text[start:end], kind] = None
    found: dict[str, PhiClass] = {}
    for whole, kind in said:
        for value in _values(whole, kind):
            found.setdefault(value, kind)
    if len(found) > _MANY:
        return _all_at_once([folded.text for folded in texts], found)
    if len(texts) == 1:
        # A value that stands once in a single text stands where it was found: no news.
        text = texts[0].text
        found = {value: kind for value, kind in found.items() if text.find(value, text.find(value) + len(value)) >= 0}
    return [_places(folded.text, found) for folded in texts]


def _all_at_once(texts: Sequence[str], found: dict[str, PhiClass]) -> list[list[Hit]]:
    """The same by one Aho-Corasick automaton, whose time does not grow with the number of values."""
    import ahocorasick

    sought = ahocorasick.Automaton()
    for value, kind in found.items():
        sought.add_word(value, (len(value), kind))
    sought.make_automaton()
    made: list[list[Hit]] = []
    for text in texts:
        hits = ((last + 1 - length, last + 1, kind) for last, (length, kind) in sought.iter(text))
        made.append([Hit(start, end, kind, 0.6) for start, end, kind in hits if not _inside(text, start, end)])
    return made


def _values(text: str, kind: PhiClass) -> list[str]:
    """The text itself, and a name's own words where they are no words of the language."""
    values = [text] if len(text) >= _SHORTEST.get(kind, 5) else []
    if kind is PhiClass.NAME and text.isascii():
        ordinary = words("english_words.txt")
        if text.lower() in ordinary:
            return []
        if (" " in text or "," in text) and not text.isupper():
            values += [word for word in _WORD.findall(text) if word[0].isupper() and word.lower() not in ordinary]
    return values


def _places(text: str, found: dict[str, PhiClass]) -> list[Hit]:
    """Where values stand."""
    made = []
    for value, kind in found.items():
        start = text.find(value)
        while start >= 0:
            end = start + len(value)
            if not _inside(text, start, end):
                made.append(Hit(start, end, kind, 0.6))
            start = text.find(value, end)
    return made


def _inside(text: str, start: int, end: int) -> bool:
    """Whether the place is part of a longer Latin word or number."""
    left = (
        start > 0
        and text[start].isascii()
        and text[start - 1].isascii()
        and text[start].isalnum()
        and text[start - 1].isalnum()
    )
    right = (
        end < len(text)
        and text[end].isascii()
        and text[end - 1].isascii()
        and text[end].isalnum()
        and text[end - 1].isalnum()
    )
    return left or right

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
    found: dict[str, PhiClass] = {}
    for folded, of_text in zip(texts, hits, strict=True):
        for hit in of_text:
            if hit.kind in _CARRIED and hit.score >= _SURE:
                for value in _values(folded.text[hit.start : hit.end], hit.kind):
                    found.setdefault(value, hit.kind)
    if len(found) > _MANY:
        return _all_at_once([folded.text for folded in texts], found)
    return [_places(folded.text, found, len(texts) == 1) for folded in texts]


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
    if kind is PhiClass.NAME and text.isascii() and text.lower() in words("english_words.txt"):
        return []
    if kind is PhiClass.NAME and text.isascii() and not text.isupper():
        ordinary = words("english_words.txt")
        if " " in text or "," in text:
            values += [word for word in _WORD.findall(text) if word[0].isupper() and word.lower() not in ordinary]
    return values


def _places(text: str, found: dict[str, PhiClass], alone: bool) -> list[Hit]:
    """Where values stand; in a text that is `alone`, only values that stand twice are news."""
    made = []
    for value, kind in found.items():
        start = text.find(value)
        if alone and start >= 0 and text.find(value, start + len(value)) < 0 and kind is not PhiClass.NAME:
            continue
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

"""Small word lists of this room: surnames, given names, syllables, places.

English names are the most frequent of the US Census of 1990 (public domain) without those that are everyday words;
places of the mainland come from the public list of administrative divisions; traditional characters and their
simplified forms come from OpenCC (Apache-2.0); the rest was written for this room.
"""

from __future__ import annotations

import functools
from importlib import resources

_FOLDER = "words"


@functools.cache
def words(name: str) -> frozenset[str]:
    """The lines of the word list `name`."""
    text = (resources.files(__package__) / _FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line)


@functools.cache
def zh_surnames() -> tuple[frozenset[str], frozenset[str]]:
    """Chinese surnames of one character, and of two; both scripts."""
    listed = words("surnames_zh")
    return frozenset(name for name in listed if len(name) == 1), frozenset(name for name in listed if len(name) > 1)


@functools.cache
def begins_word(pair: str) -> bool:
    """True where two characters begin an everyday or clinical word although the first is a surname."""
    return pair in words("common_zh")


@functools.lru_cache(maxsize=1 << 16)
def is_romanised(word: str) -> bool:
    """True where a casefolded Latin word is one or two syllables of Mandarin or Cantonese."""
    syllables = words("syllables_roman")
    if word in syllables:
        return True
    return any(word[:cut] in syllables and word[cut:] in syllables for cut in range(1, len(word)))

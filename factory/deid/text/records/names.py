"""A name of the record in the forms that notes give it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from factory.deid.text.fold import folded, simplified, without_marks
from factory.deid.text.lexicon import chinese_surnames, cues

_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[^\W\d_]+")
SHORTEST = 4  # letters of a Latin form that is looked up across spaces
SHORTEST_NEAR = 5  # letters of a name that one slip may have changed
_ADDRESSED = frozenset(["mr", "mrs", "ms", "dr"])

# Words of kinship that a record may hold in a column of names; they name nobody.
_KIN = cues("kin")


class ChineseName(NamedTuple):
    """Simplified surname and given name."""

    surname: str
    given: str


class LatinName(NamedTuple):
    """Words of a name in Latin letters, lower case, no accents, in the order of the record."""

    words: tuple[str, ...]


Cut = tuple[str, str, bool]
"""Two halves of a name, of which the first must stand unchanged and the other stands before it (True) or after."""


@lru_cache(maxsize=50_000)
def read_name(value: str) -> ChineseName | LatinName | None:
    """A name of the record, or None where the value is no name: empty, a word of kinship, a single letter."""
    text = simplified(folded(value)).strip()
    if text.lower() in _KIN:
        return None
    if not text.isascii() and _HAN.search(text):
        han = "".join(_HAN.findall(text))
        if re.search("[·•・]", text) and len(han) > 4:
            first = len(_HAN.findall(re.split("[·•・]", text)[0]))
            return ChineseName(han[:first], han[first:])
        double = chinese_surnames()[1]
        cut = 2 if han[:2] in double and len(han) > 2 else 1
        return ChineseName(han[:cut], han[cut:]) if 2 <= len(han) <= 6 else None
    words = tuple(word for word in _WORD.findall(without_marks(text).lower()) if word not in _ADDRESSED)
    return LatinName(words) if words and max(map(len, words)) > 1 else None


@lru_cache(maxsize=50_000)
def forms_of_latin(name: LatinName) -> tuple[str, ...]:
    """The forms in which a Latin name is looked up; each holds one of its words whole."""
    fewest = 3 if len(name.words) > 1 else SHORTEST
    return tuple(form for form in latin_forms(name.words) if len(form) >= fewest)


@lru_cache(maxsize=50_000)
def forms_of_pinyin(name: LatinName) -> tuple[str, ...]:
    """The same of a Chinese name in pinyin, whose short forms are too often other words."""
    given = "".join(name.words[1:])
    forms = {form for form in latin_forms(name.words) if len(form) >= SHORTEST}
    return tuple(forms | {given if len(given) >= 6 else "".join(name.words)})


@lru_cache(maxsize=50_000)
def cuts(name: LatinName) -> tuple[Cut, ...]:
    """The halves by which a name with one slip in it is found, the surname at either end."""
    words = name.words
    made: list[Cut] = []
    for whole in {"".join(words), "".join(words[1:]) + words[0], words[-1] + "".join(words[:-1])}:
        if len(whole) >= SHORTEST_NEAR:
            half = len(whole) // 2
            # The third cut is for two letters swapped across the middle.
            made += (
                (whole[:half], whole[half:], False),
                (whole[half:], whole[:half], True),
                (whole[: half - 1], whole[half - 1 :], False),
            )
    return tuple(made)


def initials(words: tuple[str, ...]) -> set[str]:
    """Two or more initials of a Latin name in the orders that notes give them."""
    letters = [word[0] for word in words]
    made = {"".join(letters), "".join(letters[1:] + letters[:1]), "".join(letters[-1:] + letters[:-1])}
    made |= {"".join(letters[1:many] + letters[:1]) for many in range(2, len(letters))}
    return {form for form in made if len(form) > 1}


def latin_forms(words: tuple[str, ...]) -> set[str]:
    """The words run together: as given, surname moved to the other end, initials for the given names."""
    if len(words) < 2:
        return {"".join(words)}
    made: list[str] = []
    for surname, given in ((words[0], words[1:]), (words[-1], words[:-1])):
        some = letters = ""
        for many, word in enumerate(given, 1):
            some += word
            letters += word[0]
            made += (surname + some, some + surname)
            if len(surname) + many >= 3:
                made += (surname + letters, letters + surname)
            if many > 1:
                made.append(some)
    return set(made)


@lru_cache(maxsize=200_000)
def romanised(name: ChineseName) -> LatinName | None:
    """The name in pinyin, where the package pypinyin is at hand."""
    try:
        return LatinName(("".join(_pinyin(name.surname)), *_pinyin(name.given)))
    except ImportError:
        return None


@lru_cache(maxsize=50_000)
def _pinyin(characters: str) -> tuple[str, ...]:
    """A syllable a character. Most pairs are no word of pypinyin's and are read a character at a time, from memory."""
    from pypinyin import lazy_pinyin
    from pypinyin.constants import PHRASES_DICT

    if len(characters) != 2 or characters in PHRASES_DICT:
        return tuple(lazy_pinyin(characters))
    return _pinyin(characters[0]) + _pinyin(characters[1])

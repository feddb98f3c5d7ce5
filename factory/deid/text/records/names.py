"""A name of the record in the forms that notes give it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from factory.deid.text.fold import fold, simplified, without_marks
from factory.deid.text.lexicon import chinese_surnames, cues

_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[^\W\d_]+")
SHORTEST = 4  # letters of a Latin form that is looked up across spaces

# Words of kinship that a record may hold in a column of names; they name nobody.
_KIN = cues("kin")


class ChineseName(NamedTuple):
    """Simplified surname and given name."""

    surname: str
    given: str


class LatinName(NamedTuple):
    """Words of a name in Latin letters, lower case, no accents, in the order of the record."""

    words: tuple[str, ...]


def read_name(value: str) -> ChineseName | LatinName | None:
    """A name of the record, or None where the value is no name: empty, a word of kinship, a single letter."""
    text = simplified(fold(value).text).strip()
    if text.lower() in _KIN:
        return None
    if _HAN.search(text):
        han = "".join(_HAN.findall(text))
        if re.search("[·•・]", text) and len(han) > 4:
            first = len(_HAN.findall(re.split("[·•・]", text)[0]))
            return ChineseName(han[:first], han[first:])
        double = chinese_surnames()[1]
        cut = 2 if han[:2] in double and len(han) > 2 else 1
        return ChineseName(han[:cut], han[cut:]) if 2 <= len(han) <= 6 else None
    words = tuple(word for word in _WORD.findall(without_marks(text).lower()) if word not in ("mr", "mrs", "ms", "dr"))
    return LatinName(words) if words and max(map(len, words)) > 1 else None


def latin_forms(words: tuple[str, ...]) -> set[str]:
    """The words run together: as given, surname moved to the other end, initials for the given names."""
    forms = {"".join(words)}
    if len(words) < 2:
        return forms
    for surname, given in ((words[0], words[1:]), (words[-1], words[:-1])):
        forms |= {surname + "".join(given), "".join(given) + surname}
        for many in range(1, len(given) + 1):
            initials = "".join(word[0] for word in given[:many])
            if len(surname) + len(initials) >= 3:
                forms |= {surname + initials, initials + surname}
        for many in range(1, len(given)):
            some = "".join(given[:many])
            forms |= {some + surname, surname + some}
            if many > 1:
                forms.add(some)
        if len(given) > 1:
            forms.add("".join(given))
    return forms


@lru_cache(maxsize=200_000)
def romanised(name: ChineseName) -> LatinName | None:
    """The name in pinyin, where the package pypinyin is at hand."""
    try:
        from pypinyin import lazy_pinyin
    except ImportError:
        return None
    return LatinName(("".join(lazy_pinyin(name.surname)), *lazy_pinyin(name.given)))

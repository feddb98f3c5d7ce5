"""Words of Latin script with what the lists say of each, looked up once a word."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, partial
from itertools import accumulate
from typing import NamedTuple

from factory.deid.text.fold import without_marks
from factory.deid.text.lexicon import EPONYMS, cues, words
from factory.deid.text.syllables import is_given_name, is_syllable

WORD = re.compile(r"[^\W\d_\u2e80-\u9fff\uac00-\ud7af]++(?:['-][^\W\d_\u2e80-\u9fff]++)*+(?![0-9])")
_SPLIT = re.compile(f"({WORD.pattern})").split
_SPLIT_ASCII = re.compile(r"([A-Za-z]++(?:['-][A-Za-z]++)*+(?![0-9]))").split


class Mark:
    """What is known of a word, whatever stands around it: bits of a plain integer, for an enum costs a call a test."""

    CAPITAL = 1 << 0
    UPPER = 1 << 1
    ORDINARY = 1 << 2  # an English or medical word, written in lower case
    FREQUENT = 1 << 3
    COMMONEST = 1 << 4
    GIVEN = 1 << 5
    SURNAME = 1 << 6
    PLACE = 1 << 7
    EPONYM = 1 << 8
    TITLE = 1 << 9
    PARTICLE = 1 << 10
    INITIAL = 1 << 11
    ABBREVIATION = 1 << 12
    SYLLABLE = 1 << 13  # of a Chinese name
    NEUTRAL = 1 << 14  # countries, states, nationalities, days, months, units
    STREET = 1 << 15
    UNIT = 1 << 16  # apartment, floor, block
    CUE = 1 << 17
    ROLE = 1 << 18  # after it even an ordinary word with a capital is a name
    RELATION = 1 << 19
    MONTH = 1 << 20
    NUMBER = 1 << 21
    MAY_NAME = 1 << 22
    MAY_CUE = 1 << 23
    MAY_ADDRESS = 1 << 24
    FOREIGN = 1 << 25  # may name a street or a town
    ANNOUNCES = 1 << 27  # what follows it may be a name though the word be ordinary
    ENDS = 1 << 28  # an ordinary word in small letters, of which no name goes on
    FIRM = 1 << 26  # begins like the last word of an organisation's name


# Units, elements and short forms that lists of names hold too.
ELEMENTS = cues("elements")
SHORT_FORMS = cues("short_forms")


class Token(NamedTuple):
    """A word of a text, where it stands, and what is known of it."""

    start: int
    end: int
    word: str
    marks: int


_KEPT = 400_000  # words remembered before the memory is begun anew


class _Known(dict[str, int]):
    """The marks of words that were met, read when first asked for."""

    def __missing__(self, word: str) -> int:
        if len(self) > _KEPT:
            self.clear()
        self[word] = found = _read(word)
        return found


marks_of = _Known().__getitem__
"""The marks of a word as it is written."""

# `tuple.__new__` makes a named tuple in half the time that its own class takes.
make_token: Callable[[tuple[int, int, str, int]], Token] = partial(tuple.__new__, Token)


def tokens(text: str) -> list[Token]:
    """The Latin words of a folded text, in order."""
    parts = _SPLIT_ASCII(text) if text.isascii() else _SPLIT(text)  # what stands between words and the words, in turn
    edges = list(accumulate(map(len, parts)))
    words_here = parts[1::2]
    return list(map(make_token, zip(edges[::2], edges[1::2], words_here, map(marks_of, words_here), strict=False)))


_CONTRACTED = re.compile(r"'(?:s|ll|ve|re|d|m|mon)$|(?<=n)'t$")


def _read(word: str) -> int:
    low = without_marks(word).lower().replace("ß", "ss")
    stem = _CONTRACTED.sub("", low).rstrip("'")
    made = _of_letters(word) | _of_lists(stem)
    if low in ELEMENTS or (low in SHORT_FORMS and (word.islower() or word.isupper())):
        made |= Mark.NEUTRAL | Mark.ORDINARY
    if len(low) == 1 and word.isupper():
        made |= Mark.INITIAL
    elif len(stem) < 2 or (_ordinary(stem) and stem not in words("commonest_names.txt")):
        made |= Mark.ORDINARY
    parts = stem.split("-")
    if len(parts) > 1 and not made & Mark.ORDINARY:
        made |= (Mark.GIVEN | Mark.SURNAME) * any(_of_lists(part) & (Mark.GIVEN | Mark.SURNAME) for part in parts)
    if all(map(is_syllable, parts)) or (not made & Mark.ORDINARY and is_given_name(stem)):
        made |= Mark.SYLLABLE
    if not made & (Mark.INITIAL | Mark.ORDINARY) and _short_form(word, made):
        made |= Mark.ABBREVIATION
    return made | _of_use(word, low, made)


def _of_letters(word: str) -> int:
    return Mark.CAPITAL * word[0].isupper() | Mark.UPPER * word.isupper()


@lru_cache(maxsize=1)
def _lists() -> tuple[tuple[int, frozenset[str]], ...]:
    return (
        (Mark.FREQUENT, words("frequent_words.txt")),
        (Mark.COMMONEST, words("commonest_words.txt")),
        (Mark.GIVEN, words("given_names.txt")),
        (Mark.SURNAME, words("surnames.txt")),
        (Mark.PLACE, words("places.txt")),
        (Mark.NEUTRAL, words("neutral.txt")),
        (Mark.EPONYM, EPONYMS | words("eponyms.txt")),
        (Mark.TITLE, cues("titles")),
        (Mark.PARTICLE, cues("particles")),
        (Mark.STREET, cues("streets")),
        (Mark.UNIT, cues("units")),
        (Mark.CUE, cues("cues")),
        (Mark.ROLE, cues("roles")),
        (Mark.RELATION, cues("relations")),
        (Mark.MONTH, cues("months")),
    )


def _of_lists(stem: str) -> int:
    return sum(mark for mark, known in _lists() if stem in known)


def _of_use(word: str, low: str, marks: int) -> int:
    """What the word may be part of: a name, a cue, an address."""
    made = Mark.FIRM * word.startswith(_FIRMS)
    if marks & (Mark.TITLE | Mark.ROLE | Mark.RELATION) or low in ("is", "are", "was") or word in ("Patient", "Pt"):
        made |= Mark.ANNOUNCES
    if marks & (Mark.ORDINARY | Mark.NEUTRAL) and not marks & (Mark.CAPITAL | Mark.PARTICLE):
        made |= Mark.ENDS
    if _may_name(word, marks):
        made |= Mark.MAY_NAME
    if marks & (Mark.CUE | Mark.ROLE | Mark.RELATION) or word == "charge":
        made |= Mark.MAY_CUE
    if _STREET_END.search(low):
        made |= Mark.STREET | Mark.FOREIGN
    unknown = Mark.ORDINARY | Mark.EPONYM | Mark.NEUTRAL | Mark.ABBREVIATION | Mark.INITIAL | Mark.TITLE
    if marks & (Mark.CAPITAL | Mark.PLACE) and not marks & unknown:
        made |= Mark.FOREIGN
    if _may_be_in_address(word, marks | made):
        made |= Mark.MAY_ADDRESS
    return made


_FIRMS = tuple(cues("firms"))
_STREET_END = re.compile(
    r"[^\W\d_]{2}(?:stra(?:ss|ß)e|str|straat|laan|weg|gasse|platz|plein|gracht|gatan|vagen|vägen|katu|tie|vej|gade|gata|utca|ulica|"
    r"ulitsa|plaats|steenweg|allee|dreef|kade|singel)$"
)


def _may_be_in_address(word: str, marks: int) -> bool:
    if marks & (Mark.UNIT | Mark.STREET):
        return True
    if marks & Mark.NEUTRAL and marks & Mark.ORDINARY and len(word) < 4:
        return False
    if marks & Mark.ABBREVIATION:
        return len(word) in (2, 3) and word.isupper()
    return bool(marks & (Mark.CAPITAL | Mark.NEUTRAL | Mark.PARTICLE)) or not marks & Mark.ORDINARY


def _may_name(word: str, marks: int) -> bool:
    """Whether the word alone allows it to be part of a name: a capital, or small letters that only names have."""
    if marks & (Mark.TITLE | Mark.UNIT) or word in ("Patient", "PATIENT", "Pt"):
        return False
    if marks & Mark.CAPITAL:
        return not marks & Mark.ABBREVIATION or bool(marks & (Mark.SURNAME | Mark.SYLLABLE)) or not marks & Mark.NEUTRAL
    return bool(marks & (Mark.GIVEN | Mark.SURNAME)) and not marks & (Mark.ORDINARY | Mark.NEUTRAL | Mark.EPONYM)


def _ordinary(stem: str) -> bool:
    known = words("english_words.txt")
    if stem in known:
        return True
    if stem.endswith("s") and stem[:-1] in known and len(stem) > 4 and stem not in words("surnames.txt"):
        return True
    parts = stem.replace("'", "-").split("-")
    return len(parts) > 1 and all(part in known or len(part) < 2 for part in parts)


def _short_form(word: str, made: int) -> bool:
    """COPD, ECG, PRN, HbA, IVs: capitals inside, and no name of the lists of more than three letters."""
    if not word.isascii() or sum(map(str.isupper, word)) < 2 or ("-" in word and not word.isupper()):
        return False
    if re.match(r"(?:Mc|Mac|De|Di|Du|La|Le|O'|D'|Van|Von|Fitz)[A-Z][a-z]+$", word):
        return False
    if not word.isupper():
        return len(word) < 7 or re.match(r"[A-Z]{2,}[a-z]{1,2}$", word) is not None
    listed = made & (Mark.GIVEN | Mark.SURNAME | Mark.PLACE)
    return len(word) <= 6 and (not listed or len(word) <= 3)

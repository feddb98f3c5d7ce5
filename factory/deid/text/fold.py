"""Text as the detectors read it: one character for one, full-width signs and odd dashes made plain."""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import lru_cache
from typing import NamedTuple

_PLAIN = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},  # full-width ASCII
    **dict.fromkeys((*range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63, 0xFF0D), ord("-")),
    **dict.fromkeys((0x00A0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), ord(" ")),
    **dict.fromkeys((0x2018, 0x2019, 0x02BC, 0xFF07), ord("'")),
    **dict.fromkeys((0x201C, 0x201D), ord('"')),
    **{
        code: ord(str(unicodedata.digit(chr(code))))
        for code in range(0x0660, sys.maxunicode)
        if unicodedata.category(chr(code)) == "Nd" and not 0xFF10 <= code <= 0xFF19
    },
}
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


class Folded(NamedTuple):
    """Folded text, and the place of each of its characters in the original (None where they are the same)."""

    text: str
    at: list[int] | None

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where folded characters `start` to `end` stand in the original."""
        if self.at is None:
            return start, end
        return self.at[start], self.at[end - 1] + 1


def fold(text: str) -> Folded:
    """Full-width to ASCII, dashes, quotes and digits of any script to plain ones, invisible characters out.

    No character becomes two or none (invisible ones aside), so that spans keep their place.
    """
    if text.isascii():
        return Folded(text, None)
    plain = text.translate(_PLAIN)
    if _INVISIBLE.search(plain) is None:
        return Folded(plain, None)
    at = [i for i, char in enumerate(plain) if not _INVISIBLE.match(char)]
    return Folded("".join(plain[i] for i in at), at)


class View(NamedTuple):
    """Letters and digits only, lower case, Chinese simplified; `at` holds the place of each in the folded text."""

    text: str
    at: list[int]


def view(folded: str) -> View:
    """The letters and digits of a folded text, for matching across spaces, hyphens, dots and brackets."""
    simple = simplified(folded).lower() if not folded.isascii() else folded.lower()
    if len(simple) != len(folded):  # a capital whose small form is two characters
        simple = "".join(char.lower()[0] for char in folded)
    at = [i for i, char in enumerate(simple) if char.isalnum()]
    return View("".join([simple[i] for i in at]), at)


def without_marks(text: str) -> str:
    """Latin letters without their accents: 'Göksel' -> 'Goksel'."""
    if text.isascii():
        return text
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))


@lru_cache(maxsize=1)
def _to_simplified() -> dict[int, int]:
    from factory.deid.text.lexicon import pairs

    return pairs("simplified.txt")


def simplified(text: str) -> str:
    """Traditional characters as simplified ones, one for one (table: OpenCC, Apache-2.0)."""
    return text.translate(_to_simplified())

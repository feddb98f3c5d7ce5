"""Text as the detectors read it: one character for one, full-width signs and odd dashes made plain."""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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
    plain = _mapped(text, _tables().plain) if len(text) > _SHORT else text.translate(_PLAIN)
    if _INVISIBLE.search(plain) is None:
        return Folded(plain, None)
    at = [i for i, char in enumerate(plain) if not _INVISIBLE.match(char)]
    return Folded("".join(plain[i] for i in at), at)


def folded(text: str) -> str:
    """The folded text alone, for values whose places do not matter."""
    return text if text.isascii() else fold(text).text


class View(NamedTuple):
    """Letters and digits only, lower case, Chinese simplified; `at` holds the place of each in the folded text."""

    text: str
    at: list[int]


def view(folded: str) -> View:
    """The letters and digits of a folded text, for matching across spaces, hyphens, dots and brackets."""
    if folded.isascii():
        codes = np.frombuffer(folded.encode("ascii"), dtype=np.uint8)
        flat = folded.lower().encode("ascii").translate(None, _SIGNS).decode("ascii")
        return View(flat, np.flatnonzero(_IS_ASCII_ALNUM[codes]).tolist())
    tables = _tables()
    letters = tables.small[_codes(folded)]
    at = np.flatnonzero(tables.alnum[letters])
    return View(_string(letters[at]), at.tolist())


class _Tables(NamedTuple):
    """For each code point its folded one, its simplified one, that in small letters, and whether it is a letter."""

    plain: NDArray[np.uint32]
    simple: NDArray[np.uint32]
    small: NDArray[np.uint32]
    alnum: NDArray[np.bool_]


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    """Arrays of all 0x110000 code points: one look-up a text costs a third of `str.translate`."""
    every = np.arange(sys.maxunicode + 1, dtype=np.uint32)
    plain, simple, lower = every.copy(), every.copy(), every.copy()
    plain[list(_PLAIN)] = list(_PLAIN.values())
    simple[list(_traditional())] = list(_traditional().values())
    # A capital whose small form is two characters keeps the first, so that places hold.
    lower[:_LAST_LETTER] = [ord(chr(code).lower()[0]) for code in range(_LAST_LETTER)]
    alnum = np.zeros(len(every), dtype=np.bool_)
    alnum[:_LAST_LETTER] = [chr(code).isalnum() for code in range(_LAST_LETTER)]
    return _Tables(plain, simple, lower[simple], alnum)


_SHORT = 60  # characters up to which `str.translate` is faster than an array
_LAST_LETTER = 0x40000  # Unicode assigns no letter from here on
_SIGNS = bytes(code for code in range(128) if not chr(code).isalnum())
_IS_ASCII_ALNUM = np.array([chr(code).isalnum() for code in range(128)], dtype=np.bool_)


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def _string(codes: NDArray[np.uint32]) -> str:
    return codes.tobytes().decode("utf-32-le", "surrogatepass")


def _mapped(text: str, table: NDArray[np.uint32]) -> str:
    return _string(table[_codes(text)])


@lru_cache(maxsize=1)
def _traditional() -> dict[int, int]:
    from factory.deid.text.lexicon import pairs

    return pairs("simplified.txt")


def without_marks(text: str) -> str:
    """Latin letters without their accents: 'Göksel' -> 'Goksel'."""
    if text.isascii():
        return text
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))


def simplified(text: str) -> str:
    """Traditional characters as simplified ones, one for one (table: OpenCC, Apache-2.0)."""
    if text.isascii():
        return text
    return _mapped(text, _tables().simple) if len(text) > _SHORT else text.translate(_traditional())

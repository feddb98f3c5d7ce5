"""Every short run of words, numbers and Chinese characters of a text, hashed at once with NumPy.

A token is a run of letters, a run of digits, or one Chinese character; in a second pass a run of letters and digits
together. A window is one to eight neighbouring tokens, spelled without what stands between them, so that `HN5976-7341`,
`hn 59767341` and `HN59767341` are one. The hash is a keyed polynomial over 64 bits: windows of all lengths cost a few
array operations each, and only those whose hash is known are looked at further.
"""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from factory.scan.lexicon import words
from factory.scan.normal import is_cjk

Codes = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

LETTER, DIGIT, CJK = 1, 2, 3
_PLANE = 1 << 16
# Tokens further apart than this many characters are never one value; cells are kept apart by more.
WIDEST_GAP = 3
CELL_BREAK = "\0" * (WIDEST_GAP + 1)
MOST_SPLIT, MOST_JOINED = 8, 6


@functools.cache
def _tables() -> tuple[npt.NDArray[np.uint8], Codes]:
    """Kind of each character of the first plane, and the character it is folded to."""
    kinds, folded = np.zeros(_PLANE, np.uint8), np.arange(_PLANE, dtype=np.uint32)
    for code in range(_PLANE):
        character = chr(code)
        if is_cjk(character):
            kinds[code] = CJK
        elif character.isdecimal():
            kinds[code], folded[code] = DIGIT, ord(str(unicodedata.decimal(character)))
        elif character.isalpha():
            kinds[code] = LETTER
            base = unicodedata.normalize("NFKD", character.casefold())[0]
            folded[code] = ord(base)
    for pair in words("simplified"):
        folded[ord(pair[0])] = ord(pair[1])
    return kinds, folded


@dataclass(frozen=True)
class Tokens:
    """Characters of a text that count, folded, and where tokens begin and end among them."""

    codes: Codes
    places: Places  # offset in the text of each code
    kinds: npt.NDArray[np.uint8]
    starts: Places
    ends: Places

    def word(self, start: int, end: int) -> str:
        """The folded characters from `start` to `end`."""
        return "".join(map(chr, self.codes[start:end].tolist()))


class _Folding(dict[int, str]):
    """What `str.translate` makes of each character, as `characters` folds it; `other` stands for what counts not."""

    def __init__(self, other: str) -> None:
        self._other = other

    def __missing__(self, code: int) -> str:
        codes, _, _ = characters(chr(code))
        self[code] = chr(int(codes[0])) if len(codes) else self._other
        return self[code]


_TOGETHER, _APART = _Folding(""), _Folding(" ")


def compact(text: str) -> str:
    """The folded characters of plain text: its tokens run together."""
    return text.translate(_TOGETHER)


def spaced(text: str) -> str:
    """The same with a space for each character that does not count, by which its joined tokens are parted."""
    return text.translate(_APART)


def characters(text: str) -> tuple[Codes, Places, npt.NDArray[np.uint8]]:
    """Folded codes, offsets and kinds of the characters of `text` that are letters, digits or Chinese."""
    raw = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    kinds, folded = _tables()
    low = np.minimum(raw, _PLANE - 1)
    kind = kinds[low]
    high = raw >= _PLANE
    if high.any():
        kind[high & (raw < 0x323B0)] = CJK
    places = np.flatnonzero(kind)
    codes = np.where(raw[places] < _PLANE, folded[low[places]], raw[places])
    return codes.astype(np.uint32), places, kind[places]


def tokens(text: str, joined: bool) -> Tokens:
    """Tokens of plain text; where `joined`, letters and digits that touch are one token."""
    codes, places, kinds = characters(text)
    if not len(codes):
        return Tokens(codes, places, kinds, places, places)
    classes = np.where(kinds == DIGIT, LETTER, kinds) if joined else kinds
    fresh = np.ones(len(codes), bool)
    fresh[1:] = (classes[1:] != classes[:-1]) | (kinds[1:] == CJK) | (np.diff(places) > 1)
    starts = np.flatnonzero(fresh)
    return Tokens(codes, places, kinds, starts, np.append(starts[1:], len(codes)))


class Hasher:
    """The keyed polynomial hash of windows; `seed` is 16 secret bytes."""

    def __init__(self, seed: bytes) -> None:
        self._base = (int.from_bytes(seed[:8], "little") | 1) % (1 << 64)
        self._inverse = pow(self._base, -1, 1 << 64)
        self._seed = np.uint64(int.from_bytes(seed[8:16], "little"))
        self._powers = self._inverses = np.ones(1, np.uint64)

    def _grow(self, size: int) -> None:
        if len(self._powers) < size:
            size = max(size, 2 * len(self._powers))
            step = np.full(size, self._base, np.uint64)
            back = np.full(size, self._inverse, np.uint64)
            step[0] = back[0] = 1
            self._powers, self._inverses = np.cumprod(step, dtype=np.uint64), np.cumprod(back, dtype=np.uint64)

    def _mixed(self, codes: Codes) -> Hashes:
        """Each character as a keyed 64-bit number (splitmix64), so that sums of them do not cancel."""
        mixed = codes.astype(np.uint64) + self._seed
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return mixed ^ (mixed >> np.uint64(31))

    def sums(self, codes: Codes) -> Hashes:
        """Running sums from which `window` reads the hash of any range of `codes`."""
        self._grow(len(codes) + 1)
        return np.concatenate([np.zeros(1, np.uint64), np.cumsum(self._mixed(codes) * self._powers[: len(codes)])])

    def window(self, sums: Hashes, starts: Places, ends: Places) -> Hashes:
        """Hashes of the ranges from `starts` to `ends`."""
        hashes = (sums[ends] - sums[starts]) * self._inverses[starts]
        return hashes ^ (hashes >> np.uint64(29))

    def of(self, forms: list[str]) -> Hashes:
        """The hash of each of `forms`, which are spelled as windows are."""
        text = "".join(forms)
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32)
        ends = np.cumsum([len(form) for form in forms]).astype(np.int64)
        starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]])
        return self.window(self.sums(codes), starts, ends)

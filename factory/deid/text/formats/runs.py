"""Where runs of digits begin, and the letters beside them: what every search for a number starts from."""

from __future__ import annotations

import re
from typing import NamedTuple

_BEGINS = re.compile(r"\d(?<!\d\d)")
_MOST_LETTERS = 4


class DigitRun(NamedTuple):
    """A run of digits: where it begins, and where the one to four Latin letters before it begin.

    `attached` letters touch the digits; `apart` letters are parted from them by one space, hyphen or dot. Each equals
    `at` where there are none.
    """

    at: int
    attached: int
    apart: int


def digit_runs(text: str) -> list[DigitRun]:
    """The runs of digits of a folded text, in order."""
    made = []
    for match in _BEGINS.finditer(text):
        at = match.start()
        attached = _letters_before(text, at)
        apart = at
        if attached == at and at > 1 and text[at - 1] in " -.·":
            apart = _letters_before(text, at - 1)
            if apart == at - 1:
                apart = at
        made.append(DigitRun(at, attached, apart))
    return made


def _letters_before(text: str, at: int) -> int:
    """Where the letters that end at `at` begin; `at` itself where they are none, or too many to be a prefix."""
    start = at
    while start and at - start <= _MOST_LETTERS and text[start - 1].isascii() and text[start - 1].isalpha():
        start -= 1
    if at - start > _MOST_LETTERS:
        return at
    if start and start < at and text[start - 1].isascii() and text[start - 1].isdigit():
        return at
    return start


def free_before(text: str, at: int) -> bool:
    """Whether no Latin letter or digit stands directly before `at`."""
    return at == 0 or not (text[at - 1].isascii() and text[at - 1].isalnum())

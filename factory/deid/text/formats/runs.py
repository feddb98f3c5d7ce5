"""Where runs of digits begin, and the letters beside them: what every search for a number starts from."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

# A run's first digit; group 1 where six digits or more stand there, one space or hyphen between two of them at most;
# group 2 where a letter or hyphen follows the run.
_BEGINS = re.compile(r"\d(?<!\d\d)(?=((?:[ -]?\d){5})?)(?=(\d*+[A-Za-z-])?)")
_MOST_LETTERS = 4
_LETTERS = re.compile(r"(?<![0-9A-Za-z])[A-Za-z]+$")
_APART = frozenset(" -.·")


class DigitRun(NamedTuple):
    """A run of digits: where it begins, and where the one to four Latin letters before it begin.

    `attached` letters touch the digits; `apart` letters are parted from them by one space, hyphen or dot. Each equals
    `at` where there are none. `many` says that six digits or more stand there, `mixed` that letters or hyphens may
    belong to them.
    """

    at: int
    attached: int
    apart: int
    many: bool
    mixed: bool


# `tuple.__new__` makes a named tuple in half the time that its own class takes.
_make: Callable[[tuple[int, int, int, bool, bool]], DigitRun] = partial(tuple.__new__, DigitRun)


def digit_runs(text: str) -> list[DigitRun]:
    """The runs of digits of a folded text, in order."""
    made = []
    for match in _BEGINS.finditer(text):
        at = attached = apart = match.start()
        before = text[at - 1] if at else "\n"
        if before in _APART:
            if at > 1 and text[at - 2].isalpha():
                apart = _letters_before(text, at - 1)
                if apart == at - 1:
                    apart = at
        elif before.isalpha():
            attached = _letters_before(text, at)
        mixed = match[2] is not None or before == "-" or before.isalpha()
        made.append(_make((at, attached, apart, match[1] is not None, mixed)))
    return made


def _letters_before(text: str, at: int) -> int:
    """Where the letters that end at `at` begin; `at` itself where they are none, or too many to be a prefix."""
    found = _LETTERS.search(text, max(0, at - _MOST_LETTERS), at)
    return found.start() if found else at


def free_before(text: str, at: int) -> bool:
    """Whether no Latin letter or digit stands directly before `at`."""
    return at == 0 or not (text[at - 1].isascii() and text[at - 1].isalnum())

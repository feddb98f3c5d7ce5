"""Invented values in the place of found ones: same class, same notation, the same for the same value of a person."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Hashable
from datetime import date, timedelta

import numpy as np

from factory.core.seeds import derive
from factory.deid.text.fold import fold, without_marks
from factory.deid.text.lexicon import chinese_surnames, words
from factory.deid.text.spans import PhiClass

_HAN = re.compile(r"[\u3400-\u9fff]")
_GIVEN_HAN = "安宁静文華明志家慧敏欣怡俊杰伟芳玉珍國强永康健美麗春雪梅兰菊秀英德福祥瑞嘉琪晓东海波涛"
_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$")
_FARTHEST = 365  # days a date is moved at most


class Surrogates:
    """Surrogates of one person's documents, drawn from `seed`, the batch's secret."""

    def __init__(self, seed: int, person: Hashable) -> None:
        self._key = derive(seed, "surrogates", str(person)).to_bytes(32, "big", signed=False)
        self._days = 1 + int.from_bytes(self._digest("shift")[:8], "big") % _FARTHEST
        self._made: dict[tuple[PhiClass, str], str] = {}

    def of(self, kind: PhiClass, found: str) -> str:
        """The surrogate of a found value."""
        same = _sameness(found)
        if (kind, same) not in self._made:
            self._made[kind, same] = self._invent(kind, found, same)
        return self._made[kind, same]

    def _digest(self, what: str) -> bytes:
        return hmac.digest(self._key, what.encode(), hashlib.sha256)

    def _invent(self, kind: PhiClass, found: str, same: str) -> str:
        dice = np.random.default_rng(list(self._digest(f"{kind}:{same}")))
        match kind:
            case PhiClass.NAME:
                return _name(dice, found)
            case PhiClass.DATE:
                return self._date(dice, found)
            case PhiClass.AGE:
                return "90"
            case PhiClass.ADDRESS | PhiClass.ORG:
                return f"[{kind.value}]"
            case PhiClass.EMAIL:
                return f"person{int(dice.integers(10_000, 99_999))}@example.org"
            case PhiClass.URL:
                return "https://example.org/"
            case PhiClass.IP:
                return f"192.0.2.{int(dice.integers(1, 255))}"
            case _:
                return _same_shape(dice, found)

    def _date(self, dice: np.random.Generator, found: str) -> str:
        """A full date moved by this person's number of days; any other notation with other figures."""
        match = _ISO.match(fold(found).text)
        if match:
            try:
                moved = date(int(match[1]), int(match[3]), int(match[4])) - timedelta(days=self._days)
            except (ValueError, OverflowError):
                return "[DATE]"
            return f"{moved.year:04d}{match[2]}{moved.month:02d}{match[2]}{moved.day:02d}"
        return "[DATE]"


def _sameness(found: str) -> str:
    return "".join(char for char in without_marks(fold(found).text).lower() if char.isalnum())


def _name(dice: np.random.Generator, found: str) -> str:
    if _HAN.search(found):
        surnames = sorted(chinese_surnames()[0])
        length = max(1, min(len(_HAN.findall(found)), 4))
        given = "".join(_GIVEN_HAN[int(i)] for i in dice.integers(0, len(_GIVEN_HAN), max(0, length - 1)))
        return surnames[int(dice.integers(0, len(surnames)))] + given
    given_names = sorted(words("given_names.txt") - words("english_words.txt"))
    surnames_latin = sorted(words("surnames.txt") - words("english_words.txt"))
    pieces = re.findall(r"[^\W\d_]+", found)
    made = [
        (surnames_latin if i == len(pieces) - 1 else given_names)[int(dice.integers(0, 15_000))].capitalize()
        for i in range(max(1, len(pieces)))
    ]
    return " ".join(made)


def _same_shape(dice: np.random.Generator, found: str) -> str:
    """Every digit another digit, every letter another letter, signs and length kept."""
    made = []
    for char in found:
        if char.isdigit():
            made.append(str(int(dice.integers(0, 10))))
        elif char.isascii() and char.isalpha():
            letter = chr(int(dice.integers(0, 26)) + ord("a"))
            made.append(letter.upper() if char.isupper() else letter)
        else:
            made.append(char)
    return "".join(made)

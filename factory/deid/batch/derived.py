"""Columns made of an identifier of the same row: its digest, its last digits, initials or a part of a name.

HHS, *Guidance Regarding Methods for De-identification*, 2012, section 3.1: "a data set that contained patient initials,
or the last four digits of a Social Security number, would not meet the requirement of the Safe Harbor method".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping

import pandas as pd

SAMPLE = 5_000
_FEWEST_VALUES = 6
_FEWEST_ROWS = 20
_MOSTLY = 0.9
_SHORTEST = 3
_FIRST = 20


def derived_from(columns: Mapping[str, pd.Series], identifiers: Mapping[str, pd.Series]) -> dict[str, str]:
    """For each column made of an identifier: the identifier's name. All are text of the same rows, None if missing."""
    made = {}
    for name, values in columns.items():
        if values.nunique() < _FEWEST_VALUES:
            continue
        source = next((other for other, ids in identifiers.items() if _is_made_of(values, ids)), None)
        if source is not None:
            made[name] = source
    return made


def _is_made_of(values: pd.Series, ids: pd.Series) -> bool:
    both = values.notna() & ids.notna()
    if both.sum() < _FEWEST_ROWS or ids[both].nunique() < _FEWEST_VALUES:
        return False
    pairs = list(zip(values[both].astype(str), ids[both].astype(str), strict=True))
    # A few rows first: nearly every pair of columns fails there.
    return any(_holds(test, pairs[:_FIRST]) and _holds(test, pairs) for test in _TESTS)


def _holds(test: Callable[[str, str], bool], pairs: list[tuple[str, str]]) -> bool:
    return sum(test(value, one) for value, one in pairs) >= _MOSTLY * len(pairs)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()


def _is_end(value: str, one: str) -> bool:
    short, long = _plain(value), _plain(one)
    return len(short) >= _SHORTEST and (long.endswith(short) or long.startswith(short))


def _is_initials(value: str, one: str) -> bool:
    initials = "".join(word[0] for word in re.findall(r"\w+", one)).casefold()
    return len(initials) > 1 and _plain(value) == initials


def _is_word(value: str, one: str) -> bool:
    return value.casefold() in re.findall(r"[^\W\d_]+", one.casefold())


def _is_digest(value: str, one: str) -> bool:
    text = value.casefold()
    return any(
        text == hashlib.new(name, spelling.encode(), usedforsecurity=False).hexdigest()
        for name in ("md5", "sha1", "sha256")
        for spelling in (one, one.upper(), one.casefold())
    )


_TESTS: tuple[Callable[[str, str], bool], ...] = (_is_end, _is_initials, _is_word, _is_digest)

"""A column of categories as codes: what fewer than k people hold is pooled, and similar levels lie close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.synth.rows import Field, People

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Code of a value that is not known: fewer than k people hold it, and no commoner code is close.
UNKNOWN = -1
# Columns with more levels are taken for codes whose beginnings mean something.
CODES_FROM = 40


@dataclass(frozen=True)
class CategoryCode:
    """Levels that are drawn, in sorted order, and the code each value of the data is read as."""

    levels: tuple[str, ...]
    reads: dict[str, int]

    def codes(self, values: pd.Series) -> Ints:
        """Code of each value; `len(levels)` where missing, `UNKNOWN` where the value is not drawn."""
        at, different = _factorized(values)
        table = [self.reads.get(str(value), UNKNOWN) for value in different]
        # factorize gives -1 for what is missing, which reads the last entry.
        return np.array([*table, len(self.levels)], dtype=np.int64)[at]


def code_categories(values: pd.Series, people: People, field: Field, cell: int) -> CategoryCode:
    """Learn the coding of a column (n,): a level is kept where `cell` people hold it and the contract names it."""
    at, different = _factorized(values)
    same, texts = pd.factorize(np.array([str(value) for value in different], dtype=object))
    pairs = pd.DataFrame({"level": same[at[at >= 0]], "who": people[at >= 0]}).drop_duplicates()
    holders = dict(zip(texts.tolist(), np.bincount(pairs["level"], minlength=len(texts)).tolist(), strict=True))
    named = set(holders) if field.levels is None else set(field.levels)
    kept = sorted(level for level, count in holders.items() if count >= cell and level in named)
    reads = {level: code for code, level in enumerate(kept)}
    if len(holders) > CODES_FROM:
        beginnings = _beginnings(kept, holders)
        for level in sorted(set(holders) - set(kept)):
            near = _nearest(level, beginnings)
            if near is not None:
                reads[level] = reads[near]
    return CategoryCode(tuple(kept), reads)


def _factorized(values: pd.Series) -> tuple[Ints, Sequence[object]]:
    """Of each value (n,) its place among the different ones, -1 where it is missing; and these."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.codes.to_numpy().astype(np.int64), list(values.cat.categories)
    at, different = pd.factorize(values.astype(object))
    return at.astype(np.int64), list(different)


def _beginnings(kept: list[str], holders: dict[str, int]) -> dict[str, str]:
    """Of each beginning of kept levels, of two characters at least, the commonest level that has it."""
    found: dict[str, str] = {}
    for level in sorted(kept, key=lambda level: (holders[level], level)):
        found.update((level[:length], level) for length in range(2, len(level) + 1))
    return found


def _nearest(level: str, beginnings: dict[str, str]) -> str | None:
    """The commonest kept level that shares the longest beginning."""
    return next((beginnings[level[:n]] for n in range(len(level), 1, -1) if level[:n] in beginnings), None)

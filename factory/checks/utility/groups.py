"""Groups of people that a utility must hold for: sex, age band, ethnicity, as the contract's quasi-identifiers say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from factory.checks.comparison import PARTS, Comparison, Part
from factory.checks.utility.rows import owned, text_of
from factory.contract import Kind, ReleasedColumn, Role
from factory.contract.ages import WIDTH, band_label

# A column of more levels than that is no grouping of people but a description of them.
MOST_LEVELS = 20
_NUMBERS = (Kind.INTEGER, Kind.NUMBER)


@dataclass(frozen=True)
class Grouping:
    """A column whose values group people, and the group of each owned row of each part, None where missing."""

    column: str
    labels: dict[Part, pd.Series]


def groupings(comparison: Comparison, table: str) -> list[Grouping]:
    """Groupings of a table's rows: by its own columns and by its person's."""
    made = []
    for name, column in _candidates(comparison, table):
        labels = {part: _labels(owned(comparison, part, table)[0][name], column, comparison) for part in PARTS}
        if 1 < labels["train"].nunique() <= MOST_LEVELS:
            made.append(Grouping(name, labels))
    return made


def _candidates(comparison: Comparison, table: str) -> list[tuple[str, ReleasedColumn]]:
    person = comparison.contract.person
    own = [(column.name, column) for column in comparison.shapes[table].columns]
    if table != person:
        own += [(f"person.{column.name}", column) for column in comparison.shapes[person].columns]
    there = comparison.rows("train", table).frame
    return [
        (name, column)
        for name, column in own
        if name in there and (column.column.role is Role.QUASI_IDENTIFIER or column.column.age or _born(column))
    ]


def _born(column: ReleasedColumn) -> bool:
    return column.column.birth and column.kind is Kind.BIRTH_YEAR


def _labels(values: pd.Series, column: ReleasedColumn, comparison: Comparison) -> pd.Series:
    if column.kind in _NUMBERS and column.column.age:
        cap = comparison.contract.policy.age_cap
        return _floored(values, lambda start: band_label(start, cap) if start <= cap else f"{cap + 1}+")
    if _born(column):
        return _floored(values, lambda start: f"born {start}-{start + WIDTH - 1}")
    return text_of(values)


def _floored(values: pd.Series, named: Callable[[int], str]) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce").to_numpy("float64", na_value=np.nan)
    starts = np.floor(numbers / WIDTH) * WIDTH
    return pd.Series([None if np.isnan(start) else named(int(start)) for start in starts], dtype=object)

"""What the operator of one released column was fitted to on all people, and what it makes of values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.contract import Column, Policy, Role
from factory.deid import rare
from factory.deid.decisions import SAFE_HARBOR

Ints = npt.NDArray[Any]


@dataclass(frozen=True)
class Pairs:
    """Distinct pairs of a prepared value and a person: categories as codes (n) of `labels`, numbers as they are (n)."""

    values: npt.NDArray[Any]
    people: Ints
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fitted:
    """An operator: `floor` is put below birth years, `ends` bound numbers, `shown` says what a value becomes.

    `few`: fewer than k people have any value, and none is shown.
    """

    floor: int | None = None
    ends: tuple[float, float] | None = None
    few: bool = False
    shown: tuple[tuple[Any, Any], ...] | None = None

    def as_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def of_json(cls, said: dict[str, Any]) -> Self:
        """The operator that `as_json` said."""
        ends, shown = said["ends"], said["shown"]
        pairs = None if shown is None else tuple((value, made) for value, made in shown)
        return cls(said["floor"], None if ends is None else (ends[0], ends[1]), said["few"], pairs)

    def over(self, values: pd.Series) -> pd.Series:
        """What prepared values (n) become."""
        if self.floor is not None:
            values = values.clip(lower=self.floor)
        if self.few:
            gone = values.where(values.isna())
            return gone.astype("float64") if values.dtype == np.int64 else gone
        if self.ends is not None:
            values = values.clip(lower=self.ends[0], upper=self.ends[1])
        if self.shown is None:
            return values
        made = values.map(dict(self.shown))
        return made.astype(object).where(made.notna(), None) if values.dtype == object else made.astype(values.dtype)


def is_listed(column: Column) -> bool:
    """Whether a column's values are categories."""
    return column.role is not Role.DATE and not column.numeric


def fit(pairs: Pairs, column: Column, policy: Policy, last_year: int) -> Fitted:
    """Fit the operator of a column on all people. `last_year`, of any record: nobody is shown too old then."""
    if is_listed(column):
        made = rare.shown_categories(pairs.labels, pairs.values, pairs.people, column, policy.smallest_cell)
        return Fitted(shown=tuple(zip(pairs.labels, made, strict=True)))
    if column.age:
        return Fitted()
    floor = last_year - policy.age_cap - 1 if column.birth else None
    people = pd.Series(pairs.people)
    values = pd.Series(pairs.values)
    if floor is not None:
        values = values.clip(lower=floor)
    ends = rare.range_of(values, people, policy.smallest_cell)
    if ends is None:
        return Fitted(floor, few=True)
    if column.role is Role.DATE:
        return Fitted(floor, ends)
    shown = rare.pooled(values.clip(lower=ends[0], upper=ends[1]), people, policy.smallest_cell)
    return Fitted(floor, ends, shown=None if shown is None else tuple(shown.items()))


def said_of(column: Column, changed: int) -> tuple[str, str]:
    """The operator's name and reason in the log of decisions, by how many cells it changed."""
    if column.role is Role.DATE:
        return "year, oldest pooled" if column.birth else "year, and days since first record", f"{SAFE_HARBOR}(C)"
    if column.age:
        return "age capped", f"{SAFE_HARBOR}(C)"
    if not changed:
        return "kept", ""
    if column.identifier is not None:
        return "region generalised", f"{SAFE_HARBOR}(B)"
    shared = "ED-5: values that fewer people share"
    return ("top- and bottom-coded, rare counts pooled" if column.numeric else "rare values generalised"), shared

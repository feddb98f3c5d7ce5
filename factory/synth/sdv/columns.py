"""One column between its own values and plain numbers: levels, missing values, bounds, decimals, type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.core.errors import WrongType
from factory.synth.rows import Field, People
from factory.synth.sdv.marginals import TOGETHER, Values

_MOST_DECIMALS = 6


@dataclass(frozen=True)
class Column:
    """What is needed to turn a column's values into numbers and back.

    `levels` are a category's values, None for a missing one among them; empty for a number. `constant` holds the one
    value of a column that has but one, in a tuple. `least` and `most` are the contract's bounds or, where it states
    none, means of the outermost five people's values, so that no single person's extreme is drawn.
    """

    name: str
    dtype: Any
    levels: tuple[object, ...]
    constant: tuple[object, ...]
    least: float
    most: float
    decimals: int | None
    missing: bool

    @classmethod
    def of(cls, values: pd.Series, field: Field, people: People) -> Column:
        """Learn it from a frame's column (n,). Raises: WrongType where a number's column holds something else."""
        name, dtype = str(values.name), values.dtype
        kinds = values.nunique(dropna=False)
        constant = (values.iloc[0] if values.notna().iloc[0] else None,) if kinds == 1 else ()
        if field.kind == "category" or kinds == 1:
            return cls(name, dtype, _levels(values, field), constant, 0.0, 0.0, None, False)
        numbers = _numbers(values)
        there = ~np.isnan(numbers)
        decimals = _decimals(numbers[there])
        least, most = _bounds(numbers[there], people[there], field, decimals)
        return cls(name, dtype, (), constant, least, most, decimals, not there.all())

    def numbers(self, values: pd.Series) -> Values:
        """A category's level numbers, or a number's values within the bounds and NaN where missing (n,)."""
        if not self.levels:
            return np.clip(_numbers(values), self.least, self.most)
        place = {level: at for at, level in enumerate(self.levels)}
        plain = values.astype(object).where(values.notna(), None)
        return np.array([place[value] for value in plain], dtype=np.float64)

    def values(self, numbers: Values) -> pd.Series:
        """The column again, of its own type, from what `numbers` gave or a model drew like it (n,)."""
        if self.constant:
            made = pd.Series([self.constant[0]] * len(numbers), dtype=object)
        elif self.levels:
            at = np.clip(np.nan_to_num(numbers).round(), 0, len(self.levels) - 1).astype(np.int64)
            made = pd.Series([self.levels[level] for level in at], dtype=object)
        else:
            kept = np.clip(numbers, self.least, self.most)
            rounded = kept if self.decimals is None else np.round(kept, self.decimals)
            # Rounding may step over a bound that has more decimals than the data.
            made = pd.Series(np.where((rounded < self.least) | (rounded > self.most), kept, rounded))
        return _typed(made, self.dtype)


def _levels(values: pd.Series, field: Field) -> tuple[object, ...]:
    """The contract's levels, then those only the data have, then None where values are missing."""
    known: list[object] = list(field.levels or ())
    seen = values.dropna().unique().tolist()
    further = sorted(set(seen) - set(known), key=str)
    return (*known, *further, *([None] if values.isna().any() else []))


def _numbers(values: pd.Series) -> Values:
    try:
        made = pd.to_numeric(values).to_numpy(dtype=np.float64, na_value=np.nan)
    except (ValueError, TypeError):
        raise WrongType(f"{values.name} is declared a number and holds something else.") from None
    if np.isinf(made).any():
        raise WrongType(f"{values.name} holds an infinite number.", "Declare it missing, or mend it at the source.")
    return np.array(made, dtype=np.float64)


def _bounds(numbers: Values, people: People, field: Field, decimals: int | None) -> tuple[float, float]:
    least, most = field.minimum, field.maximum
    digits = 15 if decimals is None else decimals
    by_person = pd.Series(numbers).groupby(people)
    if least is None:
        least = round(float(np.sort(by_person.min().to_numpy())[:TOGETHER].mean()), digits)
    if most is None:
        most = round(float(np.sort(by_person.max().to_numpy())[-TOGETHER:].mean()), digits)
    return min(least, most), max(least, most)


def _decimals(numbers: Values) -> int | None:
    for decimals in range(_MOST_DECIMALS + 1):
        if np.allclose(numbers, np.round(numbers, decimals), rtol=1e-12, atol=1e-9):
            return decimals
    return None


def _typed(values: pd.Series, dtype: Any) -> pd.Series:
    if str(dtype) == "object":
        return values.astype(object).where(values.notna(), None)
    if isinstance(dtype, np.dtype) and dtype.kind in "fiub" and not values.isna().any():
        whole: pd.Series = (values.astype("float64").round() if dtype.kind in "iu" else values).astype(dtype)
        return whole
    if pd.api.types.is_integer_dtype(dtype):
        return pd.to_numeric(values).astype("Float64").round().astype("Int64")
    made: pd.Series = values.astype(dtype)
    return made


def levels_of(numbers: Values) -> npt.NDArray[np.int64]:
    """Level numbers as integers (n,)."""
    return numbers.astype(np.int64)

"""What may be changed in a column, and to what: one step up or down of a number, another level of a category.

Marks are few (`rate` of the cells) and small. A missing cell stays missing, and no mark leaves the range or the levels
that the column has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
FEWEST_STEPS = 8
"""A column of whole numbers with fewer distinct values is treated as one of categories."""
NUMBER_RATE = 0.03
CATEGORY_RATE = 0.005
AGREEMENT = max(NUMBER_RATE / 2, CATEGORY_RATE)
"""Most probability that one licence's dice put a mark of just one value at a cell: up and down are alike likely."""
STEP_OF_SPREAD = 0.02
"""A step of a number: this share of its standard deviation, in units of its last decimal, at least one unit."""
MOST_DECIMALS = 6


@dataclass(frozen=True)
class Numbers:
    """How a column of numbers is marked: `step` up or down within [low, high], on a grid of `decimals`."""

    step: float
    decimals: int
    low: float
    high: float
    rate: float = NUMBER_RATE


@dataclass(frozen=True)
class Levels:
    """How a column of categories is marked: the level drawn from the column's own shares."""

    levels: tuple[object, ...]
    shares: tuple[float, ...]
    rate: float = CATEGORY_RATE


def plan(values: pd.Series) -> Numbers | Levels | None:
    """How a column can be marked, read off the released values alone; None where it cannot."""
    known = values.dropna()
    if known.nunique() < 2:
        return None
    if pd.api.types.is_numeric_dtype(known) and not pd.api.types.is_bool_dtype(known):
        if known.nunique() >= FEWEST_STEPS:
            return _numbers(known.to_numpy(dtype=np.float64))
    elif pd.api.types.is_datetime64_any_dtype(known):
        return None
    shares = known.value_counts(normalize=True)
    order = sorted(shares.index, key=str)
    return Levels(tuple(order), tuple(float(shares[level]) for level in order))


def _numbers(known: Floats) -> Numbers | None:
    finite = known[np.isfinite(known)]
    if not finite.size:
        return None
    decimals = next((d for d in range(MOST_DECIMALS) if np.allclose(finite, np.round(finite, d), atol=1e-9)), 6)
    unit = 10.0**-decimals
    step = max(1.0, round(STEP_OF_SPREAD * float(finite.std()) / unit)) * unit
    return Numbers(step, decimals, float(finite.min()), float(finite.max()))


def marked(
    values: pd.Series, how: Numbers | Levels, rng: np.random.Generator
) -> tuple[pd.Series, npt.NDArray[np.bool_]]:
    """The column with one licence's marks, and which cells carry one.

    Every die is thrown for every row, whatever the row holds, so that a row's mark depends on its place alone.
    """
    chosen = rng.random(len(values)) < how.rate
    second = rng.random(len(values))
    chosen &= values.notna().to_numpy()
    if isinstance(how, Numbers):
        return _stepped(values, how, chosen, second)
    return _replaced(values, how, chosen, second)


def _stepped(
    values: pd.Series, how: Numbers, chosen: npt.NDArray[np.bool_], second: Floats
) -> tuple[pd.Series, npt.NDArray[np.bool_]]:
    before = values.to_numpy(dtype=np.float64, na_value=np.nan)
    chosen = chosen & np.isfinite(before)
    # No step out of the range, and none the other way instead: either way stays as likely for whoever guesses.
    after = np.round(before + np.where(second < 0.5, how.step, -how.step), how.decimals)
    chosen = chosen & (after <= how.high) & (after >= how.low)
    made = values.copy()
    made[chosen] = after[chosen].astype(made.dtype.name.lower() if made.dtype.kind in "iu" else np.float64)
    return made, chosen


def _replaced(
    values: pd.Series, how: Levels, chosen: npt.NDArray[np.bool_], second: Floats
) -> tuple[pd.Series, npt.NDArray[np.bool_]]:
    place = np.searchsorted(np.cumsum(how.shares), second * (1 - 1e-12))
    levels = np.empty(len(how.levels), dtype=object)
    levels[:] = how.levels
    fresh = levels[np.minimum(place, len(levels) - 1)]
    chosen = chosen & (values.astype(object).to_numpy() != fresh)
    made = values.copy()
    if chosen.any():
        made[chosen] = pd.array(fresh[chosen].tolist(), dtype=made.dtype)
    return made, chosen

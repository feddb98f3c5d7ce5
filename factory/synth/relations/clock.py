"""Days and moments as whole numbers of one unit, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]

_UNITS = (86_400, 60, 1)
DAY = 86_400


@dataclass(frozen=True)
class Clock:
    """How tables tell time: moments as whole units of `seconds` from 1970, numbers of a time column as they are."""

    seconds: int

    @property
    def per_day(self) -> float:
        """Units in a day."""
        return DAY / self.seconds

    def read(self, values: pd.Series) -> Floats:
        """Moments or days (n values) as whole units, NaN where missing."""
        if not pd.api.types.is_datetime64_any_dtype(values):
            return values.to_numpy("float64", na_value=np.nan)
        return _seconds(values) / self.seconds

    def write(self, units: Floats, moments: bool) -> pd.Series:
        """Whole units as moments, or as `Int64` numbers; NaN becomes missing."""
        whole = np.round(units)
        if not moments:
            return pd.Series(whole).astype("Int64")
        made = np.full(len(whole), np.datetime64("NaT"), dtype="datetime64[s]")
        there = ~np.isnan(whole)
        made[there] = (whole[there] * self.seconds).astype("int64").astype("datetime64[s]")
        return pd.Series(made)


def clock_of(columns: list[pd.Series]) -> Clock:
    """The coarsest unit in which all moments of the columns are whole: days, minutes or seconds."""
    seconds = [_seconds(values) for values in columns]
    there = np.concatenate([one[~np.isnan(one)] for one in seconds]) if seconds else np.zeros(0)
    unit = next((u for u in _UNITS if not len(there) or not (there % u).any()), 1)
    return Clock(unit)


def _seconds(values: pd.Series) -> Floats:
    stamps = values.to_numpy("datetime64[s]")
    made = stamps.astype("int64").astype("float64")
    made[np.isnat(stamps)] = np.nan
    return made

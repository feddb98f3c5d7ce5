"""Operators `year only` and `days since the person's first record`.

45 CFR 164.514(b)(2)(i)(C): all elements of a date but the year go. Order and durations may stay, counted from a day
that is nobody's calendar.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from factory.deid.operators.base import Cells, Ints, Lookup, spread

NO_DAY = np.iinfo(np.int32).max
"""First day of a person without any record."""


def days_of(dates: pd.Series) -> Ints:
    """Days since 1970-01-01 of each date (n values, none missing)."""
    return dates.to_numpy().astype("datetime64[D]").astype(np.int64).astype(np.int32)


@dataclass(frozen=True)
class Year:
    """The calendar year, those at either end pooled into the last year that enough people share."""

    low: int
    high: int

    def apply(self, cells: Cells) -> pa.Array:
        """Years, int64; nothing where the range is empty."""
        years = cells.values.dt.year
        made = years.clip(self.low, self.high) if self.low <= self.high else years.where(years.isna())
        return spread(made.astype("Int64"), cells, pa.int64())


@dataclass(frozen=True)
class YearTold:
    """The year that stands beside days since the first record: of that many days after the middle of the first year.

    The true year would narrow the first day down, to a single one where two records stand at a turn of the year. This
    one says no more than the year of the first record and the days do, and is off by one at most.
    """

    first: Lookup
    low: int
    high: int

    def apply(self, cells: Cells) -> pa.Array:
        """Years, int64; nothing where the range is empty."""
        there = cells.there & (cells.people >= 0) & (self.low <= self.high)
        known = self.first.take(cells.people[there])
        first = known.astype("datetime64[D]")
        days = days_of(cells.values)[cells.codes[there]].astype(np.int64) - known
        middle = first.astype("datetime64[Y]").astype("datetime64[D]") + np.timedelta64(182, "D")
        years = (middle + days.astype("timedelta64[D]")).astype("datetime64[Y]").astype(np.int64) + 1970
        same = years.clip(self.low, self.high) if self.low <= self.high else years
        made = np.zeros(len(cells.codes), dtype=np.int64)
        made[there] = same
        return pa.array(made, mask=~there)


@dataclass(frozen=True)
class DaysSince:
    """Calendar days since the first record of the person (`first`: one day a person)."""

    first: Lookup

    def apply(self, cells: Cells) -> pa.Array:
        """Days, int64, never below 0."""
        there = cells.there & (cells.people >= 0)
        made = np.zeros(len(cells.codes), dtype=np.int64)
        days = days_of(cells.values)
        made[there] = days[cells.codes[there]].astype(np.int64) - self.first.take(cells.people[there])
        return pa.array(made, mask=~there)

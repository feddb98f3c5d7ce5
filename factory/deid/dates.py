"""Operators `year` and `days since the person's first record`, and the cap on ages over 89.

45 CFR 164.514(b)(2)(i)(C): all elements of dates but the year go, and so does any element, the year included,
that shows an age over 89. Order and durations stay, counted from a day that is nobody's calendar.
"""

from __future__ import annotations

import pandas as pd

from factory.contract.ages import band_label, band_starts


def years(dates: pd.Series) -> pd.Series:
    """Calendar year of each date, Int64."""
    made: pd.Series = dates.dt.year.astype("Int64")
    return made


def days_since(dates: pd.Series, first: pd.Series) -> pd.Series:
    """Whole calendar days from `first` to each date (same index), Int64."""
    made: pd.Series = (dates.dt.normalize() - first.dt.normalize()).dt.days.astype("Int64")
    return made


def birth_years(births: pd.Series, last_year: int, cap: int) -> pd.Series:
    """Birth year, the oldest all shown as one year that means *that year or earlier*.

    The floor is the birth year of whoever turns `cap` + 1 in `last_year`, the last year of the batch, so no
    (birth year, event year) pair shows an age above the cap.
    """
    return years(births).clip(lower=last_year - cap - 1)


def capped_ages(ages: pd.Series, cap: int) -> pd.Series:
    """Ages above `cap` as one category: numbers become cap + 1, bands that begin above it become e.g. `90+`."""
    if pd.api.types.is_numeric_dtype(ages):
        return ages.clip(upper=cap + 1)
    starts = pd.Series(band_starts(ages), index=ages.index)
    open_band = band_label(cap + 1, cap)
    return ages.where(~(starts > cap), open_band)

"""Ages in completed years, and the birth dates that agree with an age band on a day."""

from __future__ import annotations

import re
from datetime import date

_BAND = re.compile(r"\[(\d+)-(\d+)\)")


def years_before(day: date, years: int) -> date:
    """The same day of the year, `years` earlier; 29 February becomes the 28th where there is none."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def age_at(born: date, day: date) -> int:
    """Completed years on `day`."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def band(text: str) -> tuple[int, int]:
    """Lower (included) and upper (excluded) age of a band such as '[70-80)'; any age if it is not a band."""
    match = _BAND.fullmatch(text)
    return (int(match[1]), int(match[2])) if match else (0, 100)


def births(text: str, day: date) -> tuple[int, int]:
    """First and last birth date, as proleptic ordinals, of someone whose age on `day` is within the band."""
    low, high = band(text)
    return years_before(day, high).toordinal() + 1, years_before(day, low).toordinal()


def common_births(bands: list[str], days: list[date]) -> tuple[int, int, bool]:
    """Birth dates that agree with every band on its day, and True; or with the first band, and False.

    A few people of the real data grow younger from one stay to the next: no birth date agrees with that.
    """
    ranges = [births(text, day) for text, day in zip(bands, days, strict=True)]
    first, last = max(low for low, _ in ranges), min(high for _, high in ranges)
    return (first, last, True) if first <= last else (*ranges[0], False)

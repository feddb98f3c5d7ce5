"""Times to an event, censored or not, and Kaplan-Meier's curve of weighted rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from factory.checks.comparison import Ints, Part
from factory.checks.features import Floats
from factory.checks.utility.rows import Bools, is_one_of, numbers_of


@dataclass(frozen=True)
class Times:
    """Times of one part (n,), whether each ended in the event, whose they are; `grid`: the different times, in order.

    `place`: of each row in the grid.
    """

    time: Floats
    event: Floats
    people: Ints
    grid: Floats
    place: Ints

    @staticmethod
    def of(time: Floats, event: Floats, people: Ints) -> Times:
        """Rows in any order."""
        grid, place = np.unique(time, return_inverse=True)
        return Times(time, event, people, grid, np.asarray(place, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.time)

    def some(self, rows: Ints) -> Times:
        """Some of the rows."""
        return Times.of(self.time[rows], self.event[rows], self.people[rows])

    def survival(self, weight: Floats | None = None) -> Floats:
        """Kaplan-Meier's share still free of the event just after each time of the grid.

        Source: Kaplan and Meier, JASA 1958, 53:457. `weight`: of each row, 1 where not given.
        """
        size = len(self.grid)
        left = np.bincount(self.place, weight, minlength=size).astype(np.float64)
        came = np.bincount(self.place, self.event if weight is None else weight * self.event, minlength=size)
        at_risk = np.cumsum(left[::-1])[::-1]
        return np.asarray(np.cumprod(1 - np.divide(came, at_risk, out=np.zeros(size), where=at_risk > 0)))

    def places(self, at: Floats) -> Ints:
        """For `value_at`: where each of `at` stands in the grid, -1 before its first time."""
        return np.asarray(np.searchsorted(self.grid, at, side="right") - 1, dtype=np.int64)

    def longest(self, k: int) -> float:
        """Last time at which at least k people are at risk; -inf where there never are."""
        people, whose = np.unique(self.people, return_inverse=True)
        last = np.full(len(people), -np.inf)
        np.maximum.at(last, whose, self.time)
        return float(np.sort(last)[-k]) if len(last) >= k else -np.inf


def value_at(survival: Floats, places: Ints) -> Floats:
    """A curve at the places of `Times.places`: 1 before the first time, the last value after the last."""
    return np.concatenate([[1.0], survival])[places + 1]


def horizon(times: dict[Part, Times], k: int) -> float:
    """Last time at which at least k people are at risk in training and among the fresh; -inf where there is none."""
    return min(times["train"].longest(k), times["holdout"].longest(k))


def times_of(
    frame: pd.DataFrame, time: str, event: str, positive: tuple[str, ...]
) -> tuple[tuple[Floats, Floats], Bools]:
    """Times and events of rows (n,), and the rows that have both and no time before the start."""
    numbers = numbers_of(frame[time])
    numbers = np.full(len(frame), np.nan) if numbers is None else numbers
    came = is_one_of(frame[event], positive).astype(np.float64)
    with np.errstate(invalid="ignore"):
        return (numbers, came), np.isfinite(numbers) & (numbers >= 0) & frame[event].notna().to_numpy(dtype=bool)

"""What is known of each person over all tables: first record, last year, how old they can be shown to be."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from factory.deid.operators.base import Ints
from factory.deid.operators.year import NO_DAY

_NEVER = np.iinfo(np.int32).min


class People:
    """Facts of n people by number, gathered from partitions in any order.

    `first`: day of the first record; `last_year`: year of the last; `ahead`: greatest age less the year it is shown in.
    """

    def __init__(self) -> None:
        self.first: Ints = np.zeros(0, dtype=np.int32)
        self.last_year: Ints = np.zeros(0, dtype=np.int32)
        self.ahead: Ints = np.zeros(0, dtype=np.int32)

    def __len__(self) -> int:
        return len(self.first)

    def grow(self, count: int) -> None:
        """Make room for `count` people in all."""
        more = count - len(self)
        self.first = np.concatenate([self.first, np.full(more, NO_DAY, dtype=np.int32)])
        self.last_year = np.concatenate([self.last_year, np.full(more, _NEVER, dtype=np.int32)])
        self.ahead = np.concatenate([self.ahead, np.full(more, _NEVER, dtype=np.int32)])

    def records(self, people: Ints, days: Ints, years: Ints) -> None:
        """Note dated records: a person, a day and a year each."""
        np.minimum.at(self.first, people, days)
        np.maximum.at(self.last_year, people, years)

    def ages(self, people: Ints, ages: Ints, years: Ints) -> None:
        """Note ages: a person, an age (of a band its lowest) and the year of the row each."""
        np.maximum.at(self.ahead, people, ages - years)

    def latest_year(self) -> int | None:
        """The last year of the batch, None without any record."""
        last = int(self.last_year.max(initial=_NEVER))
        return None if last == _NEVER else last

    def outlive(self, cap: int) -> npt.NDArray[np.bool_]:
        """True for each person (n) whose age in one row and year in another show an age over the cap."""
        known = (self.ahead != _NEVER) & (self.last_year != _NEVER)
        shown = self.ahead.astype(np.int64) + self.last_year
        made: npt.NDArray[np.bool_] = known & (shown > cap)
        return made

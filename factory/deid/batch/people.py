"""What is known of each person over all tables: first record, last year, how old they can be shown to be."""

from __future__ import annotations

import numpy as np

from factory.deid.batch.spill import Spill, Spilled
from factory.deid.operators.base import Ints
from factory.deid.operators.year import NO_DAY

_NEVER = np.iinfo(np.int32).min


class People:
    """Facts of n people by number, on disk, gathered from partitions in any order.

    `first`: day of the first record; `last_year`: year of the last; `ahead`: greatest age less the year it is shown in.
    """

    def __init__(self, spill: Spill) -> None:
        self._spill = spill
        self.first = spill.array(np.int32)
        self.last_year = spill.array(np.int32)
        self.ahead = spill.array(np.int32)

    def __len__(self) -> int:
        return len(self.first)

    def grow(self, count: int) -> None:
        """Make room for `count` people in all."""
        self.first.grow(count, NO_DAY)
        self.last_year.grow(count, _NEVER)
        self.ahead.grow(count, _NEVER)

    def records(self, people: Ints, days: Ints, years: Ints) -> None:
        """Note dated records: a person, a day and a year each."""
        self.first.merge(np.minimum, people, days)
        self.last_year.merge(np.maximum, people, years)

    def ages(self, people: Ints, ages: Ints, years: Ints) -> None:
        """Note ages: a person, an age (of a band its lowest) and the year of the row each."""
        self.ahead.merge(np.maximum, people, ages - years)

    def latest_year(self) -> int | None:
        """The last year of the batch, None without any record."""
        last = max((int(years.max()) for _, years in self.last_year.pieces()), default=_NEVER)
        return None if last == _NEVER else last

    def outlive(self, cap: int) -> Spilled | None:
        """True for each person (n) whose age in one row and year in another show an age over the cap; None if nobody's.

        Raises: DiskFull, StorageError.
        """
        made, anybody = self._spill.array(np.bool_), False
        for start, ahead in self.ahead.pieces():
            last = self.last_year.read(start, start + len(ahead))
            shown = (ahead != _NEVER) & (last != _NEVER) & (ahead.astype(np.int64) + last > cap)
            anybody = anybody or bool(shown.any())
            made.append(shown)
        return made if anybody else None

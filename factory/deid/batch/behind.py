"""How many people are behind each value, exact up to k, counted over partitions in memory that does not grow with rows.

Whether fewer than k people share a value is all that operators ask. So a value's people are kept only until there are k
of them, as (value, person) pairs in one array; a person whose rows lie in several partitions is still one person.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from factory.deid.operators.base import Ints

_PERSON_BITS = 32
_PERSON = (1 << _PERSON_BITS) - 1


class PeopleBehind:
    """Distinct values of a column with their rows, and their people up to `k`."""

    def __init__(self, k: int) -> None:
        self.k = k
        self.values: list[Any] = []
        self.rows: npt.NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.common: npt.NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self._number: dict[Any, int] = {}
        self._pairs: npt.NDArray[np.int64] = np.zeros(0, dtype=np.int64)

    def add(self, values: Iterable[Any], codes: Ints, people: Ints) -> Ints:
        """Count one partition: distinct `values`, a code a row (-1: missing) and a person a row (-1: nobody).

        Returns the number of each row's value in `self.values`, -1 where it is missing.
        """
        numbers = self._numbers(values)
        made = np.full(len(codes), -1, dtype=np.int32)
        there = codes >= 0
        made[there] = numbers[codes[there]]
        self.rows += np.bincount(made[there], minlength=len(self.rows))
        open_ = there & (people >= 0)
        open_[open_] = ~self.common[made[open_]]
        if open_.any():
            pairs = (made[open_].astype(np.int64) << _PERSON_BITS) | people[open_]
            self._keep(np.unique(np.concatenate([self._pairs, pairs])))
        return made

    def people_of(self, number: int) -> list[int]:
        """Distinct people behind a rare value, by its number."""
        start, end = np.searchsorted(self._pairs, (number << _PERSON_BITS, (number + 1) << _PERSON_BITS))
        people: list[int] = (self._pairs[start:end] & _PERSON).tolist()
        return people

    def shared(self, labels: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """True for each value (n) whose group has k people; `labels` (n) says which group, -1 for none."""
        groups = int(labels.max(initial=-1)) + 1
        enough = np.zeros(groups + 1, dtype=bool)
        enough[labels[self.common & (labels >= 0)]] = True
        label = labels[self._pairs >> _PERSON_BITS]
        pairs = np.unique((label[label >= 0] << _PERSON_BITS) | (self._pairs[label >= 0] & _PERSON))
        enough[:groups] |= np.bincount(pairs >> _PERSON_BITS, minlength=groups) >= self.k
        enough[groups] = False
        return enough[labels]

    def _numbers(self, values: Iterable[Any]) -> Ints:
        made = []
        for value in values:
            number = self._number.get(value)
            if number is None:
                number = self._number[value] = len(self.values)
                self.values.append(value)
            made.append(number)
        more = len(self.values) - len(self.rows)
        if more:
            self.rows = np.concatenate([self.rows, np.zeros(more, dtype=np.int64)])
            self.common = np.concatenate([self.common, np.zeros(more, dtype=bool)])
        return np.array(made, dtype=np.int32)

    def _keep(self, pairs: npt.NDArray[np.int64]) -> None:
        owner = pairs >> _PERSON_BITS
        counts = np.bincount(owner, minlength=len(self.values))
        self.common |= counts >= self.k
        self._pairs = pairs[~self.common[owner]]


class Ends:
    """The k people with the highest values of a column, and the k with the lowest."""

    def __init__(self, k: int) -> None:
        self.k = k
        self._high = (np.zeros(0), np.zeros(0, dtype=np.int32))
        self._low = (np.zeros(0), np.zeros(0, dtype=np.int32))

    def add(self, values: npt.NDArray[np.float64], people: Ints) -> None:
        """Count one partition: a value and a person a row, none missing."""
        self._high = self._furthest(self._high, -values, people)
        self._low = self._furthest(self._low, values, people)

    def range(self) -> tuple[float, float] | None:
        """The range at whose ends, or beyond them, at least k people lie; None where there are fewer than k."""
        if len(self._low[0]) < self.k:
            return None
        low, high = float(self._low[0][-1]), float(-self._high[0][-1])
        return min(low, high), max(low, high)

    def _furthest(
        self, kept: tuple[npt.NDArray[np.float64], Ints], values: npt.NDArray[np.float64], people: Ints
    ) -> tuple[npt.NDArray[np.float64], Ints]:
        if len(kept[0]) == self.k:
            near = values < kept[0][-1]
            values, people = values[near], people[near]
        value = np.concatenate([kept[0], values])
        person = np.concatenate([kept[1], people])
        order = np.lexsort((person, value))
        value, person = value[order], person[order]
        first = np.sort(np.unique(person, return_index=True)[1])[: self.k]
        return value[first], person[first]

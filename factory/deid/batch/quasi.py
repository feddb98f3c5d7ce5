"""The quasi-identifiers of a table and of its people, row by row as leaves of their hierarchies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.deid.anonymity.domain import Domain, domain
from factory.deid.anonymity.hierarchy import Hierarchy
from factory.deid.batch.spill import PIECE, Spill, Spilled
from factory.deid.operators.base import Ints

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Quasi:
    """A quasi-identifier before the search: its distinct values, the hierarchy it climbs, the least level allowed.

    `numbers`: which of the values (m) each row of the column's own table has, -1 where missing. `hidden`: where given,
    true for each person whose values are missing but for those in `shown` (m).
    """

    values: pd.Series
    numbers: Spilled
    hierarchy: Hierarchy
    lowest: int = 0
    hidden: Spilled | None = None
    shown: npt.NDArray[np.bool_] | None = None

    def read(self, start: int, stop: int, people: Ints, *, beside: bool) -> Ints:
        """Number of each row's value: of the rows of its own table, or of the people rows belong to."""
        made: Ints = self.numbers.take(people) if beside else self.numbers.read(start, stop)
        if self.hidden is not None and self.shown is not None:
            gone = self.hidden.take(people) & ~np.append(self.shown, False)[made]
            made = np.where(gone, np.int32(-1), made)
        return made


class Rows:
    """Rows of a table with leaves of `quasi`, of which the names in `beside` are those of the rows' people.

    `domains`: each one's leaves and levels; `leaf_rows`: rows behind each leaf. Raises: what hierarchies raise.
    """

    def __init__(self, owners: Spilled, quasi: Mapping[str, Quasi], beside: Sequence[str]) -> None:
        self.owners = owners
        self._quasi = list(quasi.values())
        self._beside = [name in beside for name in quasi]
        seen = self._seen()
        self.domains: list[Domain] = []
        self.leaf_rows: list[Counts] = []
        self._leaf: list[Ints] = []
        for (name, one), rows in zip(quasi.items(), seen, strict=True):
            there = np.flatnonzero(rows)
            values = one.values.reindex(there - 1).reset_index(drop=True).rename(name)
            made = domain(values, one.hierarchy, (one.lowest, len(one.hierarchy.names) - 1))
            leaf = np.full(len(rows), -1, dtype=np.int32)
            leaf[there] = made.codes
            self.domains.append(made)
            self._leaf.append(leaf)
            self.leaf_rows.append(np.bincount(made.codes, rows[there], len(made.loss[0])).astype(np.int64))

    def __len__(self) -> int:
        return len(self.owners)

    def leaves(self, start: int, stop: int) -> tuple[list[Ints], Ints]:
        """Leaf of each row (from `start` to before `stop`) in each column, and the rows' people."""
        numbers, people = self._numbers(start, stop)
        return [leaf[number + 1] for leaf, number in zip(self._leaf, numbers, strict=True)], people

    def pieces(self) -> Iterator[tuple[list[Ints], Ints]]:
        """The same over all rows."""
        for start in range(0, len(self), PIECE):
            yield self.leaves(start, min(start + PIECE, len(self)))

    def people(self, spill: Spill) -> int:
        """Distinct people the rows belong to. Raises: DiskFull, StorageError."""
        seen = spill.array(np.uint8)
        for _, owners in self.owners.pieces():
            seen.grow(int(owners.max(initial=-1)) + 1, 0)
            seen.merge(np.maximum, owners, np.ones(len(owners), dtype=np.uint8))
        return sum(int(piece.sum()) for _, piece in seen.pieces())

    def _numbers(self, start: int, stop: int) -> tuple[list[Ints], Ints]:
        people = self.owners.read(start, stop)
        columns = zip(self._quasi, self._beside, strict=True)
        return [one.read(start, stop, people, beside=beside) for one, beside in columns], people

    def _seen(self) -> list[Counts]:
        """Rows of each value of each column, the missing first."""
        made = [np.zeros(len(one.values) + 1, dtype=np.int64) for one in self._quasi]
        for start in range(0, len(self), PIECE):
            numbers, _ = self._numbers(start, min(start + PIECE, len(self)))
            for at, number in enumerate(numbers):
                made[at] += np.bincount(number + 1, minlength=len(made[at]))
        return made

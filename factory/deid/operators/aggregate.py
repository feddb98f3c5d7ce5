"""Operator `micro-aggregate`: neighbouring numbers are pooled until k people share each pool, which shows one value.

Univariate, fixed order, after Domingo-Ferrer and Mateo-Sanz 2002 (IEEE TKDE 14:189). Whole numbers show the commonest
of their pool, so that counts stay counts; measurements show its mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from factory.deid.batch.behind import PeopleBehind
from factory.deid.batch.measured import Measured
from factory.deid.batch.spill import PIECE, Spill, Spilled
from factory.deid.operators.base import Cells, spread
from factory.deid.operators.bound import common_range

Floats = npt.NDArray[np.float64]
_POOLS = 1 << 14
"""Pools whose means are made at once."""


def pooled_counts(behind: PeopleBehind) -> dict[Any, Any]:
    """What each whole number becomes: clipped to the common range, then the commonest of its pool."""
    ends = common_range(behind)
    if ends is None:
        return dict.fromkeys(behind.values)
    order = np.argsort(np.array(behind.values, dtype=np.float64), kind="stable").tolist()
    pools: list[list[int]] = [[]]
    seen: set[int] = set()
    for number in order:
        pools[-1].append(number)
        if not behind.common[number]:
            seen.update(behind.people_of(number))
        if behind.common[number] or len(seen) >= behind.k:
            pools.append([])
            seen = set()
    if not pools[-1] or len(pools) > 1:
        rest = pools.pop()
        pools[-1] += rest
    shown = {}
    for pool in pools:
        value = max(pool, key=lambda one: (behind.rows[one], -behind.values[one]))
        for number in pool:
            shown[behind.values[number]] = min(max(behind.values[value], ends[0]), ends[1])
    return shown


@dataclass(frozen=True)
class Pools:
    """Measurements by pool: `starts` are the least values of pools, `means` what they show, each from `first` on.

    The pools of all columns of a table lie in one array one after the other; those of this column ascend.
    """

    starts: Spilled
    means: Spilled
    first: int
    last: int

    def apply(self, cells: Cells) -> pa.Array:
        """The mean of each value's pool, float64; nothing where there is no pool."""
        if self.first == self.last:
            return pa.nulls(len(cells.codes), pa.float64())
        values = cells.values.to_numpy(dtype=np.float64)
        at = self.starts.searchsorted(values, "right", self.first, self.last) - 1
        return spread(self.means.take(np.maximum(at, self.first)).tolist(), cells, pa.float64())


def pools_of(measured: Measured, column: str, k: int) -> Pools:
    """Pools of neighbouring measurements of a column, equal values never parted. Raises: DiskFull, StorageError."""
    made, means = measured.starts, measured.means
    first = len(made)
    with Spill(measured.spill.folder) as scratch:
        values, people = measured.ascending(column, scratch)
        starts = scratch.array(np.int64)
        for start in _starts(values, people, k):
            starts.append(start)
        for at, begin in starts.pieces(_POOLS):
            end = starts.read(at + 1, at + 1 + _POOLS)
            edges = np.concatenate([begin, [end[-1] if len(end) == len(begin) else len(values)]])
            made.append(values.take(begin))
            means.append(_sums(values, edges) / np.diff(edges))
    return Pools(made, means, first, len(made))


def _starts(values: Spilled, people: Spilled, k: int) -> Iterator[list[int]]:
    """Rows at which pools start, in ascending order; the last pool takes what would not fill one."""
    begun, seen, last = 0, set[int](), np.nan
    for base, value in values.pieces():
        person = people.read(base, base + len(value)).tolist()
        found: list[int] = []
        row = 0
        while row < len(person):
            if len(seen) >= k:
                row = max(row, int(np.searchsorted(value, last, "right")))
                if row == len(person):
                    break
                found.append(begun)
                begun, seen = base + row, set()
            more = person[row : row + k - len(seen)]
            seen.update(more)
            row += len(more)
            last = value[row - 1]
        yield found
    if len(seen) >= k:
        yield [begun]


def _sums(values: Spilled, edges: npt.NDArray[np.int64]) -> Floats:
    """Sum of the values from each edge to before the next (m + 1 edges, m sums)."""
    first, last = int(edges[0]), int(edges[-1])
    if last - first <= PIECE:
        sums: Floats = np.add.reduceat(values.read(first, last), edges[:-1] - first)
        return sums
    if len(edges) > 2:
        half = len(edges) // 2
        return np.concatenate([_sums(values, edges[: half + 1]), _sums(values, edges[half:])])
    return values.read(first, first + 1) + _pairwise(values, first + 1, last)


def _pairwise(values: Spilled, start: int, stop: int) -> float:
    """Sum by halves, as NumPy adds an array in memory, so that a pool of any size has the same mean to the last bit.

    NumPy halves down to 128 numbers, so that a piece may not be smaller.
    """
    count = stop - start
    if count <= PIECE:
        return float(np.add.reduceat(np.concatenate([[-0.0], values.read(start, stop)]), [0])[0])
    half = count // 2
    half -= half % 8
    return _pairwise(values, start, start + half) + _pairwise(values, start + half, stop)

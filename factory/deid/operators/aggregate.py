"""Operator `micro-aggregate`: neighbouring numbers are pooled until k people share each pool, which shows one value.

Univariate, fixed order, after Domingo-Ferrer and Mateo-Sanz 2002 (IEEE TKDE 14:189). Whole numbers show the commonest
of their pool, so that counts stay counts; measurements show its mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from factory.deid.batch.behind import PeopleBehind
from factory.deid.operators.base import Cells, Ints, spread
from factory.deid.operators.bound import common_range

Floats = npt.NDArray[np.float64]


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
    """Measurements by pool: `starts` (m, ascending) are the least values of the pools, `means` what they show."""

    starts: Floats
    means: Floats

    def apply(self, cells: Cells) -> pa.Array:
        """The mean of each value's pool, float64; nothing where there is no pool."""
        if not len(self.starts):
            return pa.nulls(len(cells.codes), pa.float64())
        at = np.searchsorted(self.starts, cells.values.to_numpy(dtype=np.float64), side="right") - 1
        return spread(self.means[np.maximum(at, 0)].tolist(), cells, pa.float64())


def pools_of(values: Floats, people: Ints, k: int) -> Pools:
    """Pools of neighbouring measurements (n values, n people), equal values never parted."""
    order = np.lexsort((people, values))
    values, people = values[order], people[order]
    starts: list[int] = [0]
    seen: set[int] = set()
    full = False
    for row, person in enumerate(people.tolist()):
        if full and values[row] != values[row - 1]:
            starts.append(row)
            seen, full = set(), False
        if not full:
            seen.add(person)
            full = len(seen) >= k
    if not full:
        starts.pop()
    if not starts:
        return Pools(np.zeros(0), np.zeros(0))
    sums = np.add.reduceat(values, starts)
    return Pools(values[starts], sums / np.diff([*starts, len(values)]))

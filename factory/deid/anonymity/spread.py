"""How a sensitive column is spread within each class, held sparsely, and distances from the spread of all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from factory.deid.anonymity.classes import FloatArray, IntArray


@dataclass(frozen=True)
class Spread:
    """Shares of the values that occur in each of `count` classes, sorted by class and value.

    `of_class`, `value`, `share`: one entry a (class, value) pair that occurs. `overall`: share of each value in all.
    """

    count: int
    of_class: IntArray
    value: IntArray
    share: FloatArray
    overall: FloatArray

    def distinct(self) -> IntArray:
        """Distinct values in each class."""
        return np.bincount(self.of_class, minlength=self.count)

    def entropy(self) -> FloatArray:
        """Shannon entropy of each class, in nats."""
        return -np.bincount(self.of_class, self.share * np.log(self.share), self.count).astype(np.float64)

    def equal_distance(self) -> FloatArray:
        """Earth mover's distance of each class from all where values are equally far apart: half the L1 distance."""
        q = self.overall[self.value]
        present = np.bincount(self.of_class, np.abs(self.share - q) - q, self.count)
        made: FloatArray = np.clip((present + 1.0) / 2.0, 0.0, 1.0)
        return made

    def ordered_distance(self) -> FloatArray:
        """Earth mover's distance of each class from all where values are steps of a scale, in [0, 1].

        The mean over steps of |P(i) - Q(i)|, cumulated shares. P is constant between the values that occur and Q
        never falls, so each stretch is two differences of a running sum: time in pairs, not in classes times values.
        """
        last = len(self.overall) - 1
        if last < 1:
            return np.zeros(self.count)
        q = np.cumsum(self.overall)
        running = np.concatenate([[0.0], np.cumsum(q)])
        starts = np.flatnonzero(np.diff(self.of_class, prepend=-1))
        up_to = np.cumsum(self.share)
        before = np.repeat(up_to[starts] - self.share[starts], np.diff(starts, append=len(self.share)))
        p = up_to - before
        until = np.append(self.value[1:], last)
        ends = np.append(starts[1:], len(self.value)) - 1
        until[ends] = last
        begin = np.minimum(self.value, last)
        cross = np.clip(np.searchsorted(q, p), begin, until)
        under = p * (cross - begin) - (running[cross] - running[begin])
        over = running[until] - running[cross] - p * (until - cross)
        total = np.bincount(self.of_class, under + over, self.count)
        total[self.of_class[starts]] += running[begin[starts]]
        made: FloatArray = np.clip(total / last, 0.0, 1.0)
        return made


def spread(classes: IntArray, count: int, values: IntArray, size: int, weights: FloatArray | None = None) -> Spread:
    """Spread of coded values (n rows, below `size`) over `count` classes, rows weighted (n) or all alike."""
    keys = classes * size + values
    if count * size <= 4 * len(keys):
        seen = np.bincount(keys, minlength=count * size)
        held = np.flatnonzero(seen)
        mass = seen[held] if weights is None else np.bincount(keys, weights, count * size)[held]
    else:
        codes, found = pd.factorize(keys)
        order = np.argsort(found)
        held = found[order]
        mass = np.bincount(codes, weights, len(found))[order]
    of_class, value = np.divmod(held, size) if size else (held, held)
    totals = np.bincount(of_class, mass, count)
    overall = np.bincount(values, weights, size)
    return Spread(count, of_class, value, mass / totals[of_class], overall / max(overall.sum(), 1e-300))

"""Intervals of shares and of any statistic of people."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from factory.core.seeds import generator

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
RESAMPLES = 300


def wilson(hits: float, n: float, level: float = 0.95) -> tuple[float, float, float]:
    """A share with the score interval of Wilson (JASA 1927, 22:209); nan and (0, 1) where n is 0."""
    if n <= 0:
        return float("nan"), 0.0, 1.0
    z = float(norm.ppf(0.5 + level / 2))
    share = hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return share, max(0.0, middle - reach), min(1.0, middle + reach)


def difference(
    hits: float, n: float, other_hits: float, other_n: float, level: float = 0.95
) -> tuple[float, float, float]:
    """Difference of two shares of different people, with Newcombe's interval of Wilson's ends (method 10).

    Source: Newcombe, Statistics in Medicine 1998, 17:873.
    """
    a, a_low, a_high = wilson(hits, n, level)
    b, b_low, b_high = wilson(other_hits, other_n, level)
    if math.isnan(a) or math.isnan(b):
        return float("nan"), -1.0, 1.0
    low = a - b - math.hypot(a - a_low, b_high - b)
    high = a - b + math.hypot(a_high - a, b - b_low)
    return a - b, max(-1.0, low), min(1.0, high)


def bootstrap(
    statistic: Callable[[Ints], float], people: Ints, seed: int, label: str, level: float = 0.95, times: int = RESAMPLES
) -> tuple[float, float]:
    """Percentile interval of `statistic(rows)` over people drawn with replacement, with all their rows.

    `people`: whose each row is (n,). `statistic` gets row numbers (any length, repeated where a person is) and returns
    nan for a draw it cannot judge; (-inf, inf) where it could judge none. Source: Efron and Tibshirani 1993, ch. 13.
    """
    order = np.argsort(people, kind="stable")
    _, starts, counts = np.unique(people[order], return_index=True, return_counts=True)
    dice = generator(seed, label)
    found = []
    for _ in range(times):
        drawn = dice.integers(0, len(starts), len(starts)) if len(starts) else np.zeros(0, dtype=np.int64)
        found.append(statistic(order[_spans(starts[drawn], counts[drawn])]))
    kept = np.array([value for value in found if not math.isnan(value)])
    if not len(kept):
        return -math.inf, math.inf
    tail = (1 - level) / 2
    return float(np.quantile(kept, tail)), float(np.quantile(kept, 1 - tail))


def _spans(starts: Ints, counts: Ints) -> Ints:
    """All of `start, start + 1, ... start + count - 1`, one after the other."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - counts - starts, counts)

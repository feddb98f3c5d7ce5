"""Intervals over people by leaving groups of them out: a statistic with its replicas, as arrays of 1 + groups.

The first entry is the figure on everybody, each other the figure with one group of people left out. Where a statistic
is made of counts or sums, all replicas come from one table of groups; what is worked out of such arrays entry by
entry has its interval at the end. Source: delete-a-group jackknife, Kott, J. Official Statistics 2001, 17:521.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.stats import t

from factory.checks.measure import Bearing, Direction, Measure
from factory.core.seeds import generator
from factory.words import Said

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
GROUPS = 20


def groups_of(people: int, seed: int, label: str) -> Ints:
    """Group of each of `people` people (people,), of sizes that differ by one at most."""
    made = np.arange(people, dtype=np.int64) % GROUPS
    return generator(seed, "fidelity groups", label).permutation(made)


def counted(codes: Ints, size: int, groups: Ints) -> Floats:
    """Counts of the codes 0..size-1 (n,) for everybody and less each group: (1 + groups) x size."""
    return left_out(codes, np.ones(len(codes)), size, groups)


def left_out(codes: Ints, weights: Floats, size: int, groups: Ints) -> Floats:
    """Sums of `weights` by code for everybody and less each group: (1 + groups) x size."""
    table = np.bincount(groups * size + codes, weights, minlength=GROUPS * size).reshape(GROUPS, size)
    whole = table.sum(axis=0)
    return np.vstack([whole, whole - table])


def total_variation(left: Floats, right: Floats) -> Floats:
    """Half the summed difference of shares, of two tables of replicas (replicas x cells); nan where one is empty."""
    return np.asarray(np.abs(_shares(left) - _shares(right)).sum(axis=1) / 2)


def kolmogorov(left: Floats, right: Floats) -> Floats:
    """Greatest difference of cumulated shares; cells in ascending order of the value."""
    return np.asarray(np.abs(np.cumsum(_shares(left), axis=1) - np.cumsum(_shares(right), axis=1)).max(axis=1))


def correlated(left: Floats, right: Floats, groups: Ints) -> Floats:
    """Pearson's correlation of two columns (n,) with its replicas; pairs with a missing value are left out."""
    there = ~np.isnan(left) & ~np.isnan(right)
    if there.sum() < 2:
        return np.full(1 + GROUPS, np.nan)
    x, y, g = left[there], right[there], groups[there]
    # Centred first, so that large means cost no digits.
    x, y = x - x.mean(), y - y.mean()
    n, sx, sy, sxx, syy, sxy = (
        left_out(np.zeros_like(g), w, 1, g)[:, 0] for w in (np.ones(len(x)), x, y, x * x, y * y, x * y)
    )
    with np.errstate(all="ignore"):
        scale = np.sqrt((sxx - sx * sx / n) * (syy - sy * sy / n))
        found = np.where(scale > 1e-12 * len(x), (sxy - sx * sy / n) / scale, np.nan)
    return np.asarray(found)


def reach(replicas: Floats) -> float:
    """Half the width of the 95% interval of a figure with its replicas; nan where too few can be told."""
    inner = replicas[1:][np.isfinite(replicas[1:])]
    if len(inner) < GROUPS:
        return math.nan
    variance = (GROUPS - 1) / GROUPS * float(((inner - inner.mean()) ** 2).sum())
    return float(t.ppf(0.975, GROUPS - 1)) * math.sqrt(variance)


def beside(
    name: str, title: str, made: Floats, fresh: Floats, direction: Direction, n: int, citation: str, where: str = "",
    seed: int | None = None, ends: tuple[float, float] = (0.0, 1.0),
) -> list[Measure]:  # fmt: skip
    """A diagnostic with its interval and the same figure of a fresh real sample in its title; none where it is nan."""
    value, half = float(made[0]), reach(made)
    if math.isnan(value):
        return []
    low, high = (None, None) if math.isnan(half) else (max(ends[0], value - half), min(ends[1], value + half))
    said = beside_fresh(title, Said("none") if math.isnan(fresh[0]) else f"{fresh[0]:.3f}")
    return [Measure(name, said, value, low, high, None, direction, n, citation, seed, where, Bearing.DIAGNOSTIC)]


def beside_fresh(title: str, sample: str) -> Said:
    """A title with the figure of a fresh real sample."""
    return Said("{what}; fresh real sample: {sample}", what=title, sample=sample)


def told(replicas: Floats) -> float | None:
    """The figure on everybody as JSON has it: rounded to four digits, null where there is none."""
    value = float(replicas[0])
    return round(value, 4) if math.isfinite(value) else None


def _shares(counts: Floats) -> Floats:
    with np.errstate(all="ignore"):
        return np.asarray(counts / counts.sum(axis=1, keepdims=True))

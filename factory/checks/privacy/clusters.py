"""Groups of like values of one column."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from factory.checks.privacy.wp216.records import MISSING

Floats = npt.NDArray[np.float64]
_MOST_GROUPS = 6
_ROUNDS = 30


def cluster_shares(values: Floats) -> Floats:
    """For each value (n,) the share of values in its group, of the grouping into two to six that parts them best.

    k-means in one dimension from evenly spaced quantiles (Lloyd 1982), the number of groups by the simplified
    silhouette (Hruschka et al. 2004). Missing values are no group: their share is 1.
    """
    there = values != MISSING
    made = np.ones(len(values))
    known = values[there]
    best = -np.inf
    for groups in range(2, _MOST_GROUPS + 1):
        middles = _middles(known, groups)
        if len(middles) < groups:
            break
        gap = np.abs(known[:, None] - middles[None, :])
        label = gap.argmin(axis=1)
        near = np.sort(gap, axis=1)
        score = float(np.mean((near[:, 1] - near[:, 0]) / np.maximum(near[:, 1], 1e-12)))
        if score > best:
            best = score
            made[there] = np.bincount(label, minlength=groups)[label] / len(known)
    return made


def _middles(values: Floats, groups: int) -> Floats:
    if not len(values):
        return values
    middles = np.unique(np.quantile(values, (np.arange(groups) + 0.5) / groups))
    for _ in range(_ROUNDS):
        label = np.searchsorted((middles[1:] + middles[:-1]) / 2, values)
        counts = np.bincount(label, minlength=len(middles))
        sums = np.bincount(label, weights=values, minlength=len(middles))
        moved = np.where(counts > 0, sums / np.maximum(counts, 1), middles)
        if np.array_equal(moved, middles):
            break
        middles = moved
    return np.asarray(np.unique(middles))

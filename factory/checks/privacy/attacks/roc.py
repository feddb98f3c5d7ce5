"""Points of a ROC curve, and areas under it, with intervals."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq
from scipy.stats import beta, norm

from factory.checks.auc import auc, delong
from factory.checks.intervals import wilson
from factory.checks.neighbours import Floats

# Fewer people than this on a side, and DeLong's interval is too narrow.
_FEW = 60
_EDGE = 1e-9
Interval = tuple[float, float, float]


def auc_interval(members: Floats, others: Floats, level: float) -> Interval:
    """AUC with DeLong's interval; for few people Newcombe's (Statistics in Medicine 2006, 25:559, method 5)."""
    fewest = min(len(members), len(others))
    if fewest < 2:
        return float("nan"), 0.0, 1.0
    if fewest >= _FEW:
        return delong(members, others, level)
    value = auc(members, others)
    z = float(norm.ppf(0.5 + level / 2))

    def beyond(theta: float, end: float) -> float:
        return (value - theta) * end - z * math.sqrt(_variance(theta, len(members), len(others)))

    # At 0 and 1 the variance is 0, which is a root that says nothing.
    low = brentq(lambda t: beyond(t, 1.0), 0.0, min(value, 1 - _EDGE)) if value > _EDGE else 0.0
    high = brentq(lambda t: beyond(t, -1.0), max(value, _EDGE), 1.0) if value < 1 - _EDGE else 1.0
    return value, float(low), float(high)


def _variance(theta: float, m: int, n: int) -> float:
    """Hanley and McNeil's variance of an AUC of `theta`, both sides given their mean number."""
    spread = (m + n) / 2 - 1
    return theta * (1 - theta) * (1 + spread * ((1 - theta) / (2 - theta) + theta / (1 + theta))) / (m * n)


def curve(members: Floats, others: Floats, at: Floats) -> Floats:
    """Share of members found where the shares `at` of others are, ties taken as a straight line."""
    cuts = np.unique(np.concatenate([members, others]))[::-1]
    found = [
        np.append(0.0, 1 - np.searchsorted(np.sort(one), cuts, side="left") / len(one)) for one in (others, members)
    ]
    # Of points above one another the curve passes through the last: what is found at no cost at all.
    last = np.append(np.diff(found[0]) > 0, True)
    points: Floats = np.interp(at, found[0][last], found[1][last])
    return points


def tpr_interval(members: Floats, others: Floats, at: float, level: float) -> Interval:
    """Share of members found where a share `at` of others is, with an interval for the cut and for the share.

    The cut is taken from a sample of others. From above that counts by its variance: to that of the share comes the
    slope of the curve squared times at (1 - at) / n (Hsieh and Turnbull, Annals of Statistics 1996, 24:25), and
    Wilson's interval is given the number of people who would have the sum as variance. From below nothing is left to
    the slope: the cut is one that others pass with a share of at most `at`, by the bound of Clopper and Pearson
    (Biometrika 1934), and Wilson's bound of what it finds is taken, each at half of the risk. Where the others are too
    few for such a cut, the share is scaled down along the line from the origin that a ROC curve is not below.
    """
    m, n = len(members), len(others)
    if not m or not n:
        return float("nan"), 0.0, 1.0
    before, share, after = (float(v) for v in curve(members, others, np.array([at / 2, at, 2 * at])))
    slope = (after - before) / (1.5 * at)
    # A share of 0 or 1 has no variance of its own; Wilson's middle gives it one.
    middle = (share * m + 2) / (m + 4)
    own = middle * (1 - middle) / m
    worth = m * own / (own + slope**2 * at * (1 - at) / n)
    high = wilson(share * worth, worth, level)[2]
    return share, min(share, _lower(members, others, at, (1 - level) / 2)), high


def _lower(members: Floats, others: Floats, at: float, risk: float) -> float:
    """Lower bound of the share of members found where a share `at` of others is."""
    n = len(others)
    counts = np.arange(int(at * n) + 1)
    bounds = beta.ppf(1 - risk / 2, counts + 1, n - counts)
    passing = max(0, int((bounds <= at).sum()) - 1)
    cut = np.sort(others)[n - 1 - passing]
    hits = int((members > cut).sum())
    low = wilson(hits, len(members), 1 - risk)[1]
    return low * min(1.0, at / float(bounds[passing]))

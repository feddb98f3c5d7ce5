"""Which marginal a numeric column gets, settled by fit.

SDV's distributions and an empirical one are learned from one half of a sample; the largest distance to the other
half's distribution function (Kolmogorov-Smirnov) decides. Columns with spikes or few values are empirical without a
contest.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from factory.synth.sdv.marginals import TOGETHER, Curve, Empirical, Marginal, Values, spikes_of

CURVES = ("norm", "beta", "truncnorm", "gamma", "uniform")
# SDV's kernel estimate compares every value with every other: beyond this many rows the empirical one is as smooth.
_KERNEL_ROWS = 300
_CONTEST_ROWS = 2_000
_FITTED_ROWS = 10_000
# A column in which more of the rows than this share their value with others has spikes.
_SPIKES = 0.2


def choose(values: Values, minimum: float | None, maximum: float | None, dice: np.random.Generator) -> Marginal:
    """The marginal of a numeric column from its values (n,): by held-out fit, curves first where they tie."""
    if len(np.unique(values)) < 2 * TOGETHER or np.isin(values, spikes_of(values)).mean() > _SPIKES:
        return Empirical.of(values)
    sample = dice.permutation(values)[:_CONTEST_ROWS]
    half, other = sample[: len(sample) // 2], np.sort(sample[len(sample) // 2 :])
    tried = CURVES if len(values) > _KERNEL_ROWS else (*CURVES, "gaussian_kde")
    empirical = Empirical.of(half)
    distance = _distance(ndtr(np.mean(empirical.scores(other), axis=0)), other)
    best, name = min((_held_out(name, half, other, minimum, maximum), name) for name in tried)
    if best <= distance:
        try:
            return Curve.of(name, dice.permutation(values)[:_FITTED_ROWS], minimum, maximum)
        except Exception:  # noqa: BLE001 - scipy's fits fail in many ways
            return Empirical.of(values)
    return Empirical.of(values)


def _held_out(name: str, half: Values, other: Values, minimum: float | None, maximum: float | None) -> float:
    try:
        distance = _distance(Curve.of(name, half, minimum, maximum).share(other), other)
    except Exception:  # noqa: BLE001 - a distribution that cannot be fitted has lost; scipy fails in many ways
        return np.inf
    return distance if np.isfinite(distance) else np.inf


def _distance(share: Values, ordered: Values) -> float:
    """Kolmogorov-Smirnov: largest distance between a distribution function and the sorted values' own."""
    steps = np.arange(len(ordered) + 1) / len(ordered)
    return float(max(np.max(share - steps[:-1]), np.max(steps[1:] - share)))

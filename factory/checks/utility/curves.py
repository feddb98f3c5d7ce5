"""Areas under ROC curves of weighted rows, quick enough for each resample of people, and their intervals."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm, t

from factory.checks.comparison import Ints
from factory.checks.features import Floats


def dense(scores: Floats) -> Ints:
    """Rank of each score among the different ones, from 0 (n,)."""
    return np.asarray(np.unique(scores, return_inverse=True)[1], dtype=np.int64)


def weighted_auc(ranks: Ints, truth: Floats, weight: Floats) -> float:
    """AUROC of weighted rows, ties counted half; NaN where one answer has no weight. `ranks`: of `dense`."""
    yes = np.bincount(ranks, weight * truth)
    no = np.bincount(ranks, weight * (1 - truth))
    pairs = yes.sum() * no.sum()
    return float((yes * (np.cumsum(no) - no / 2)).sum() / pairs) if pairs > 0 else float("nan")


def roc(guess: Floats, truth: Floats, points: int = 51) -> dict[str, list[float]]:
    """True positive rates at false positive rates 0 to 1 in equal steps."""
    order = np.argsort(-guess, kind="stable")
    last = np.flatnonzero(np.diff(guess[order], append=-np.inf))
    yes, no = np.cumsum(truth[order])[last], np.cumsum(1 - truth[order])[last]
    grid = np.linspace(0, 1, points)
    rates = np.interp(grid, np.concatenate([[0.0], no / no[-1]]), np.concatenate([[0.0], yes / yes[-1]]))
    return {"fpr": np.round(grid, 3).tolist(), "tpr": np.round(rates, 3).tolist()}


def auc_influence(guess: Floats, truth: Floats) -> tuple[float, Floats]:
    """AUROC and each row's influence on it (n,), whose squares summed over people are its variance.

    Source: the structural components of DeLong et al. 1988, summed within clusters after Obuchowski 1997
    (Biometrics 53:567).
    """
    ranks = dense(guess)
    yes, no = np.bincount(ranks, truth), np.bincount(ranks, 1 - truth)
    below = (np.cumsum(no) - no / 2)[ranks] / no.sum()
    above = 1 - (np.cumsum(yes) - yes / 2)[ranks] / yes.sum()
    area = float(below[truth == 1].mean())
    return area, np.where(truth == 1, (below - area) / yes.sum(), (above - area) / no.sum())


def auc_difference(
    guesses: tuple[Floats, Floats], truth: Floats, people: Ints, level: float = 0.95
) -> tuple[float, float, float]:
    """AUROC of the first guesses less that of the second on the same rows, with an interval over people.

    The reach is Student's, with the fewer of those who say yes and no as what is known: small groups get wide ones.
    """
    (one, by_one), (other, by_other) = (auc_influence(guess, truth) for guess in guesses)
    spread = np.sqrt(_of_people(by_one - by_other, people))
    return _reach(one - other, float(spread), truth, people, level)


def auc_interval(guess: Floats, truth: Floats, people: Ints, level: float = 0.95) -> tuple[float, float, float]:
    """AUROC with an interval over people, within [0, 1]; NaN and (0, 1) where only one answer is given."""
    if truth.min() == truth.max():
        return float("nan"), 0.0, 1.0
    area, influence = auc_influence(guess, truth)
    value, low, high = _reach(area, float(np.sqrt(_of_people(influence, people))), truth, people, level)
    return value, max(0.0, low), min(1.0, high)


def _of_people(influence: Floats, people: Ints) -> float:
    summed = np.bincount(np.unique(people, return_inverse=True)[1], influence)
    return float((summed**2).sum() * len(summed) / max(len(summed) - 1, 1))


def _reach(value: float, spread: float, truth: Floats, people: Ints, level: float) -> tuple[float, float, float]:
    fewer = min(len(np.unique(people[truth == 1])), len(np.unique(people[truth == 0])))
    # No spread at all says that too few were asked, not that the figure is certain: the rule of three.
    reach = float(t.ppf(0.5 + level / 2, max(fewer - 1, 1))) * spread if spread > 0 else 3 / max(fewer, 1)
    return value, value - reach, value + reach


def normal_interval(value: float, spread: float, level: float = 0.95) -> tuple[float, float]:
    """Value less and more the normal reach of its standard error."""
    reach = float(norm.ppf(0.5 + level / 2)) * spread
    return value - reach, value + reach

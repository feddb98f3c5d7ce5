"""Whether the probabilities that models say are those with which people come to say yes."""

from __future__ import annotations

from typing import Any

import numpy as np

from factory.checks.comparison import Comparison, Ints
from factory.checks.features import Floats
from factory.checks.intervals import bootstrap
from factory.checks.measure import Measure
from factory.checks.utility.regression import logistic
from factory.checks.utility.transfer import Asked, Transfer, diagnostic
from factory.words import Said

BINS = 10
_EDGE = 1e-6
BRIER = "Brier 1950 (Monthly Weather Review 78:1); bootstrap over people"
ECE = "expected calibration error in tenths: Naeini et al. 2015 (AAAI); bootstrap over people"
SLOPE = "Cox 1958 (Biometrika 45:562); Van Calster et al. 2019 (BMC Medicine 17:230)"


def brier(guess: Floats, truth: Floats) -> float:
    """Mean squared distance of probability and answer."""
    return float(np.mean((guess - truth) ** 2))


def bins_of(guess: Floats) -> Ints:
    """Which tenth of the guesses each is in (n,); equal guesses are in one."""
    edges = np.unique(np.quantile(guess, np.linspace(0, 1, BINS + 1)[1:-1]))
    return np.asarray(np.searchsorted(edges, guess, side="left"), dtype=np.int64)


def calibration_error(guess: Floats, truth: Floats, bins: Ints) -> float:
    """Mean over rows of how far the guesses of a bin are, on average, from the share of yes in it."""
    return float(np.abs(np.bincount(bins, guess - truth)).sum() / len(guess))


def calibration_slope(asked: Asked) -> tuple[float, float, float]:
    """Slope of the answer on the log odds said, with an interval over people: 1 is right, less is too sure.

    NaN where it cannot be estimated.
    """
    odds = np.clip(asked.guess, _EDGE, 1 - _EDGE)
    slope = logistic(asked.truth, np.log(odds / (1 - odds))[:, None], ("log odds",), asked.people)
    if isinstance(slope, str) or np.isnan(slope.beta[0]):
        return float("nan"), float("-inf"), float("inf")
    return float(slope.beta[0]), float(slope.low[0]), float(slope.high[0])


def calibration(comparison: Comparison, found: Transfer) -> tuple[list[Measure], dict[str, Any]]:
    """Brier score lost, calibration error and slope of the model of synthetic rows, and both models' curves."""
    made, real = found.tstr.asked, found.trtr.asked
    people, seed = len(np.unique(made.people)), comparison.seed
    squared = (made.guess - made.truth) ** 2 - (real.guess - real.truth) ** 2
    lost = bootstrap(lambda rows: float(squared[rows].mean()), made.people, seed, "brier")
    bins = bins_of(made.guess)
    off = bootstrap(
        lambda rows: calibration_error(made.guess[rows], made.truth[rows], bins[rows]), made.people, seed, "ece"
    )
    slope = calibration_slope(made)
    weak = Said("The slope cannot be estimated.") if np.isnan(slope[0]) else ""
    task = found.task.id
    error = calibration_error(made.guess, made.truth, bins)
    measures = [
        diagnostic(
            comparison,
            found.task,
            "brier_gap",
            Said("Task {task}: Brier score lost by learning from synthetic rows", task=task),
            (float(squared.mean()), *lost),
            people,
            BRIER,
        ),
        diagnostic(
            comparison,
            found.task,
            "calibration_error",
            Said("Task {task}: calibration error of the model learned from synthetic rows", task=task),
            (error, *off),
            people,
            ECE,
        ),
        diagnostic(
            comparison,
            found.task,
            "calibration_slope",
            Said("Task {task}: calibration slope of the model learned from synthetic rows", task=task),
            slope,
            people,
            SLOPE,
            weak,
        ),
    ]
    k = comparison.contract.policy.smallest_cell
    return measures, {name: _details(asked, k) for name, asked in (("tstr", made), ("trtr", real))}


def _details(asked: Asked, k: int) -> dict[str, Any]:
    slope = calibration_slope(asked)[0]
    bins = bins_of(asked.guess)
    return {
        "brier": round(brier(asked.guess, asked.truth), 4),
        "error": round(calibration_error(asked.guess, asked.truth, bins), 4),
        "slope": None if np.isnan(slope) else round(slope, 3),
        "curve": _curve(asked, bins, k),
    }


def _curve(asked: Asked, bins: Ints, k: int) -> list[dict[str, float]]:
    """Mean guess and share of yes of each bin that k people are behind."""
    made = []
    for place in np.unique(bins):
        rows = bins == place
        if len(np.unique(asked.people[rows])) >= k:
            guess, truth = float(asked.guess[rows].mean()), float(asked.truth[rows].mean())
            made.append({"said": round(guess, 3), "came": round(truth, 3)})
    return made

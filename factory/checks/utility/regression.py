"""Regressions whose estimates are compared: linear, logistic and Cox, each with its interval, by statsmodels."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import statsmodels.api as sm
from scipy.stats import norm
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.tools.sm_exceptions import PerfectSeparationError

from factory.checks.comparison import Ints
from factory.checks.features import Floats
from factory.words import Said

# A coefficient of a standard deviation or an indicator that is so big, or so unsure, is one that has no estimate:
# the likelihood rises for ever, as where a level has no event.
_NO_ESTIMATE = 12.0
_NO_CERTAINTY = 10.0
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Estimates:
    """Coefficients by name with standard errors and 95% intervals (p,), NaN where there is no estimate."""

    names: tuple[str, ...]
    beta: Floats
    se: Floats
    people: int

    @property
    def low(self) -> Floats:
        """Lower ends."""
        return np.asarray(self.beta - norm.ppf(0.975) * self.se)

    @property
    def high(self) -> Floats:
        """Upper ends."""
        return np.asarray(self.beta + norm.ppf(0.975) * self.se)


def linear(outcome: Floats, design: Floats, names: tuple[str, ...], people: Ints) -> Estimates | str:
    """Least squares of `outcome` (n,) on `design` (n x p) and a constant; a sentence where there is no fit.

    Where people have several rows the standard errors are those of clusters.
    """
    if len(outcome) and np.ptp(outcome) == 0:
        return Said("The outcome is the same in every row.")
    return _fitted(lambda columns, how: sm.OLS(outcome, columns).fit(**how), design, names, people, constant=True)


def logistic(truth: Floats, design: Floats, names: tuple[str, ...], people: Ints) -> Estimates | str:
    """Logistic regression of `truth` (n, 0 or 1) on `design` (n x p) and a constant; see `linear`."""
    if not len(truth) or truth.min() == truth.max():
        return Said("The outcome is the same in every row.")

    def fit(columns: Floats, how: dict[str, Any]) -> Any:
        return sm.Logit(truth, columns).fit(disp=0, maxiter=50, **how)

    return _fitted(fit, design, names, people, constant=True)


def cox(time: Floats, event: Floats, design: Floats, names: tuple[str, ...], people: Ints) -> Estimates | str:
    """Proportional hazards, ties after Efron; one row a person. Source: Cox, JRSS B 1972, 34:187."""
    if not event.any():
        return Said("The event never comes.")

    def fit(columns: Floats, _: dict[str, Any]) -> Any:
        return PHReg(time, columns, status=event, ties="efron").fit(disp=0)

    return _fitted(fit, design, names, people, constant=False)


def _fitted(
    fit: Callable[[Floats, dict[str, Any]], Any],
    design: Floats,
    names: tuple[str, ...],
    people: Ints,
    constant: bool,
) -> Estimates | str:
    kept = _independent(design)
    count = len(np.unique(people))
    if not kept.any():
        return Said("No column differs between rows.")
    if count <= kept.sum() + 2:
        return Said("There are too few people for so many columns.")
    columns = design[:, kept]
    if constant:
        columns = np.column_stack([np.ones(len(columns)), columns])
    how: dict[str, Any] = {}
    if count < len(people):
        how = {"cov_type": "cluster", "cov_kwds": {"groups": np.unique(people, return_inverse=True)[1]}}
    try:
        # What statsmodels warns of (separation, no convergence) shows in the figures, which are looked at below.
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            result = fit(columns, how)
            beta, se = (np.asarray(found, dtype=np.float64)[int(constant) :] for found in (result.params, result.bse))
    except (PerfectSeparationError, np.linalg.LinAlgError):
        return Said("The outcome is foretold without error, so that there is no estimate.")
    made = np.full((2, design.shape[1]), np.nan)
    with np.errstate(invalid="ignore"):
        sure = np.isfinite(beta) & np.isfinite(se) & (np.abs(beta) < _NO_ESTIMATE) & (se > 0) & (se < _NO_CERTAINTY)
    # A linear outcome has a scale of its own.
    if constant and isinstance(result.model, sm.OLS):
        sure = np.isfinite(beta) & np.isfinite(se) & (se > 0)
    made[:, kept] = np.where(sure, [beta, se], np.nan)
    return Estimates(names, made[0], made[1], count)


def _independent(design: Floats) -> Bools:
    """Columns that no constant and no column before them says already (p,)."""
    centred = design - design.mean(axis=0) if len(design) else design
    spread = np.sqrt((centred**2).sum(axis=0))
    kept = np.zeros(design.shape[1], dtype=bool)
    scaled = np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 1e-9)
    shared = scaled.T @ scaled
    for place in np.flatnonzero(spread > 1e-9):
        kept[place] = True
        chosen = np.flatnonzero(kept)
        if np.linalg.eigvalsh(shared[np.ix_(chosen, chosen)])[0] < 1e-8:
            kept[place] = False
    return kept


def overlap(real: Estimates, other: Estimates) -> Floats:
    """Mean share of the two intervals that they have in common (p,): 1 where equal, 0 where apart.

    NaN where the real rows give no estimate, 0 where only the other do not.
    Source: Karr, Kohnen, Oganian, Reiter and Sanil, The American Statistician 2006, 60:224.
    """
    shared = np.maximum(np.minimum(real.high, other.high) - np.maximum(real.low, other.low), 0)
    both = (shared / (real.high - real.low) + shared / (other.high - other.low)) / 2
    return np.asarray(np.where(np.isnan(real.beta), np.nan, np.where(np.isnan(other.beta), 0.0, both)))


def standardised(real: Estimates, other: Estimates) -> Floats:
    """How many standard errors of the real estimate lie between the two (p,), NaN where one has none.

    Source: Snoke, Raab, Nowok, Dibben and Slavkovic, JRSS A 2018, 181:663.
    """
    return np.asarray(np.abs(other.beta - real.beta) / real.se)

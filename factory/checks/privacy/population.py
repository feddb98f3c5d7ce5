"""How few people of a population fit a record: k-map, and uniques of a population estimated from a sample.

The estimate takes class sizes for a partition of Pitman's kind (two parameters), fitted by maximum likelihood.
Sources: Pitman 1995 (Probability Theory and Related Fields 102:145); Hoshino 2001, "Applying Pitman's sampling formula
to microdata disclosure risk assessment" (Journal of Official Statistics 17:499); k-map: Sweeney 2002 (IJUFKS 10:557).
How many people share a record in a population of which only a share is seen: Benedetti and Franconi 1998.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit, gammaln, hyp2f1

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_SERIES_FROM, _TERMS = 20, 60


def k_map(drawn: Ints, population: Ints) -> int:
    """Fewest people of the population in a class that a synthetic person is of; 0 where no class has any.

    `drawn`, `population`: class of each synthetic person and of each person of the population.
    """
    sizes = _sizes(drawn, population)
    return int(sizes[sizes > 0].min()) if (sizes > 0).any() else 0


def uniques_in_population(drawn: Ints, population: Ints) -> float:
    """Share of synthetic people whose class has one person of the population."""
    sizes = _sizes(drawn, population)
    return float((sizes == 1).mean()) if len(sizes) else float("nan")


def _sizes(drawn: Ints, population: Ints) -> Ints:
    found, counts = np.unique(population, return_counts=True)
    if not len(found):
        return np.zeros(len(drawn), dtype=np.int64)
    at = np.minimum(np.searchsorted(found, drawn), len(found) - 1)
    return np.where(found[at] == drawn, counts[at], 0)


def population_uniques(sizes: Ints, population: int) -> float:
    """People of a sample who are expected to be alone in their class in the whole population.

    `sizes`: people of the sample in each class it has; `population`: people there are, the sample among them. Of the
    sample's uniques, the share that the fitted model leaves alone when the rest of the population is drawn.
    """
    alone = int((sizes == 1).sum())
    n = int(sizes.sum())
    if not alone or population <= n:
        return float(alone)
    theta, alpha = _fitted(sizes)
    # Each further person joins a class of one with chance (1 - alpha) / (theta + people so far), and the sample's
    # uniques are alike, so the chance that one is still alone is a product, in closed form by gamma functions.
    top = gammaln(theta + population - 1 + alpha) - gammaln(theta + n - 1 + alpha)
    bottom = gammaln(theta + population) - gammaln(theta + n)
    return alone * float(np.exp(top - bottom))


def expected_inverse(sizes: Ints, share: float) -> Floats:
    """Expected 1/F of a class of which a sample of that share of the population has `sizes` people (any shape).

    F given f is negative binomial with chance `share`. Source: Benedetti and Franconi 1998, "Statistical and
    technological solutions for controlled data dissemination"; (share / f) 2F1(1, 1; f + 1; 1 - share).
    """
    # The function overflows for large classes; there its series is of few terms: 1/C(f + j, j) times (1 - share)^j.
    small = np.minimum(sizes, _SERIES_FROM)
    terms = np.arange(_TERMS)[:, None]
    large = np.maximum(sizes, _SERIES_FROM).reshape(1, -1)
    logs = gammaln(terms + 1) + gammaln(large + 1) - gammaln(large + terms + 1)
    series = (np.exp(logs) * (1 - share) ** terms).sum(axis=0).reshape(sizes.shape)
    function = np.where(sizes < _SERIES_FROM, hyp2f1(1, 1, small + 1, 1 - share), series)
    return np.asarray(share / sizes * function, dtype=np.float64)


def _fitted(sizes: Ints) -> tuple[float, float]:
    """Theta (over -alpha) and alpha (in [0, 1)) of Pitman's sampling formula, by maximum likelihood."""
    values, counts = np.unique(sizes, return_counts=True)
    steps = np.arange(1, len(sizes), dtype=np.float64)
    n = float(sizes.sum())

    def loss(at: Floats) -> float:
        alpha = float(expit(at[1]))
        theta = math.exp(float(at[0])) - alpha
        opened = float(np.log(theta + alpha * steps).sum())
        people = float(gammaln(theta + n) - gammaln(theta + 1))
        within = float((counts * (gammaln(values - alpha) - gammaln(1 - alpha))).sum())
        return -(opened - people + within)

    found = minimize(loss, np.array([math.log(max(1.0, len(sizes) / 2)), 0.0]), method="Nelder-Mead")
    alpha = float(expit(found.x[1]))
    return math.exp(float(found.x[0])) - alpha, alpha

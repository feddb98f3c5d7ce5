"""LiRA: how near synthetic people come to the target, judged by what that is in worlds with it and without it.

Source: Carlini et al. 2022, Membership Inference Attacks From First Principles (IEEE S&P), the online attack with one
variance a target and a score for generators: distance to the nearest record (Chen et al. 2020, GAN-Leaks, CCS) and
log density of records around the target (van Breugel et al. 2023, DOMIAS, AISTATS, numerator).
"""

from __future__ import annotations

import numpy as np

from factory.checks.features import Floats
from factory.checks.privacy.shadow.classify import FLOOR
from factory.checks.privacy.shadow.game import Coins

SCORES = ("nearest", "density")
_BANDWIDTH = 0.05


def scores(distances: Floats) -> Floats:
    """(nearest, density) of a target from its distances by cell (people x columns); more is nearer."""
    if not len(distances):
        return np.array([-1.0, np.log(FLOOR)])
    mean = distances.mean(axis=1)
    near = np.exp(-((mean / _BANDWIDTH) ** 2) / 2).mean()
    return np.array([-float(np.log(mean.min() + _BANDWIDTH / 100)), float(np.log(near + FLOOR))])


def likelihood_ratio(known: Floats, inside: Coins, asked: Floats) -> Floats:
    """log p(scores | in) - log p(scores | out) of the worlds asked (n,), Gaussians fitted on the worlds known.

    `known`, `asked`: worlds x scores; each score by itself, as though they were independent.
    """
    within, without = known[inside], known[~inside]
    if not len(within) or not len(without):
        return np.zeros(len(asked))
    variance = (within.var(axis=0) + without.var(axis=0)) / 2 + FLOOR
    gap = (asked - without.mean(axis=0)) ** 2 - (asked - within.mean(axis=0)) ** 2
    return np.asarray((gap / (2 * variance)).sum(axis=1))

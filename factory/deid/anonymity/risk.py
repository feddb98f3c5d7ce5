"""Risk that a person is found: prosecutor's risk, and delta-presence against the population."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from factory.core.errors import WrongType
from factory.deid.anonymity.classes import IntArray, Values, class_sizes, equivalence_classes

# EMA Policy 0070 and Health Canada print the risk of a class of eleven, 1/11, as 0.09.
ACCEPTED_RISK = 0.09


@dataclass(frozen=True)
class Risk:
    """Prosecutor's risk: the greatest, the mean over people, and the share of people above `threshold`."""

    maximum: float
    average: float
    share_above: float
    threshold: float


def prosecutor_risk(classes: IntArray, people: Values | None = None, threshold: float = ACCEPTED_RISK) -> Risk:
    """Risk 1/k of each person in a class of k people. Source: El Emam 2013, Guide to the De-Identification, ch. 16.

    A person with rows in several classes counts in each. A class of floor(1 / threshold) people is accepted.
    """
    sizes = class_sizes(classes, people)
    if not len(sizes):
        return Risk(0.0, 0.0, 0.0, threshold)
    total = int(sizes.sum())
    above = int(sizes[sizes < accepted_class(threshold)].sum())
    return Risk(float(1.0 / sizes.min()), len(sizes) / total, above / total, threshold)


def accepted_class(threshold: float) -> int:
    """Fewest people in a class whose risk a threshold accepts: 11 for 0.09, 20 for 0.05, 5 for 0.2."""
    return int(1.0 / threshold + 1e-9)


@dataclass(frozen=True)
class Presence:
    """Least and greatest probability that a person of the population is in the release."""

    least: float
    greatest: float


def delta_presence(
    released: pd.DataFrame,
    population: pd.DataFrame,
    released_people: Values | None = None,
    population_people: Values | None = None,
) -> Presence:
    """Bounds of the probability of presence over the classes of the population.

    Both frames hold the same quasi-identifiers, generalised alike; the release is part of the population.
    Source: Nergiz, Atzori and Clifton 2007 (SIGMOD). Raises: WrongType where the release is no part of it.
    """
    both = pd.concat([released, population[list(released.columns)]], ignore_index=True)
    classes = equivalence_classes(both)
    count = int(classes.max()) + 1 if len(classes) else 0
    ours = class_sizes(classes[: len(released)], released_people)
    ours = np.pad(ours, (0, count - len(ours)))
    theirs = class_sizes(classes[len(released) :], population_people)
    theirs = np.pad(theirs, (0, count - len(theirs)))
    outside = int((ours > theirs).sum())
    if outside:
        raise WrongType(
            f"In {outside} classes the release has more people than the population.",
            "Give the population the release was drawn from, generalised to the same levels.",
        )
    if not count:
        return Presence(0.0, 0.0)
    share = ours / theirs
    return Presence(float(share.min()), float(share.max()))

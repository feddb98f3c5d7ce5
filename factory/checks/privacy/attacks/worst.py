"""The worst of many attacks, with an interval that the choice does not spoil."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from factory.checks.neighbours import Floats
from factory.checks.privacy.attacks.roc import Interval

LEVEL = 0.95
K = TypeVar("K")
Judge = Callable[[Floats, Floats, float], Interval]


@dataclass(frozen=True)
class Worst(Generic[K]):
    """The attack whose upper bound is worst, its figure, and an interval for the worst figure of all."""

    key: K
    value: float
    low: float
    high: float
    people: tuple[int, int]


def worst(found: Mapping[K, tuple[Floats, Floats]], judge: Judge, by_lower: bool = False) -> Worst[K]:
    """The worst of the attacks `found` (scores of members and of others; not none of them).

    What is sought is the greatest of the attacks' true figures. It is not above the greatest of their upper bounds,
    each at 95%: to say that no attack passes a threshold each must be under it, and nothing was chosen. It is not below
    the greatest of their lower bounds once each is at 1 - 0.05/K: that some attack passes it is asked K times
    (intersection-union and Bonferroni; Berger, Technometrics 1982, 24:295). Nobody is set aside to choose by, and a
    generator that leaks nothing fails one time in forty at most.

    `by_lower`: name the attack of the worst lower bound, where the groups are of many sizes and the widest interval
    tells nothing.
    """
    corrected = 1 - (1 - LEVEL) / len(found)
    plain = {key: judge(*scores, LEVEL) for key, scores in found.items()}
    lows = {key: judge(*scores, corrected)[1] for key, scores in found.items()}
    key = max(found, key=lambda k: lows[k] if by_lower else plain[k][2])
    value = plain[key][0]
    high = max(interval[2] for interval in plain.values())
    return Worst(key, value, min(max(lows.values()), value), high, (len(found[key][0]), len(found[key][1])))

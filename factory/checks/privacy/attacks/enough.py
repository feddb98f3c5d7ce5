"""How many people a threshold asks for, and the sentence that says so where they are too few."""

from __future__ import annotations

import math

from scipy.stats import norm

from factory.checks.privacy.attacks.worst import LEVEL, Worst
from factory.words import Said

_REACH = float(norm.ppf(0.5 + LEVEL / 2))


def people_for_auc(threshold: float) -> int:
    """People a side for whom the upper bound of an attack that finds nobody lies under a threshold of AUC.

    Without a leak the variance of an AUC of n people a side is 1 / (6 n).
    """
    return math.ceil(_REACH**2 / (6 * (threshold - 0.5) ** 2))


def people_for_tpr(threshold: float, at: float) -> int:
    """The same for the share found where a share `at` of others is; its variance is then 2 at (1 - at) / n."""
    return math.ceil(_REACH**2 * 2 * at * (1 - at) / (threshold - at) ** 2)


def too_few(found: Worst[tuple[str, str]], threshold: float, needed: int, k: int, share: float = 1.0) -> str:
    """Why so few people clear nobody and how many could, as a sentence; empty where they suffice or the figure fails.

    `needed`: people a side whom the threshold asks for when nothing leaks; `share`: of all people those looked at.
    A side of 1 to `k` - 1 people is said to be `<k`.
    """
    inside, outside = found.people
    side = 2 / (1 / max(1, inside) + 1 / max(1, outside))
    enough = side >= needed and (found.high <= threshold or found.value >= threshold)
    if found.low > threshold or enough:
        return ""
    if found.value < threshold:
        needed = max(needed, math.ceil(side * ((found.high - found.value) / (threshold - found.value)) ** 2))
    most = _round_up(math.ceil(needed / share))
    if share == 1.0:
        return Said(
            "{inside} people who were trained on and {outside} who were not are too few for this threshold;"
            " it would take about {most:,} people of each kind.",
            inside=_shown(inside, k),
            outside=_shown(outside, k),
            most=most,
        )
    return Said(
        "{inside} people who were trained on and {outside} who were not, a share of {share:g} of all, are too few"
        " for this threshold; it would take about {most:,} people of each kind.",
        inside=_shown(inside, k),
        outside=_shown(outside, k),
        share=share,
        most=most,
    )


def _shown(people: int, k: int) -> str:
    return f"<{k}" if 0 < people < k else f"{people:,}"


def _round_up(people: int) -> int:
    """Two digits are as much as the guess is worth."""
    unit = int(10 ** max(0, len(str(people)) - 2))
    return -(-people // unit) * unit

"""Linked releases: can people be told by two or more releases together, where each alone gives them away too little?

Whoever holds several releases attacks each and adds up. Every attack on every view is run on each release by itself,
its scores are made comparable by rank, and of a person's scores two things are judged: their sum, against which noise
that each release drew anew averages out, and the greatest, which finds who was copied in one of them only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from factory.checks.comparison import Comparison
from factory.checks.measure import Bearing, Measure
from factory.checks.neighbours import Floats
from factory.checks.privacy.attacks.battery import CITATION, Battery, Key, run_battery
from factory.checks.privacy.attacks.enough import people_for_auc, people_for_tpr, too_few
from factory.checks.privacy.attacks.roc import auc_interval, tpr_interval
from factory.checks.privacy.attacks.worst import Judge, Worst, worst
from factory.contract.policy import Policy
from factory.words import Said

_FALSE = 0.01
_FEWEST = 2
_CITED = f"{CITATION}; WP216 2.2.2; Ganta et al., KDD 2008, composition attacks; control RL-11"
_COMPOSED = "Dwork and Roth 2014, theorem 3.16; control RL-11"
AUC, TPR, EPSILON = "linked_membership_auc", "linked_membership_tpr", "linked_epsilon"


@dataclass(frozen=True, eq=False)
class Attacked:
    """A release as it is attacked: `train` of the comparison are people learned from in every release they are in,
    `holdout` people learned from in none; `people` names who each row of the two person tables is."""

    comparison: Comparison
    people: Mapping[str, Sequence[str]]


def measure_linked(releases: Sequence[Attacked], policy: Policy, lost: int = 0) -> list[Measure]:
    """AUC and people found at 1% false alarms of attacks on these releases together.

    `lost`: how many more releases of the same people there are that could not be attacked; then nobody is cleared.
    """
    scores = _together(releases) if len(releases) > 1 else {}
    if not scores or min(map(len, next(iter(scores.values())))) < _FEWEST:
        return [_measure(AUC, _none(), policy.membership_auc, _too_few(lost))]
    k = policy.smallest_cell
    made = []
    for name, threshold, judge, needed in (
        (AUC, policy.membership_auc, auc_interval, people_for_auc(policy.membership_auc)),
        (TPR, policy.membership_tpr, _tpr, people_for_tpr(policy.membership_tpr, _FALSE)),
    ):
        chosen: Judge = judge
        found = worst(scores, chosen)
        weak = _gone(lost) if lost else too_few(found, threshold, needed, k)
        made.append(_measure(name, found, threshold, weak))
    return made


def measure_epsilon(epsilon: float, policy: Policy, people: int, unclaimed: int) -> Measure:
    """Epsilon of a person over all releases they are in, by basic composition; `unclaimed`: how many of these releases
    were made without differential privacy, which leaves no such epsilon."""
    weak = Said("A release of the same people claims no differential privacy.") if unclaimed else ""
    return Measure(
        EPSILON, Said("Epsilon a person over all releases they are in"), epsilon, None, None, policy.epsilon_linked,
        "at most", people, _COMPOSED, weak=weak,
    )  # fmt: skip


def _together(releases: Sequence[Attacked]) -> dict[Key, tuple[Floats, Floats]]:
    """Of each way to add up, attack and view: scores of people learned from, and of the others."""
    batteries = [run_battery(one.comparison) for one in releases]
    common = set.intersection(*(set(battery.scores) for battery in batteries))
    sides = {person: part for one in releases for part, people in one.people.items() for person in people}
    made: dict[Key, tuple[Floats, Floats]] = {}
    for key in batteries[0].scores:
        if key not in common:
            continue
        ranks = pd.concat([_ranks(*pair, key) for pair in zip(releases, batteries, strict=True)], axis=1)
        member = np.array([sides[person] == "train" for person in ranks.index])
        for said, add in _WAYS.items():
            total = add(ranks).to_numpy(dtype=np.float64)
            made[Said(said, attack=Said(key[0])), key[1]] = total[member], total[~member]
    return made


def _ranks(one: Attacked, battery: Battery, key: Key) -> pd.Series:
    """By person the score as a share of the pool that scores lower, ties half, in (0, 1)."""
    sides = ("train" if inside else "holdout" for inside in battery.members)
    names = [one.people[side][row] for side, row in zip(sides, battery.rows, strict=True)]
    place = (pd.Series(battery.scores[key]).rank() - 0.5) / len(names)
    return pd.Series(place.to_numpy(), index=names)


def _sum(ranks: pd.DataFrame) -> pd.Series:
    """Ranks as normal scores, added; of a person in fewer releases as many as they are in (Stouffer)."""
    normal = pd.DataFrame(norm.ppf(ranks.to_numpy(dtype=np.float64)), index=ranks.index)
    total: pd.Series = normal.sum(axis=1) / np.sqrt(normal.notna().sum(axis=1))
    return total


def _greatest(ranks: pd.DataFrame) -> pd.Series:
    greatest: pd.Series = ranks.max(axis=1)
    return greatest


_WAYS: dict[Said, Callable[[pd.DataFrame], pd.Series]] = {
    Said("{attack}, added up"): _sum,
    Said("{attack}, the greatest"): _greatest,
}


def _tpr(members: Floats, others: Floats, level: float) -> tuple[float, float, float]:
    return tpr_interval(members, others, _FALSE, level)


def _none() -> Worst[Key]:
    return Worst((Said("none"), ""), float("nan"), 0.0, 1.0, (0, 0))


def _gone(lost: int) -> str:
    return Said("{n} more releases of the same people are not there to be attacked.", n=lost)


def _too_few(lost: int) -> str:
    if lost:
        return _gone(lost)
    return Said("Too few people are in several releases on one side of the split to attack these together.")


def _measure(name: str, found: Worst[Key], threshold: float, weak: str) -> Measure:
    titles: dict[str, Any] = {
        AUC: Said("Membership attack on linked releases together, AUC; worst: {attack}", attack=found.key[0]),
        TPR: Said("People found at 1% false alarms by linked releases together; worst: {attack}", attack=found.key[0]),
    }
    return Measure(
        name, titles[name], found.value, found.low, found.high, threshold, "at most", sum(found.people), _CITED,
        where=found.key[1], bearing=Bearing.GATE, weak=weak,
    )  # fmt: skip

"""Membership inference: can people the engine learned from be told from people it never saw?"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from factory.checks.comparison import Comparison
from factory.checks.measure import Bearing, Measure
from factory.checks.neighbours import Floats
from factory.checks.privacy.attacks.aggregates import figures, roc
from factory.checks.privacy.attacks.battery import ATTACKS, CITATION, Battery, Bools, Key, person_scores, run_battery
from factory.checks.privacy.attacks.enough import people_for_auc, people_for_tpr, too_few
from factory.checks.privacy.attacks.groups import FEWEST, exposed, groups
from factory.checks.privacy.attacks.matching import values
from factory.checks.privacy.attacks.roc import auc_interval, tpr_interval
from factory.checks.privacy.attacks.worst import Judge, Worst, worst
from factory.words import Said, said_fields

_TENTH, _HUNDREDTH = 0.1, 0.01
_FALSE, _MORE_FALSE = 0.01, 0.1
_AREA = f"{CITATION}; DeLong et al. 1988; Berger 1982; control ED-3"
_SHARE = f"{CITATION}; Carlini et al., LiRA, S&P 2022; Wilson 1927; Berger 1982; control ED-3"
K = TypeVar("K", bound=Hashable)


def measure_membership(comparison: Comparison) -> tuple[list[Measure], dict[str, Any]]:
    """The worst of all attacks on all views: AUC, people found at 1% and 10% false alarms, and among exposed people.

    Gates: `membership_auc`, `membership_tpr` and `membership_auc_exposed`. Alarms: the worst hundredth of people and
    the worst subgroup. Intervals hold for the worst attack although it was chosen: see `attacks.worst`. The second
    value are aggregates for the report: figures of each attack, points of the worst one's ROC curve with their band,
    and the groups looked at. Source: Yeom et al., CSF 2018 for the game.
    """
    battery = run_battery(comparison)
    if not battery.scores:
        return [_nothing(comparison)], {}
    scores = {key: battery.of(key) for key in battery.scores}
    said = _said(comparison, battery)
    area = worst(scores, auc_interval)
    listed = groups(comparison, battery)
    measures = [
        _area(comparison, area, said),
        _share(comparison, scores, said),
        _further_share(comparison, scores, said),
        *_outliers(comparison, battery, said),
        *_worst_group(comparison, battery, listed),
        _single_values(comparison, battery),
    ]
    return measures, {
        "people": {"trained": int(battery.members.sum()), "others": int((~battery.members).sum())},
        "attacks": [
            {**figures(*key, *pair), "said": said_fields({"attack": key[0], "view": battery.views[key[1]].name})}
            for key, pair in scores.items()
        ],
        "roc": roc(*area.key, *scores[area.key]),
        "groups": sorted(listed),
    }


@dataclass(frozen=True)
class _Stated(Generic[K]):
    """What a measure says beside its figure."""

    name: str
    title: str
    where: str
    citation: str
    threshold: float | None
    bearing: Bearing = Bearing.GATE
    weak: str = ""

    def of(self, comparison: Comparison, found: Worst[K]) -> Measure:
        """The measure of the worst attack."""
        return Measure(
            self.name, self.title, found.value, found.low, found.high, self.threshold, "at most", sum(found.people),
            self.citation, comparison.seed, self.where, self.bearing, self.weak,
        )  # fmt: skip


def _tpr(at: float) -> Judge:
    return lambda members, others, level: tpr_interval(members, others, at, level)


def _said(comparison: Comparison, battery: Battery) -> Said:
    """`7 attacks on 4 views; 4,000 and 4,000 people drawn of 10,000 and 10,000, intervals 1.6 times as wide`."""
    inside, outside = int(battery.members.sum()), int((~battery.members).sum())
    every = comparison.people("train"), comparison.people("holdout")
    made = Said("{attacks} attacks on {n} views", attacks=len(ATTACKS), n=len(battery.views))
    if len(battery.views) == 1:
        made = Said("{attacks} attacks on 1 view", attacks=len(ATTACKS))
    drawn = max((len(view.made) for view in battery.views.values()), default=0)
    if drawn < max((len(comparison.synthetic[table]) for table in comparison.tables()), default=0):
        made = Said("{what}; at most {drawn:,} synthetic rows looked at", what=made, drawn=drawn)
    if (inside, outside) != every:
        made = Said(
            "{what}; {inside:,} and {outside:,} people drawn of {trained:,} and {others:,}, intervals {wider:.1f} times"
            " as wide as all would give",
            what=made,
            inside=inside,
            outside=outside,
            trained=every[0],
            others=every[1],
            wider=math.sqrt((1 / inside + 1 / outside) / (1 / every[0] + 1 / every[1])),
        )
    return made


def _area(comparison: Comparison, found: Worst[Key], said: Said) -> Measure:
    threshold = comparison.contract.policy.membership_auc
    title = Said("Membership attack, AUC; worst: {attack} ({said})", attack=Said(found.key[0]), said=said)
    weak = too_few(found, threshold, people_for_auc(threshold), comparison.contract.policy.smallest_cell)
    return _Stated[Key]("membership_auc", title, found.key[1], _AREA, threshold, weak=weak).of(comparison, found)


def _share(comparison: Comparison, scores: dict[Key, tuple[Floats, Floats]], said: Said) -> Measure:
    threshold = comparison.contract.policy.membership_tpr
    found = worst(scores, _tpr(_FALSE))
    title = Said("People found at 1% false alarms; worst: {attack} ({said})", attack=Said(found.key[0]), said=said)
    weak = too_few(found, threshold, people_for_tpr(threshold, _FALSE), comparison.contract.policy.smallest_cell)
    return _Stated[Key]("membership_tpr", title, found.key[1], _SHARE, threshold, weak=weak).of(comparison, found)


def _further_share(comparison: Comparison, scores: dict[Key, tuple[Floats, Floats]], said: Said) -> Measure:
    found = worst(scores, _tpr(_MORE_FALSE))
    title = Said(
        "People found at 10% false alarms (diagnostic); worst: {attack} ({said})", attack=Said(found.key[0]), said=said
    )
    stated = _Stated[Key]("membership_tpr_10", title, found.key[1], _SHARE, None, Bearing.DIAGNOSTIC)
    return stated.of(comparison, found)


def _outliers(comparison: Comparison, battery: Battery, said: Said) -> list[Measure]:
    """The tenth of people who stand out most as a gate, the hundredth as an alarm."""
    threshold, k = comparison.contract.policy.membership_auc_exposed, comparison.contract.policy.smallest_cell
    made = []
    for name, share, whose, bearing in (
        ("membership_auc_exposed", _TENTH, Said("tenth"), Bearing.GATE),
        ("membership_auc_outliers", _HUNDREDTH, Said("hundredth"), Bearing.ALARM),
    ):
        chosen = exposed(battery, max(share, 2 * FEWEST / len(battery.members)))
        found = _among(battery, chosen)
        weak: str = ""
        if found is None:
            found = Worst((Said("none"), ""), float("nan"), 0.0, 1.0, (0, 0))
            weak = Said("Of the people who stand out most all are of one kind.")
        elif bearing is Bearing.GATE:
            weak = too_few(found, threshold, people_for_auc(threshold), k, share)
        title = Said(
            "Membership attack on the {whose} of people who stand out most, AUC; worst: {attack} ({said})",
            whose=whose,
            attack=Said(found.key[0]),
            said=said,
        )
        made.append(_Stated[Key](name, title, found.key[1], _AREA, threshold, bearing, weak).of(comparison, found))
    return made


def _among(battery: Battery, chosen: Bools) -> Worst[Key] | None:
    if min((battery.members & chosen).sum(), (~battery.members & chosen).sum()) < 2:
        return None
    return worst({key: battery.of(key, chosen) for key in battery.scores}, auc_interval)


def _worst_group(comparison: Comparison, battery: Battery, listed: dict[str, Bools]) -> list[Measure]:
    """The group and attack whose lower bound is worst, an alarm corrected for every group and attack looked at."""
    if not listed:
        return []
    threshold = comparison.contract.policy.membership_auc_exposed
    scores = {(label, *key): battery.of(key, held) for label, held in listed.items() for key in battery.scores}
    found = worst(scores, auc_interval, by_lower=True)
    label, attack, view = found.key
    title = Said(
        "Membership attack on the worst of {n} groups, AUC: {attack} on {view}",
        n=len(listed),
        attack=Said(attack),
        view=battery.views[view].name,
    )
    stated = _Stated[tuple[str, str, str]]("membership_auc_subgroup", title, label, _AREA, threshold, Bearing.ALARM)
    return [stated.of(comparison, found)]


def _single_values(comparison: Comparison, battery: Battery) -> Measure:
    """What values of the training people give away one by one, in no row that is anybody's."""
    scores = {
        ("single values", name): person_scores(values(view), view.people, battery.members)
        for name, view in battery.views.items()
    }
    found = worst(scores, auc_interval)
    title = Said("Membership by single values that synthetic rows repeat, whatever row they stand in, AUC (diagnostic)")
    stated = _Stated[Key]("membership_auc_values", title, found.key[1], _AREA, None, Bearing.DIAGNOSTIC)
    return stated.of(comparison, found)


def _nothing(comparison: Comparison) -> Measure:
    title = Said("Membership attacks: no table has rows and columns to compare")
    return Measure(
        "membership_auc", title, float("nan"), None, None, comparison.contract.policy.membership_auc, "at most", 0,
        _AREA, comparison.seed, weak=Said("Nothing to attack."),
    )  # fmt: skip

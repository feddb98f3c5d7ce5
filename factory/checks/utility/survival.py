"""Survival: how far Kaplan-Meier curves are apart, beyond those of a fresh real sample, and Cox regressions."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from factory.checks.comparison import PARTS, Comparison, Part
from factory.checks.measure import Bearing, Measure
from factory.checks.utility.cox import cox_measures
from factory.checks.utility.kaplan_meier import Distance, curve_points, km_distance
from factory.checks.utility.rows import column_of, missing_from, owned, text_of
from factory.checks.utility.times import Times, horizon, times_of
from factory.checks.utility.tstr import measure_name
from factory.contract import Survival
from factory.words import Said

_REAL: tuple[tuple[Part, Said], ...] = (("train", Said("training")), ("holdout", Said("hold-out")))
KM = "Kaplan and Meier 1958 (JASA 53:457); mean vertical distance, bootstrap over people"


@dataclass(frozen=True)
class Parts:
    """Times of the three parts, and the groups of their rows; no groups where the survival has no category."""

    times: dict[Part, Times]
    groups: dict[Part, pd.Series]


def survivals(comparison: Comparison, survival: Survival) -> tuple[list[Measure], dict[str, Any]]:
    """The gate of a survival, the worst of its groups, its Cox regression; curves and coefficients."""
    why = missing_from(comparison, survival.table, survival.columns())
    parts = None if why else _parts(comparison, survival)
    why = why or _too_little(comparison, parts)
    if parts is None or why:
        details = {"table": survival.table, "weak": why}
        return [_gate(comparison, survival, None, why), *cox_measures(comparison, survival, why)[0]], details
    k = comparison.contract.policy.smallest_cell
    whole = km_distance(parts.times, k, comparison.seed, survival.id)
    measures = [_gate(comparison, survival, whole, _by_chance(comparison, whole))]
    curves = [{"group": "all", **curve_points(parts.times, k), **_figures(whole)}]
    worst, of_groups = _groups(comparison, survival, parts)
    measures += worst
    curves += of_groups
    cox, coefficients = cox_measures(comparison, survival, "")
    return measures + cox, {"table": survival.table, "curves": curves, "cox": coefficients}


def _parts(comparison: Comparison, survival: Survival) -> Parts:
    made: dict[Part, Times] = {}
    groups: dict[Part, pd.Series] = {}
    time, event = (str(column_of(comparison, survival.table, name)) for name in (survival.time, survival.event))
    by = column_of(comparison, survival.table, survival.by) if survival.by else None
    for part in PARTS:
        frame, people = owned(comparison, part, survival.table)
        taken, kept = times_of(frame, time, event, survival.positive)
        made[part] = Times.of(taken[0][kept], taken[1][kept], people[kept])
        if by is not None:
            groups[part] = text_of(frame[by])[kept].reset_index(drop=True)
    return Parts(made, groups)


def _too_little(comparison: Comparison, parts: Parts | None) -> str:
    if parts is None:
        return ""
    k = comparison.contract.policy.smallest_cell
    times = parts.times
    if not len(times["synthetic"]):
        return Said("No synthetic row has both a time and an event.")
    for part, said in _REAL:
        one = times[part]
        if len(np.unique(one.people[one.event == 1])) < k:
            return Said("Fewer than {k} {whose} people have the event.", k=k, whose=said)
    return "" if horizon(times, k) > 0 else Said("At no time are {k} people at risk.", k=k)


def _by_chance(comparison: Comparison, found: Distance | None) -> str:
    """Why a distance that is none clears nobody: chance alone makes curves of so few people differ by more."""
    least = comparison.contract.policy.km_distance
    if found is None or found.fresh <= least or not least:
        return ""
    # The distance by chance shrinks with the root of the number of people.
    times = math.ceil((found.fresh / least) ** 2)
    return Said(
        "Curves of so few people are further apart by chance than the threshold; it would take {times} times as many.",
        times=times,
    )


def _gate(comparison: Comparison, survival: Survival, found: Distance | None, why: str) -> Measure:
    return Measure(
        name=measure_name("km_distance", survival.id),
        title=Said(
            "Survival {survival}: mean distance of the Kaplan-Meier curves, beyond that of a fresh real sample",
            survival=survival.id,
        ),
        value=math.nan if found is None else found.excess,
        low=-1.0 if found is None else found.low,
        high=1.0 if found is None else found.high,
        threshold=comparison.contract.policy.km_distance,
        direction="at most",
        n=comparison.people("synthetic"),
        citation=KM,
        seed=comparison.seed,
        where=Said("survival {survival}", survival=survival.id),
        bearing=Bearing.GATE,
        weak=why,
    )


def _groups(comparison: Comparison, survival: Survival, parts: Parts) -> tuple[list[Measure], list[dict[str, Any]]]:
    """The group whose curve is furthest off, and the curves of all groups of enough people."""
    if not parts.groups:
        return [], []
    k = comparison.contract.policy.smallest_cell
    big = _big_groups(parts, k)
    shown, found = [], []
    for label in big:
        times = _of_group(parts, label)
        # A Bonferroni level: the worst of several is off by chance more often than one is.
        apart = km_distance(times, k, comparison.seed, f"{survival.id} {label}", 1 - 0.05 / len(big))
        if apart is not None:
            shown.append({"group": label, **curve_points(times, k), **_figures(apart)})
            found.append((apart.low, label, apart, len(np.unique(times["synthetic"].people))))
    whole = _gate(comparison, survival, None, "")
    by = str(survival.by)
    title = Said(
        "Survival {survival}: the same within the group of {by} that is furthest off", survival=survival.id, by=by
    )
    named = measure_name("km_distance_group", survival.id)
    worst = replace(whole, name=named, title=title, threshold=None, bearing=Bearing.DIAGNOSTIC)
    if not found:
        return [replace(worst, n=0, weak=Said("No group of {by} has enough people in each part.", by=by))], []
    _, label, apart, people = max(found, key=lambda one: (one[0], one[1]))
    where = Said("survival {survival}, {by} = {label}", survival=survival.id, by=by, label=label)
    return [replace(worst, value=apart.excess, low=apart.low, high=apart.high, n=people, where=where)], shown


def _big_groups(parts: Parts, k: int) -> list[str]:
    """Labels that at least k training and k hold-out people have, and any synthetic one."""
    counts = [_people_of(parts, part) for part in PARTS]
    train, fresh, made = (dict(count) for count in counts)
    return sorted(label for label, n in train.items() if n >= k and fresh.get(label, 0) >= k and made.get(label, 0))


def _people_of(parts: Parts, part: Part) -> list[tuple[str, int]]:
    pairs = pd.DataFrame({"group": parts.groups[part], "person": parts.times[part].people}).dropna().drop_duplicates()
    return [(str(label), int(count)) for label, count in pairs["group"].value_counts().items()]


def _of_group(parts: Parts, label: str) -> dict[Part, Times]:
    return {
        part: parts.times[part].some(np.flatnonzero((parts.groups[part] == label).to_numpy(dtype=bool)))
        for part in PARTS
    }


def _figures(found: Distance | None) -> dict[str, float | None]:
    if found is None:
        return {}
    return {"distance": round(found.synthetic, 4), "fresh_distance": round(found.fresh, 4)}

"""Events in time: gaps, lengths, each lab's dependence on the value before, on other labs, and its course."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from factory.checks.comparison import Comparison, Part
from factory.checks.fidelity.replicas import (
    GROUPS,
    Floats,
    Ints,
    beside,
    correlated,
    counted,
    kolmogorov,
    told,
)
from factory.checks.fidelity.sample import SIDES
from factory.checks.fidelity.series import FEWEST_ROWS, Events, Series, events_of, series_of, values_of
from factory.checks.fidelity.trajectories import trajectories
from factory.checks.measure import Measure
from factory.words import Said

# Labs whose correlations with each other are looked at.
MOST_CROSSED = 6
KS = "two-sample Kolmogorov-Smirnov distance"
LAG = "Box, Jenkins and Reinsel, Time Series Analysis, ch. 2: autocorrelation at lag 1, pooled over people"


def measure_time(comparison: Comparison) -> tuple[list[Measure], dict[str, Any]]:
    """For each child table with a time: gaps, lengths, autocorrelation, cross-correlation and trajectories.

    `time_gaps`: distance of the gaps between a person's distinct times. `sequence_lengths`: distance of the number of
    rows of those who have any. `autocorrelation_lag1` and `cross_correlation`: mean difference from the training
    rows', values between their .1% and 99.9% quantiles. `trajectories`: see `trajectories`. Details name a lab only
    where at least `smallest_cell` training people have two values of it.
    """
    measures: list[Measure] = []
    details: dict[str, Any] = {}
    for table in comparison.tables():
        found = events_of(comparison, table)
        if found is None:
            continue
        events, unit = found
        labs = series_of(comparison, table, events["train"])
        shown: dict[str, Any] = {"unit": unit}
        for measure, name, title, citation in (
            (_gaps(events), "time_gaps", Said("Distance of the gaps between a person's times"), KS),
            (_lengths(events), "sequence_lengths", Said("Distance of the number of rows a person"), KS),
            (_lags(events, labs, shown), "autocorrelation_lag1",
             Said("Mean difference of labs' lag-1 autocorrelation"), LAG),
            (_crossed(comparison, events, labs, shown), "cross_correlation",
             Said("Mean difference of the correlations of labs at one time and the next"), LAG),
            (trajectories(comparison, events, labs, shown), "trajectories",
             Said("Mean distance of labs' mean courses, in standard deviations"),
             "means over people by time since the first record"),
        ):  # fmt: skip
            if measure is not None:
                n = len(np.unique(events["synthetic"].people))
                ends = (0.0, np.inf) if name == "trajectories" else (0.0, 2.0)
                measures += beside(
                    name, title, measure["synthetic"], measure["holdout"], "at most", n, citation, table,
                    comparison.seed, ends,
                )  # fmt: skip
                shown[name] = {part: told(value) for part, value in measure.items()}
        details[table] = shown
    return measures, details


def lag_pairs(people: Ints, values: Floats, groups: Ints) -> tuple[Floats, Floats, Ints]:
    """Each value and the one after it of the same person, and the group; rows by person and time (n,)."""
    same = people[1:] == people[:-1]
    return values[:-1][same], values[1:][same], groups[1:][same]


def _gaps(events: dict[Part, Events]) -> dict[Part, Floats] | None:
    gaps = {}
    for part, one in events.items():
        step = np.diff(one.time)
        real = (one.people[1:] == one.people[:-1]) & (step > 0)
        gaps[part] = (step[real], one.groups[1:][real])
    return _distances(gaps)


def _lengths(events: dict[Part, Events]) -> dict[Part, Floats] | None:
    made = {}
    for part, one in events.items():
        _, first, counts = np.unique(one.people, return_index=True, return_counts=True)
        made[part] = (counts.astype("float64"), one.groups[first])
    return _distances(made)


def _distances(values: dict[Part, tuple[Floats, Ints]]) -> dict[Part, Floats] | None:
    if any(not len(one) for one, _ in values.values()):
        return None
    levels = np.unique(np.concatenate([one for one, _ in values.values()]))
    tables = {
        part: counted(np.searchsorted(levels, one), len(levels), groups) for part, (one, groups) in values.items()
    }
    return {part: kolmogorov(tables["train"], tables[part]) for part in SIDES}


def _lags(events: dict[Part, Events], labs: list[Series], shown: dict[str, Any]) -> dict[Part, Floats] | None:
    found: dict[Part, list[Floats]] = {part: [] for part in events}
    for lab in labs:
        for part, one in events.items():
            at, values = values_of(one, lab)
            found[part].append(correlated(*lag_pairs(one.people[at], values, one.groups[at])))
    shown["lag1"] = {lab.label: {part: told(found[part][number]) for part in events} for number, lab in enumerate(labs)}
    return _mean_difference(found)


def _crossed(
    comparison: Comparison, events: dict[Part, Events], labs: list[Series], shown: dict[str, Any]
) -> dict[Part, Floats] | None:
    """Correlations of labs at one visit (a day, or the training rows' median gap) and at the visit after it."""
    labs = labs[:MOST_CROSSED]
    cell = comparison.contract.policy.smallest_cell
    window = 1.0 if shown["unit"] == "days" else _median_gap(events["train"])
    visits = {part: _visits(one, labs, window) for part, one in events.items()}
    found: dict[Part, list[Floats]] = {part: [] for part in events}
    names: list[dict[str, Any]] = []
    for lag in (0, 1):
        pairs = itertools.combinations(range(len(labs)), 2) if lag == 0 else itertools.permutations(range(len(labs)), 2)
        for one, two in pairs:
            sides = {part: _at_lag(*visit, one, two, lag) for part, visit in visits.items()}
            behind = sides["train"][3]
            if len(behind) < FEWEST_ROWS or len(np.unique(behind)) < cell:
                continue
            for part, (left, right, groups, _) in sides.items():
                found[part].append(correlated(left, right, groups))
            names.append({"labs": [labs[one].label, labs[two].label], "lag": lag})
    shown["crossed"] = [
        {**name, **{part: told(found[part][number]) for part in events}} for number, name in enumerate(names)
    ]
    return _mean_difference(found)


def _visits(events: Events, labs: list[Series], window: float) -> tuple[Floats, Ints, Ints]:
    """Mean of each lab at each visit (visits x labs, nan where there is none), the visits' people and groups."""
    if not len(events.time):
        return np.zeros((0, len(labs))), events.people, events.groups
    stay = np.floor(events.time / window)
    new = np.concatenate([[True], (events.people[1:] != events.people[:-1]) | (stay[1:] != stay[:-1])])
    number = np.cumsum(new) - 1
    size = int(number[-1]) + 1
    made = np.full((size, len(labs)), np.nan)
    for place, lab in enumerate(labs):
        at, values = values_of(events, lab)
        counts = np.bincount(number[at], minlength=size)
        sums = np.bincount(number[at], values, minlength=size)
        made[counts > 0, place] = sums[counts > 0] / counts[counts > 0]
    return made, events.people[new], events.groups[new]


def _at_lag(
    visits: Floats, people: Ints, groups: Ints, one: int, two: int, lag: int
) -> tuple[Floats, Floats, Ints, Ints]:
    """Both labs' values where both are there, with their groups and people."""
    kept = len(people) - lag
    left, right = visits[:kept, one], visits[lag:, two]
    there = ~np.isnan(left) & ~np.isnan(right) & (people[:kept] == people[lag:])
    return left[there], right[there], groups[lag:][there], people[lag:][there]


def _median_gap(events: Events) -> float:
    step = np.diff(events.time)
    real = step[(events.people[1:] == events.people[:-1]) & (step > 0)]
    return float(np.median(real))


def _mean_difference(found: dict[Part, list[Floats]]) -> dict[Part, Floats] | None:
    """Mean absolute difference from the training rows' figures; one that cannot be told counts as no correlation."""
    kept = [at for at, one in enumerate(found["train"]) if np.isfinite(one).all()]
    if not kept:
        return None
    return {
        part: np.asarray(
            np.mean([np.abs(found["train"][at] - _told_or_none(found[part][at])) for at in kept], axis=0)
        )
        for part in SIDES
    }  # fmt: skip


def _told_or_none(replicas: Floats) -> Floats:
    return np.nan_to_num(replicas) if np.isfinite(replicas[0]) else np.zeros(1 + GROUPS)

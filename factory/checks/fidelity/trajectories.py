"""The mean course of each lab over the time since a person's first record, with its interval over people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from factory.checks.comparison import Comparison, Part
from factory.checks.fidelity.replicas import GROUPS, Floats, Ints, left_out
from factory.checks.fidelity.series import Events, Series, values_of

CELLS = 10


@dataclass(frozen=True)
class Course:
    """Means by cell of time with replicas (replicas x cells), standard errors and numbers of people (cells,)."""

    means: Floats
    errors: Floats
    people: Ints


def trajectories(
    comparison: Comparison, events: dict[Part, Events], labs: list[Series], shown: dict[str, Any]
) -> dict[Part, Floats] | None:
    """Mean distance of the courses from the training people's, in standard deviations of the lab; fills `shown`.

    Time is cut at tenths of the training rows' times since the first record. A cell counts where at least
    `smallest_cell` training people have a value in it; each person counts once a cell, with the mean of the values.
    A cell that too few others have a value in counts one standard deviation, and is told as `lacking`.
    """
    cell = comparison.contract.policy.smallest_cell
    edges = cells_of(events["train"].since)
    made: dict[str, Any] = {}
    distances: dict[Part, list[Floats]] = {"synthetic": [], "holdout": []}
    for lab in labs:
        courses = {part: course(one, lab, edges) for part, one in events.items()}
        enough = courses["train"].people >= cell
        _, values = values_of(events["train"], lab)
        spread = float(np.std(values))
        if not enough.any() or spread == 0:
            continue
        for part, kept in distances.items():
            apart = np.abs(courses[part].means - courses["train"].means) / spread
            apart[:, courses[part].people < cell] = 1.0
            kept.append(np.asarray(apart[:, enough].mean(axis=1)))
        made[lab.label] = _shown(courses, edges, enough, cell)
    shown["trajectories_by_lab"] = made
    if not distances["synthetic"]:
        return None
    return {part: np.asarray(np.mean(kept, axis=0)) for part, kept in distances.items()}


def cells_of(since: Floats) -> Floats:
    """Inner edges at tenths of the times, to two digits, so that no edge is one row's time."""
    edges = [float(f"{edge:.2g}") for edge in np.quantile(since, [at / CELLS for at in range(1, CELLS)])]
    return np.unique(edges)


def course(events: Events, lab: Series, edges: Floats) -> Course:
    """A lab's mean by cell of time since the first record, over the means of people."""
    at, values = values_of(events, lab)
    cells = np.searchsorted(edges, events.since[at], side="right")
    size = len(edges) + 1
    if not len(at):
        nothing = np.full(size, np.nan)
        return Course(np.tile(nothing, (1 + GROUPS, 1)), nothing, np.zeros(size, dtype=np.int64))
    keys, first, inverse = np.unique(events.people[at] * size + cells, return_index=True, return_inverse=True)
    means = np.bincount(inverse, values) / np.bincount(inverse)
    where, groups = (keys % size).astype(np.int64), events.groups[at][first]
    sums, people = left_out(where, means, size, groups), left_out(where, np.ones(len(means)), size, groups)
    squares = np.bincount(where, means**2, minlength=size)
    with np.errstate(all="ignore"):
        whole = sums / people
        variance = np.maximum(squares - people[0] * whole[0] ** 2, 0) / (people[0] - 1)
        return Course(whole, np.sqrt(variance / people[0]), people[0].astype(np.int64))


def _shown(courses: dict[Part, Course], edges: Floats, enough: np.ndarray, cell: int) -> dict[str, Any]:
    real, made = courses["train"], courses["synthetic"]
    inner = np.flatnonzero(enough)
    time = [0.0, *edges.tolist()]
    low, high = real.means[0] - 1.96 * real.errors, real.means[0] + 1.96 * real.errors
    return {
        "time": [time[at] for at in inner],
        "real": [_digits(real.means[0][at]) for at in inner],
        "low": [_digits(low[at]) for at in inner],
        "high": [_digits(high[at]) for at in inner],
        "synthetic": [_digits(made.means[0][at]) if made.people[at] >= cell else None for at in inner],
        "people": [int(real.people[at]) for at in inner],
        "lacking": int((made.people[inner] < cell).sum()),
    }


def _digits(value: float) -> float | None:
    return float(f"{value:.4g}") if np.isfinite(value) else None

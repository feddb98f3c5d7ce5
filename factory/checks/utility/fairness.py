"""Whether learning from synthetic rows costs some group of people more than the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from factory.checks.comparison import Comparison, Part
from factory.checks.features import Floats
from factory.checks.measure import Bearing, Measure
from factory.checks.utility.curves import auc_difference, dense, weighted_auc
from factory.checks.utility.groups import Grouping, groupings
from factory.checks.utility.rows import Bools, column_of, owned
from factory.checks.utility.transfer import Transfer
from factory.checks.utility.tstr import measure_name
from factory.words import Said

CITATION = "Obuchowski 1997 (Biometrics 53:567) for AUROCs of clustered rows; Bonferroni's correction over groups"


@dataclass(frozen=True)
class Group:
    """A group that is big enough to be judged: the hold-out rows of its people."""

    column: str
    label: str
    rows: Bools
    people: int


def fairness(comparison: Comparison, found: Transfer) -> tuple[list[Measure], dict[str, Any]]:
    """The alarm of the group that surely loses most, every group's AUROCs, and how many groups are too small."""
    big: list[Group] = []
    small: list[dict[str, Any]] = []
    target = column_of(comparison, found.task.table, found.task.target)
    for grouping in groupings(comparison, found.task.table):
        # The target itself may be a quasi-identifier, and all of a group then give one answer.
        if grouping.column != target:
            judged, few = _sorted_out(comparison, found, grouping)
            big += judged
            small += few
    measured = [(group, *_gap(found, group, 1 - 0.05 / len(big))) for group in big]
    details = [_row(comparison, found, one) for one in measured]
    return [_alarm(comparison, found, measured)], {"groups": details, "too_small": small}


def _sorted_out(
    comparison: Comparison, found: Transfer, grouping: Grouping
) -> tuple[list[Group], list[dict[str, Any]]]:
    k = comparison.contract.policy.smallest_cell
    truth, people = found.trtr.asked.truth, found.trtr.asked.people
    big, named, hidden = [], [], 0
    for label, behind in _people_of(comparison, found.task.table, grouping, "train"):
        rows = np.asarray((grouping.labels["holdout"] == label).to_numpy(dtype=bool))
        fewest = min(len(np.unique(people[rows & (truth == answer)])) for answer in (0, 1))
        if behind < k:
            hidden += 1
        elif fewest < k:
            named.append(label)
        else:
            big.append(Group(grouping.column, label, rows, len(np.unique(people[rows]))))
    few: list[dict[str, Any]] = []
    if named:
        few.append({"column": grouping.column, "groups": sorted(named), "with_either_answer": f"<{k}"})
    if hidden:
        few.append({"column": grouping.column, "groups": hidden, "training_people": f"<{k}"})
    return big, few


def _people_of(comparison: Comparison, table: str, grouping: Grouping, part: Part) -> Iterator[tuple[str, int]]:
    people = owned(comparison, part, table)[1]
    for label in sorted(grouping.labels[part].dropna().unique()):
        yield str(label), len(np.unique(people[(grouping.labels[part] == label).to_numpy(dtype=bool)]))


def _gap(found: Transfer, group: Group, level: float) -> tuple[float, float, float]:
    real, made = found.trtr.asked, found.tstr.asked
    rows = group.rows
    return auc_difference((real.guess[rows], made.guess[rows]), real.truth[rows], real.people[rows], level)


def _row(comparison: Comparison, found: Transfer, measured: tuple[Group, float, float, float]) -> dict[str, Any]:
    group, gap, low, high = measured
    rows, truth = group.rows, found.trtr.asked.truth[group.rows]

    def area(guess: Floats) -> float:
        return round(weighted_auc(dense(guess[rows]), truth, np.ones(len(truth))), 4)

    return {
        "column": group.column,
        "group": group.label,
        "people": _about(comparison, group.people),
        "trtr": area(found.trtr.asked.guess),
        "tstr": area(found.tstr.asked.guess),
        "gap": round(gap, 4),
        "low": round(low, 4),
        "high": round(high, 4),
    }


def _about(comparison: Comparison, people: int) -> int:
    """A count that, taken from the total, does not give the count of a group that is too small to be shown."""
    step = comparison.contract.policy.smallest_cell - 1
    return round(people / step) * step


def _alarm(comparison: Comparison, found: Transfer, measured: list[tuple[Group, float, float, float]]) -> Measure:
    task = found.task
    k = comparison.contract.policy.smallest_cell
    # The one whose loss is surest: the alarm rings where that of any group does.
    worst = max(measured, key=lambda one: (one[2], one[1]), default=None)
    where, weak = Said("task {task}", task=task.id), ""
    if worst is None:
        weak = Said("No group of sex, age or ethnicity has {k} hold-out people with either answer.", k=k)
    else:
        where = Said("task {task}, {by} = {label}", task=task.id, by=worst[0].column, label=worst[0].label)
    return Measure(
        name=measure_name("tstr_gap_subgroup", task.id),
        title=found.titled(
            Said("Task {task}: AUROC lost in the group that loses most, of {n} groups", task=task.id, n=len(measured))
        ),
        value=float("nan") if worst is None else worst[1],
        low=None if worst is None else worst[2],
        high=None if worst is None else worst[3],
        threshold=comparison.contract.policy.tstr_gap_subgroup,
        direction="at most",
        n=0 if worst is None else _about(comparison, worst[0].people),
        citation=CITATION,
        seed=comparison.seed,
        where=where,
        bearing=Bearing.ALARM,
        weak=weak,
    )

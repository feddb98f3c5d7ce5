"""A task learned and asked three ways: synthetic to real, real to real, real to synthetic."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from factory.checks.comparison import Comparison, Ints, Part
from factory.checks.features import Floats
from factory.checks.measure import Bearing, Measure
from factory.checks.utility.curves import auc_interval, roc
from factory.checks.utility.rows import Coded, coded, column_of, is_one_of, made_of, missing_from, owned
from factory.checks.utility.tstr import CITATION, booster, gap_measure, measure_name, said, taught
from factory.contract import Task
from factory.core.seeds import generator
from factory.words import Said

REAL: tuple[Part, ...] = ("train", "holdout")
# Rows a model learns from; a bigger part is sampled by people.
MOST_ROWS = 50_000


@dataclass(frozen=True)
class Asked:
    """What a model said of rows: probability of yes (n,), truth (n, 0 or 1) and whose each is (n,)."""

    guess: Floats
    truth: Floats
    people: Ints


@dataclass(frozen=True)
class TaskRows:
    """Rows of a task in one part: what is known, the answer, and whose they are."""

    frame: pd.DataFrame
    truth: Floats
    people: Ints


@dataclass(frozen=True)
class Learned:
    """A model, the rows it was asked as numbers, and what it said."""

    model: Any
    known: Coded
    asked: Asked


@dataclass(frozen=True)
class Transfer:
    """A task three ways. `parts`: its rows; those learned from may be a sample, and `sampled` tells."""

    task: Task
    parts: dict[Part, TaskRows]
    tstr: Learned
    trtr: Learned
    trts: Asked
    sampled: bool

    def titled(self, title: str) -> str:
        """The title of a figure, with how many rows were learned from where they are a sample."""
        return Said("{what}, learned from {rows:,} rows", what=title, rows=MOST_ROWS) if self.sampled else title


def transfer(comparison: Comparison, task: Task) -> Transfer | str:
    """Learn a task from synthetic and from training people, or say in a sentence why it cannot be."""
    if why := missing_from(comparison, task.table, [task.target]):
        return why
    parts: dict[Part, TaskRows] = {part: _rows(comparison, task, part) for part in ("train", "holdout", "synthetic")}
    if not all(len(rows.truth) for rows in parts.values()):
        return Said("No row of {table} belongs to a person, in one of the three parts.", table=task.table)
    if parts["train"].frame.shape[1] == 0:
        return Said("The task {task} has no column to learn from.", task=task.id)
    for part in REAL:
        rows = parts[part]
        fewer = min(len(np.unique(rows.people[rows.truth == answer])) for answer in (0, 1))
        if fewer < 2:
            return Said(
                "Fewer than two people of the {part} part give one of the answers of the task {task}.",
                part=Said("training") if part == "train" else Said("hold-out"),
                task=task.id,
            )
    sampled = any(len(parts[part].truth) > MOST_ROWS for part in ("train", "synthetic"))
    learn: dict[Part, TaskRows] = {part: _some(rows, comparison.seed) for part, rows in parts.items()}
    real = learned(comparison.seed, learn["train"], parts["holdout"])
    made = learned(comparison.seed, learn["synthetic"], parts["holdout"])
    back = _asked(real.model, coded(learn["train"].frame, learn["synthetic"].frame), learn["synthetic"])
    return Transfer(task, parts, made, real, back, sampled)


def learned(seed: int, learn: TaskRows, asked: TaskRows) -> Learned:
    """The model of the task learned from some rows and asked others; one answer only is said of every row."""
    known = coded(learn.frame, asked.frame)
    if not len(learn.truth) or learn.truth.min() == learn.truth.max():
        share = float(learn.truth.mean()) if len(learn.truth) else 0.0
        return Learned(None, known, Asked(np.full(len(asked.truth), share), asked.truth, asked.people))
    model = taught(booster(seed, known.kinds), known.learn, learn.truth)
    return Learned(model, known, _asked(model, known, asked))


def transfer_measures(comparison: Comparison, found: Transfer) -> tuple[list[Measure], dict[str, Any]]:
    """The gate of a task, the three AUROCs it is made of, and their ROC points."""
    task, k = found.task, comparison.contract.policy.smallest_cell
    real = found.trtr.asked
    gap = gap_measure(
        comparison.contract, task, (real.guess, found.tstr.asked.guess), real.truth, real.people, comparison.seed
    )
    three = {"tstr": found.tstr.asked, "trtr": real, "trts": found.trts}
    areas = {name: auc_interval(asked.guess, asked.truth, asked.people) for name, asked in three.items()}
    weak = Said("Real rows do not foretell the answer either, so nothing can be lost.")
    measures = [replace(gap, title=found.titled(gap.title), weak=weak if areas["trtr"][1] <= 0.5 else "")]
    words = {
        "tstr": Said("AUROC of a model learned from synthetic rows on hold-out people"),
        "trtr": Said("AUROC of a model learned from training rows on hold-out people"),
        "trts": Said("AUROC of a model learned from training rows on synthetic people"),
    }
    for name, (value, low, high) in areas.items():
        title = found.titled(Said("Task {task}: {what}", task=task.id, what=words[name]))
        people = len(np.unique(three[name].people))
        measures.append(diagnostic(comparison, task, name, title, (value, low, high), people, CITATION))
    details = {name: None if np.isnan(area[0]) else area[0] for name, area in areas.items()}
    shown = min(len(np.unique(real.people[real.truth == answer])) for answer in (0, 1)) >= k
    curves = {name: roc(three[name].guess, real.truth) for name in ("tstr", "trtr")} if shown else {}
    return measures, {**details, "table": task.table, "roc": curves}


def diagnostic(
    comparison: Comparison,
    task: Task,
    stem: str,
    title: str,
    figure: tuple[float, float | None, float | None],
    people: int,
    citation: str,
    weak: str = "",
) -> Measure:
    """A figure of a task that is shown and judged by nobody."""
    return Measure(
        name=measure_name(stem, task.id),
        title=title,
        value=figure[0],
        low=figure[1],
        high=figure[2],
        threshold=None,
        direction="at least" if stem in ("tstr", "trtr", "trts") else "at most",
        n=people,
        citation=citation,
        seed=comparison.seed,
        where=Said("task {task}", task=task.id),
        bearing=Bearing.DIAGNOSTIC,
        weak=weak,
    )


def unmeasured(comparison: Comparison, task: Task, why: str) -> list[Measure]:
    """The gate and the alarm of a task that cannot be measured: not a number, and why."""
    policy = comparison.contract.policy
    nothing = diagnostic(comparison, task, "tstr_gap", "", (float("nan"), None, None), 0, CITATION, why)
    group = Said("Task {task}: AUROC lost in the group that loses most", task=task.id)
    return [
        replace(
            nothing,
            title=Said("Task {task}: AUROC lost by learning from synthetic rows", task=task.id),
            threshold=policy.tstr_gap,
            bearing=Bearing.GATE,
        ),
        replace(
            nothing,
            name=measure_name("tstr_gap_subgroup", task.id),
            title=group,
            threshold=policy.tstr_gap_subgroup,
            bearing=Bearing.ALARM,
        ),
    ]


def _rows(comparison: Comparison, task: Task, part: Part) -> TaskRows:
    frame, people = owned(comparison, part, task.table)
    target = str(column_of(comparison, task.table, task.target))
    hidden = {target} | made_of(comparison.shapes[task.table], (task.target, *task.exclude))
    known = frame.drop(columns=[name for name in frame if name in hidden])
    return TaskRows(known, is_one_of(frame[target], task.positive).astype(np.float64), people)


def _some(rows: TaskRows, seed: int) -> TaskRows:
    """All rows, or as many people's as have about the most rows a model is given."""
    if len(rows.truth) <= MOST_ROWS:
        return rows
    people = np.unique(rows.people)
    kept = max(1, int(len(people) * MOST_ROWS / len(rows.truth)))
    chosen = np.isin(rows.people, generator(seed, "utility sample").choice(people, kept, replace=False))
    return TaskRows(rows.frame[chosen].reset_index(drop=True), rows.truth[chosen], rows.people[chosen])


def _asked(model: Any, known: Coded, asked: TaskRows) -> Asked:
    if model is None:
        return Asked(np.zeros(len(asked.truth)), asked.truth, asked.people)
    return Asked(said(model, known.asked), asked.truth, asked.people)

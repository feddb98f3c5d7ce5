"""Train on synthetic, test on real: what a task of the contract loses when it is learned from synthetic rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from factory.checks.auc import Floats, auc
from factory.checks.comparison import Ints
from factory.checks.features import flat
from factory.checks.intervals import bootstrap
from factory.checks.measure import Bearing, Measure
from factory.checks.utility.curves import dense, weighted_auc
from factory.checks.utility.rows import coded, made_of
from factory.contract import Contract, Task, released
from factory.core.seeds import derive
from factory.words import Said

CITATION = "Esteban et al. 2017 (arXiv 1706.02633); bootstrap over people"


def booster(seed: int, kinds: list[bool]) -> HistGradientBoostingClassifier:
    """The model of a task before it has learned; `kinds`: which columns are categories."""
    return HistGradientBoostingClassifier(
        max_iter=150,
        learning_rate=0.05,
        categorical_features=kinds,
        random_state=derive(seed, "tstr") & 0xFFFFFFFF,
    )


def taught(model: Any, rows: Floats, truth: Floats) -> Any:
    """The model after it has learned, on one thread.

    Threads of fits as small as these wait for each other longer than they work where other processes want the cores.
    """
    with threadpool_limits(1):
        return model.fit(rows, truth)


def said(model: Any, rows: Floats) -> Floats:
    """Probability of yes that a model gives rows (n,), on one thread."""
    with threadpool_limits(1):
        return np.asarray(model.predict_proba(rows)[:, 1], dtype=np.float64)


def score(
    contract: Contract, task: Task, learn: dict[str, pd.DataFrame], test: dict[str, pd.DataFrame], seed: int
) -> tuple[Floats, Floats, pd.Series]:
    """Predicted probability (n), truth (n, 0 or 1) and person of each row of `test`, by a model learned on `learn`."""
    rows, _ = flat(contract, learn, task.table)
    asked, owner = flat(contract, test, task.table)
    shape = released(contract)[task.table]
    target = str(shape.of_source(task.target))
    hidden = sorted({target} | (made_of(shape, task.exclude) & set(rows.columns)))
    truth = [
        np.asarray(frame[target].astype("string").isin(task.positive), dtype=np.float64) for frame in (rows, asked)
    ]
    if truth[0].min() == truth[0].max():
        return np.full(len(asked), truth[0].mean(), dtype=np.float64), truth[1], owner
    known = coded(rows.drop(columns=hidden), asked.drop(columns=hidden))
    model = taught(booster(seed, known.kinds), known.learn, truth[0])
    return said(model, known.asked), truth[1], owner


def task_auc(
    contract: Contract, task: Task, learn: dict[str, pd.DataFrame], test: dict[str, pd.DataFrame], seed: int
) -> float:
    """AUROC on `test` of a model learned on `learn`."""
    guess, truth, _ = score(contract, task, learn, test, seed)
    return auc(guess[truth == 1], guess[truth == 0])


def gap_measure(
    contract: Contract, task: Task, guesses: tuple[Floats, Floats], truth: Floats, people: Ints, seed: int
) -> Measure:
    """The gate of a task: AUROC of the first guesses (by real rows) less that of the second, over people."""
    real, made = (dense(guess) for guess in guesses)

    def gap(weight: Floats) -> float:
        return weighted_auc(real, truth, weight) - weighted_auc(made, truth, weight)

    value = gap(np.ones(len(truth)))
    low, high = -1.0, 1.0
    if not np.isnan(value):
        low, high = bootstrap(
            lambda rows: gap(np.bincount(rows, minlength=len(truth)).astype(np.float64)), people, seed, "tstr-bootstrap"
        )
    return Measure(
        name=measure_name("tstr_gap", task.id),
        title=Said("Task {task}: AUROC lost by learning from synthetic rows", task=task.id),
        value=value,
        low=low,
        high=high,
        threshold=contract.policy.tstr_gap,
        direction="at most",
        n=len(np.unique(people)),
        citation=CITATION,
        seed=seed,
        where=Said("task {task}", task=task.id),
        bearing=Bearing.GATE,
    )


def measure_name(stem: str, name: str) -> str:
    """Name of a measure of one task, survival or effect."""
    return f"{stem}_{name}".replace("-", "_")

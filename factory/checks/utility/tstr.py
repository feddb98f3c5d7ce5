"""Train on synthetic, test on real: what a task of the contract loses when it is learned from synthetic rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier

from factory.checks.auc import Floats, auc
from factory.checks.features import flat
from factory.checks.measure import Measure
from factory.contract import Contract, Task, released
from factory.core.seeds import derive, generator

RESAMPLES = 300
# Above this many levels scikit-learn's trees take no native categories; rarer ones share the last.
_MOST_LEVELS = 200


def score(
    contract: Contract, task: Task, learn: dict[str, pd.DataFrame], test: dict[str, pd.DataFrame], seed: int
) -> tuple[Floats, Floats, pd.Series]:
    """Predicted probability (n), truth (n, 0 or 1) and person of each row of `test`, by a model learned on `learn`."""
    rows, _ = flat(contract, learn, task.table)
    asked, owner = flat(contract, test, task.table)
    shape = released(contract)[task.table]
    target = str(shape.of_source(task.target))
    hidden = [target, *(str(shape.of_source(name)) for name in task.exclude)]
    truth = [
        np.asarray(frame[target].astype("string").isin(task.positive), dtype=np.float64) for frame in (rows, asked)
    ]
    coded, kinds = _coded(rows.drop(columns=hidden), asked.drop(columns=hidden))
    if truth[0].min() == truth[0].max():
        return np.full(len(asked), truth[0].mean(), dtype=np.float64), truth[1], owner
    model = HistGradientBoostingClassifier(
        max_iter=150,
        learning_rate=0.05,
        categorical_features=kinds,
        random_state=derive(seed, "tstr") & 0xFFFFFFFF,
    )
    model.fit(coded[0], truth[0])
    return np.asarray(model.predict_proba(coded[1])[:, 1], dtype=np.float64), truth[1], owner


def task_auc(
    contract: Contract, task: Task, learn: dict[str, pd.DataFrame], test: dict[str, pd.DataFrame], seed: int
) -> float:
    """AUROC on `test` of a model learned on `learn`."""
    guess, truth, _ = score(contract, task, learn, test, seed)
    return auc(guess[truth == 1], guess[truth == 0])


def tstr_gap(
    contract: Contract,
    task: Task,
    train: dict[str, pd.DataFrame],
    holdout: dict[str, pd.DataFrame],
    synthetic: dict[str, pd.DataFrame],
    seed: int,
) -> tuple[Measure, dict[str, float | None]]:
    """AUROC lost (real less synthetic) on hold-out people, with a bootstrap interval over people.

    Source: Esteban et al. 2017 (arXiv 1706.02633) for train-on-synthetic, test-on-real.
    """
    made, truth, owner = score(contract, task, synthetic, holdout, seed)
    real, _, _ = score(contract, task, train, holdout, seed)
    if truth.min() == truth.max():
        made, real = made * np.nan, real * np.nan
    tstr, trtr = (auc(guess[truth == 1], guess[truth == 0]) for guess in (made, real))
    codes, people = pd.factorize(owner)
    dice = generator(seed, "tstr-bootstrap")
    gaps = []
    for _ in range(RESAMPLES):
        weight = np.bincount(dice.integers(0, len(people), len(people)), minlength=len(people))[codes]
        rows = np.repeat(np.arange(len(codes)), weight)
        yes = truth[rows] == 1
        if yes.any() and not yes.all():
            gaps.append(auc(real[rows][yes], real[rows][~yes]) - auc(made[rows][yes], made[rows][~yes]))
    low, high = np.percentile(gaps, [2.5, 97.5]) if gaps else (-1.0, 1.0)
    measure = Measure(
        name=f"tstr_gap_{task.id}".replace("-", "_"),
        title=f"Task {task.id}: AUROC lost by learning from synthetic rows",
        value=trtr - tstr,
        low=float(low),
        high=float(high),
        threshold=contract.policy.tstr_gap,
        direction="at most",
        n=len(people),
        citation="Esteban et al. 2017 (arXiv 1706.02633); bootstrap over people",
    )
    return measure, {name: None if np.isnan(found) else found for name, found in (("tstr", tstr), ("trtr", trtr))}


def _coded(learn: pd.DataFrame, test: pd.DataFrame) -> tuple[tuple[Floats, Floats], list[bool]]:
    columns: list[tuple[Floats, Floats]] = []
    kinds = []
    for name in learn.columns:
        if learn[name].dtype == object:
            levels = learn[name].value_counts().sort_index(kind="stable").sort_values(ascending=False, kind="stable")
            place = {level: float(min(i, _MOST_LEVELS)) for i, level in enumerate(levels.index)}
            columns.append((_mapped(learn[name], place), _mapped(test[name], place)))
            kinds.append(True)
        else:
            columns.append(
                (
                    learn[name].to_numpy("float64", na_value=np.nan),
                    test[name].to_numpy("float64", na_value=np.nan),
                )
            )
            kinds.append(False)
    return (np.column_stack([a for a, _ in columns]), np.column_stack([b for _, b in columns])), kinds


def _mapped(values: pd.Series, place: dict[str, float]) -> Floats:
    return np.asarray(values.map(place), dtype=np.float64)

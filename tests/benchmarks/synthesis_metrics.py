"""What an engine's rows are measured by: fidelity and utility against its rivals, attacks against its people.

The definitions are those of the baselines: c2st, tstr, shapes and pairs, and the worse of two membership attacks.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neighbors import NearestNeighbors

from factory.checks.auc import auc, delong
from factory.checks.features import encode
from factory.synth.rows import Field, People

Floats = npt.NDArray[np.float64]
TREES = 150
MOST_ROWS = 10_000
MOST_PEOPLE = 4_000
# Neighbours whose distance stands for a density, as in kNN density estimation.
NEIGHBOURS = 5


def c2st(synthetic: pd.DataFrame, holdout: pd.DataFrame, seed: int = 0) -> float:
    """Five-fold AUC of a classifier told to tell synthetic from hold-out rows; 0.5 is indistinguishable."""
    both = _categorised(pd.concat([synthetic, holdout], ignore_index=True))
    made = np.repeat([1, 0], [len(synthetic), len(holdout)])
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    score = cross_val_predict(_booster(seed), both, made, cv=folds, method="predict_proba")[:, 1]
    return auc(score[made == 1], score[made == 0])


def giveaways(synthetic: pd.DataFrame, holdout: pd.DataFrame, top: int = 8) -> pd.Series:
    """Columns by their gain in the classifier that tells synthetic rows from hold-out rows."""
    both = _categorised(pd.concat([synthetic, holdout], ignore_index=True))
    booster = _booster(0).set_params(importance_type="gain")
    booster.fit(both, np.repeat([1, 0], [len(synthetic), len(holdout)]))
    gain = pd.Series(booster.feature_importances_, both.columns)
    return (gain / gain.sum()).sort_values(ascending=False).head(top).round(3)


def transfer(learnt: pd.DataFrame, holdout: pd.DataFrame, target: str, positive: str, seed: int = 0) -> float:
    """Hold-out AUROC of a classifier of `target` trained on `learnt`: tstr on synthetic rows, trtr on real ones."""
    both = _categorised(pd.concat([learnt, holdout], ignore_index=True).drop(columns=target))
    truth, goal = (holdout[target] == positive).to_numpy(), (learnt[target] == positive).to_numpy()
    if goal.all() or not goal.any():
        return float("nan")
    score = _booster(seed).fit(both.iloc[: len(learnt)], goal).predict_proba(both.iloc[len(learnt) :])[:, 1]
    return auc(score[truth], score[~truth])


def shapes_pairs(real: pd.DataFrame, made: pd.DataFrame, fields: Mapping[str, Field], seed: int = 0) -> Floats:
    """SDMetrics Column Shapes and Column Pair Trends of `made` against `real`, up to 10,000 rows of each."""
    from sdmetrics.reports.single_table import QualityReport

    kinds = {name: {"sdtype": "categorical" if fields[name].kind == "category" else "numerical"} for name in real}
    report = QualityReport()
    with contextlib.redirect_stdout(io.StringIO()):
        report.generate(_plain(_some(real, seed)), _plain(_some(made, seed)), {"columns": kinds}, verbose=False)
    return report.get_properties()["Score"].to_numpy("float64")


def attacks(
    train: tuple[pd.DataFrame, People],
    holdout: tuple[pd.DataFrame, People],
    synthetic: pd.DataFrame,
    seed: int = 0,
) -> dict[str, tuple[float, float, float]]:
    """AUC with 95% interval of two attacks that tell training people from hold-out people.

    `nearest`: minus the distance to the closest synthetic row (Chen et al., GAN-Leaks, CCS 2020). `domias`: ratio of
    kNN densities among synthetic rows and among a reference, half of the hold-out people (van Breugel et al., DOMIAS,
    AISTATS 2023). A person's score is that of their most exposed row; up to 4,000 people a side.
    """
    rng = np.random.default_rng(seed)
    others = rng.permutation(np.unique(holdout[1]))
    reference = holdout[0][np.isin(holdout[1], others[: len(others) // 2])]
    inside = _of_people(*train, rng.permutation(np.unique(train[1]))[:MOST_PEOPLE])
    outside = _of_people(*holdout, others[len(others) // 2 :][:MOST_PEOPLE])
    near = _of_people(*holdout, rng.permutation(others)[:MOST_PEOPLE])
    members, strangers, all_others, known, drawn = encode(inside[0], outside[0], near[0], reference, synthetic)
    index = {"drawn": _index(drawn), "known": _index(known)}
    found = {"nearest": delong(_exposed(-_reach(index["drawn"], members, 1), inside[1]),
                               _exposed(-_reach(index["drawn"], all_others, 1), near[1]))}  # fmt: skip
    found["domias"] = delong(
        _exposed(_ratio(index, members), inside[1]), _exposed(_ratio(index, strangers), outside[1])
    )
    return found


def _ratio(index: dict[str, NearestNeighbors], rows: Floats) -> Floats:
    # Distances below this come from ties alone; without a floor a tie would outweigh everything.
    floor = 1e-3
    far, close = _reach(index["known"], rows, NEIGHBOURS), _reach(index["drawn"], rows, NEIGHBOURS)
    return np.log(far + floor) - np.log(close + floor)


def _index(rows: Floats) -> NearestNeighbors:
    return NearestNeighbors(algorithm="brute", n_jobs=1).fit(rows.astype(np.float32))


def _reach(index: NearestNeighbors, rows: Floats, neighbours: int) -> Floats:
    return index.kneighbors(rows.astype(np.float32), n_neighbors=neighbours)[0][:, -1].astype("float64")


def _exposed(scores: Floats, people: People) -> Floats:
    return pd.Series(scores).groupby(people).max().to_numpy("float64")


def _of_people(frame: pd.DataFrame, people: People, chosen: People) -> tuple[pd.DataFrame, People]:
    rows = np.isin(people, chosen)
    return frame[rows].reset_index(drop=True), people[rows]


def _some(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    return frame if len(frame) <= MOST_ROWS else frame.sample(MOST_ROWS, random_state=seed).reset_index(drop=True)


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.apply(lambda values: values if values.dtype == object else values.astype("float64"))


def _categorised(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.apply(lambda v: v.astype("category") if v.dtype == object else v.astype("float64"))


def _booster(seed: int) -> LGBMClassifier:
    return LGBMClassifier(n_estimators=TREES, n_jobs=1, random_state=seed, verbose=-1, deterministic=True)

"""Classifier two-sample test: can a model tell synthetic people from people never seen, and by what?

Source: Lopez-Paz and Oquab, Revisiting classifier two-sample tests, ICLR 2017; AUC instead of accuracy, which needs
no equal classes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm, rankdata
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from factory.checks.auc import auc
from factory.checks.comparison import PARTS, Comparison, Ints, Part
from factory.checks.features import coded
from factory.checks.fidelity.replicas import GROUPS, Floats, beside_fresh
from factory.checks.fidelity.sample import MOST_ROWS, Sample, cuts, kinds_of, plain
from factory.checks.measure import Bearing, Measure
from factory.checks.persons import person_frames
from factory.contract import Kind
from factory.core.seeds import derive, generator
from factory.words import Said

FOLDS = 5
TREES = 80
# Bins of a number; scikit-learn wants no more levels of a category than bins. Rarer ones share the last.
BINS = 128
MOST_LEVELS = 120
# Rows of a part of one of several linked tables: each is judged, and whole people beside them.
MOST_LINKED = 4_000
# Folds, and rows of each, in which a column is shuffled to see what it gave away.
ASKED_FOLDS = 2
SHUFFLED = 500
TOP = 0.01
GIVEAWAYS = 10
# Difference of shares below which nothing is said of the most recognisable rows.
TELLING = 0.05
CITATION = "Lopez-Paz and Oquab, ICLR 2017; interval of DeLong 1988 by people (Obuchowski, Biometrics 1997, 53:567)"


@dataclass(frozen=True)
class Told:
    """AUC with its interval; scores of synthetic and real rows; AUC lost, a column, when it is shuffled."""

    auc: float
    low: float
    high: float
    made: Floats
    real: Floats
    columns: dict[str, float]


def measure_c2st(comparison: Comparison) -> tuple[list[Measure], dict[str, Any]]:
    """A classifier's AUC a table (rows with their person's columns) and, for linked tables, over whole people.

    Details by table, and `people` for whole people: AUC and interval beside those of training against hold-out
    people, the ROC, the columns that gave it away, and how the most recognisable rows differ from the others. Of very
    few people the AUC lies below .5 by chance: what a fold has more of, the others have less of.
    """
    measures: list[Measure] = []
    details: dict[str, Any] = {}
    for table, cut in cuts(comparison, MOST_ROWS if len(comparison.shapes) == 1 else MOST_LINKED):
        _add(comparison, table, cut, kinds_of(comparison, table), measures, details)
    if len(comparison.shapes) > 1:
        kinds = _person_kinds(comparison)
        _add(comparison, "people", _whole_people(comparison, kinds), kinds, measures, details)
    return measures, details


def tell(made: Sample, real: Sample, kinds: dict[str, Kind], seed: int, giveaways: bool = True) -> Told | None:
    """Five-fold AUC, folds by person, of a classifier told to tell `made` from `real`; None for too few people."""
    # Threads of fits as small as these wait for each other longer than they work where others want the cores.
    with threadpool_limits(1):
        return _told(made, real, kinds, seed, giveaways)


def _told(made: Sample, real: Sample, kinds: dict[str, Kind], seed: int, giveaways: bool) -> Told | None:
    if min(len(np.unique(part.people)) for part in (made, real)) < 2 * FOLDS:
        return None
    both = pd.concat([made.frame, real.frame], ignore_index=True)[list(kinds)]
    table, categories = coded(both, {name for name, kind in kinds.items() if kind is Kind.CATEGORY}, MOST_LEVELS)
    truth = np.repeat([1, 0], [len(made.frame), len(real.frame)])
    fold = np.concatenate([_folds(part.people, seed, label) for part, label in ((made, "made"), (real, "real"))])
    scores = np.zeros(len(truth))
    lost = np.zeros(table.shape[1])
    for number in range(FOLDS):
        learn, test = fold != number, fold == number
        model = HistGradientBoostingClassifier(
            max_iter=TREES, max_bins=BINS, categorical_features=categories, early_stopping=False,
            random_state=derive(seed, "c2st", str(number)) & 0xFFFFFFFF,
        )  # fmt: skip
        # Trees find no bins in a column without a value; as a constant it tells them as little.
        asked = np.where(np.isnan(table[learn]).all(axis=0), 0.0, table)
        model.fit(asked[learn], truth[learn])
        scores[test] = model.decision_function(asked[test])
        if giveaways and number < ASKED_FOLDS:
            lost += _lost(model, asked[test], truth[test], seed) / ASKED_FOLDS
    # Models of different folds are on one scale only up to a shift; ranks within a fold make them one.
    for number in range(FOLDS):
        scores[fold == number] = rankdata(scores[fold == number]) / (fold == number).sum()
    value, low, high = clustered(scores[truth == 1], scores[truth == 0], made.people, real.people)
    return Told(value, low, high, scores[truth == 1], scores[truth == 0], dict(zip(kinds, lost.tolist(), strict=True)))


def clustered(positive: Floats, negative: Floats, owners: Ints, others: Ints) -> tuple[float, float, float]:
    """AUC of rows with a 95% interval over the people they belong to (Obuchowski 1997); DeLong's for a row each."""
    m, n = len(positive), len(negative)
    together = rankdata(np.concatenate([positive, negative]))
    above = (together[:m] - rankdata(positive)) / n
    below = 1 - (together[m:] - rankdata(negative)) / m
    value = float(above.mean())
    spread = math.sqrt(_variance(above, value, owners) + _variance(below, value, others))
    fewest = min(len(np.unique(owners)), len(np.unique(others)))
    half = float(norm.ppf(0.975)) * spread if spread > 0 else 3 / fewest
    return value, max(0.0, value - half), min(1.0, value + half)


def _variance(components: Floats, value: float, owners: Ints) -> float:
    _, codes = np.unique(owners, return_inverse=True)
    sums = np.bincount(codes, components - value)
    people = len(sums)
    return float((sums**2).sum()) / len(components) ** 2 * people / (people - 1)


def _add(
    comparison: Comparison, where: str, cut: dict[Part, Sample], kinds: dict[str, Kind], measures: list[Measure],
    details: dict[str, Any],
) -> None:  # fmt: skip
    seed = derive(comparison.seed, "c2st", where)
    made = tell(cut["synthetic"], cut["holdout"], kinds, seed)
    fresh = tell(cut["train"], cut["holdout"], kinds, derive(seed, "fresh"), giveaways=False)
    if made is None or fresh is None:
        return
    n = len(np.unique(cut["synthetic"].people))
    name = "c2st_people" if where == "people" else "c2st"
    whole = all(sample.whole for sample in cut.values())
    what = Said("AUC of a classifier that tells synthetic from real")
    if not whole:
        rows = len(cut["synthetic"].frame)
        what = Said(
            "AUC of a classifier that tells synthetic from real ({rows:,} synthetic rows of people drawn)", rows=rows
        )
    title = beside_fresh(what, f"{fresh.auc:.3f}")
    measures.append(
        Measure(name, title, made.auc, made.low, made.high, None, "at most", n, CITATION, comparison.seed,
                "" if where == "people" else where, Bearing.DIAGNOSTIC)
    )  # fmt: skip
    cell = comparison.contract.policy.smallest_cell
    best = sorted(made.columns.items(), key=lambda item: -item[1])[:GIVEAWAYS]
    details[where] = {
        "auc": [round(v, 4) for v in (made.auc, made.low, made.high)],
        "fresh": [round(v, 4) for v in (fresh.auc, fresh.low, fresh.high)],
        "roc": _roc(made.made, made.real),
        # Where nothing can be told apart, what columns and rows seem to give away is noise.
        "columns": {column: round(lost, 4) for column, lost in best if lost > 0} if made.low > 0.5 else {},
        "recognised": _recognised(cut, kinds, made.made, cell) if made.low > 0.5 else [],
        "sampled": not whole,
    }


def _recognised(cut: dict[Part, Sample], kinds: dict[str, Kind], scores: Floats, cell: int) -> list[dict[str, Any]]:
    """How the most recognisable synthetic rows differ from all of them: shares, no values, largest first.

    `missing`: without a value; `extreme`: beyond the training rows' 1% and 99% quantiles; `rare`: a level that fewer
    than `smallest_cell` training people have, or none.
    """
    frame, real = cut["synthetic"].frame, cut["train"].frame
    top = np.argsort(-scores, kind="stable")[: max(cell, round(TOP * len(scores)))]
    found: list[tuple[float, dict[str, Any]]] = []
    for name, kind in kinds.items():
        values = frame[name]
        signs = {"missing": values.isna().to_numpy()}
        if kind is Kind.CATEGORY:
            behind = pd.DataFrame({"v": real[name], "p": cut["train"].people}).drop_duplicates()["v"].value_counts()
            signs["rare"] = (values.notna() & ~values.isin(behind.index[behind >= cell])).to_numpy()
        elif real[name].notna().any():
            low, high = real[name].quantile([0.01, 0.99])
            signs["extreme"] = ((values < low) | (values > high)).to_numpy()
        for sign, rows in signs.items():
            share, usual = float(rows[top].mean()), float(rows.mean())
            if abs(share - usual) >= TELLING:
                shown = {"column": name, "sign": sign, "share": round(share, 3), "usual": round(usual, 3)}
                found.append((abs(share - usual), shown))
    found.sort(key=lambda one: -one[0])
    return [shown for _, shown in found[:GIVEAWAYS]]


def _roc(made: Floats, real: Floats) -> dict[str, list[float]]:
    """True positive rate at 51 false positive rates."""
    grid = np.linspace(0, 1, 51)
    ordered = np.sort(real)[::-1]
    limits = ordered[np.minimum((grid * len(ordered)).astype(int), len(ordered) - 1)]
    rates = 1 - np.searchsorted(np.sort(made), limits, side="right") / len(made)
    rates[-1] = 1.0
    return {"fpr": grid.round(2).tolist(), "tpr": rates.round(4).tolist()}


def _lost(model: HistGradientBoostingClassifier, table: Floats, truth: Ints, seed: int) -> Floats:
    dice = generator(seed, "c2st shuffled")
    rows = dice.permutation(len(truth))[:SHUFFLED]
    table, truth = table[rows], truth[rows]
    if truth.min() == truth.max():
        return np.zeros(table.shape[1])
    order = dice.permutation(len(rows))
    # All at once, the table as it is first: scikit-learn encodes categories anew at each call.
    width = table.shape[1]
    asked = np.tile(table, (width + 1, 1, 1))
    for column in range(width):
        asked[column + 1, :, column] = table[order, column]
    scores = model.decision_function(asked.reshape(-1, width)).reshape(width + 1, len(rows))
    seen = np.array([auc(score[truth == 1], score[truth == 0]) for score in scores])
    return np.asarray(seen[0] - seen[1:], dtype=np.float64)


def _folds(people: Ints, seed: int, label: str) -> Ints:
    _, codes = np.unique(people, return_inverse=True)
    order = generator(seed, "c2st folds", label).permutation(int(codes.max()) + 1)
    return np.asarray(order[codes] % FOLDS, dtype=np.int64)


def _person_kinds(comparison: Comparison) -> dict[str, Kind]:
    own = {c.name: c.kind for c in comparison.shapes[comparison.contract.person].columns if c.compared}
    names = person_frames(comparison)["train"].columns
    return {str(name): own.get(str(name), Kind.NUMBER) for name in names}


def _whole_people(comparison: Comparison, kinds: dict[str, Kind]) -> dict[Part, Sample]:
    sizes = {part: comparison.people(part) for part in PARTS}
    others = min(sizes["holdout"], sizes["synthetic"], MOST_ROWS)
    made: dict[Part, Sample] = {}
    for part in PARTS:
        wanted = min(sizes[part], MOST_ROWS) if part == "train" else others
        drawn = generator(comparison.seed, "c2st people", part).permutation(sizes[part])[:wanted]
        rows = person_frames(comparison)[part].iloc[drawn].reset_index(drop=True)
        frame = pd.DataFrame({name: plain(rows[name], kind) for name, kind in kinds.items()})
        made[part] = Sample(frame, drawn, np.arange(wanted) % GROUPS, drawn, wanted == sizes[part])
    return made

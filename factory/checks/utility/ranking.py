"""Whether synthetic rows would lead to the same choices: which model is best, and which columns matter."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from scipy.stats import kendalltau, spearmanr
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

from factory.checks.comparison import Comparison, Ints
from factory.checks.features import Floats
from factory.checks.intervals import bootstrap
from factory.checks.measure import Measure
from factory.checks.utility.curves import dense, weighted_auc
from factory.checks.utility.rows import Coded, coded
from factory.checks.utility.transfer import Learned, TaskRows, Transfer, diagnostic
from factory.checks.utility.tstr import said, taught
from factory.core.seeds import derive, generator
from factory.words import Said

# Rows that each of the models learns from, rows it is asked, and rows whose columns are permuted.
MOST_ROWS = 4_000
MOST_ASKED = 20_000
PERMUTED_ROWS = 1_500
_LEVELS = 12
_TOP = 20
TAU = "Kendall's tau of models' AUROC: Jordon, Yoon and van der Schaar 2018 (arXiv 1806.11345); bootstrap over people"
RHO = "Spearman's rho of permutation importances: Breiman 2001 (Machine Learning 45:5)"


def ranking(comparison: Comparison, found: Transfer) -> tuple[list[Measure], dict[str, Any]]:
    """Agreement of real and synthetic rows on the order of five models."""
    chosen = _places(len(found.trtr.asked.truth), comparison.seed, MOST_ASKED)
    asked = _at(found.parts["holdout"], chosen)
    some = {name: _some(found.parts[name], comparison.seed) for name in ("train", "synthetic")}
    told = {name: _guesses(comparison.seed, rows, asked) for name, rows in some.items()}
    names = [name for name in told["train"] if name in told["synthetic"]]
    title = Said(
        "Task {task}: agreement of real and synthetic rows on which of five models is better (tau)", task=found.task.id
    )
    people = len(np.unique(asked.people))
    if not names:
        why = Said("The synthetic rows all give one answer, so that no model learns from them.")
        nothing = (float("nan"), None, None)
        return [diagnostic(comparison, found.task, "model_ranking", title, nothing, people, TAU, why)], {}
    for part, learned in (("train", found.trtr), ("synthetic", found.tstr)):
        told[part]["gradient boosting"] = learned.asked.guess[chosen]
    names.append("gradient boosting")
    ranks = {part: [dense(guesses[name]) for name in names] for part, guesses in told.items()}

    def areas(part: str, weight: Floats) -> list[float]:
        return [weighted_auc(one, asked.truth, weight) for one in ranks[part]]

    def tau(rows: Ints) -> float:
        weight = np.bincount(rows, minlength=len(asked.truth)).astype(np.float64)
        return _kendall(areas("train", weight), areas("synthetic", weight))

    every = np.ones(len(asked.truth))
    both = [areas(part, every) for part in ("train", "synthetic")]
    value = _kendall(*both)
    interval = bootstrap(tau, asked.people, comparison.seed, "ranking")
    measure = diagnostic(comparison, found.task, "model_ranking", title, (value, *interval), people, TAU)
    details = [
        {"model": name, "trtr": round(one, 4), "tstr": round(other, 4)}
        for name, one, other in zip(names, *both, strict=True)
    ]
    return [measure], {"models": details, "model_rows": {"learned": len(some["train"].truth), "asked": len(chosen)}}


def importances(comparison: Comparison, found: Transfer) -> tuple[list[Measure], dict[str, Any]]:
    """Agreement of the models of real and of synthetic rows on which columns matter to hold-out people.

    Of the columns that matter to either: a column's permutation gains by chance as much as it loses by chance, so
    that what the luckiest of them gains is the least that counts as a loss.
    """
    names = list(found.parts["train"].frame.columns)
    title = Said("Task {task}: agreement of real and synthetic rows on which columns matter (rho)", task=found.task.id)
    people = len(np.unique(found.trtr.asked.people))
    rows = _sampled_rows(comparison, found)
    both = [_importance(comparison.seed, one, rows) for one in (found.trtr, found.tstr)]
    matter = np.any([one > -min(one.min(), 0.0) for one in both], axis=0)
    why: str = Said("Fewer than three columns matter more than chance makes one seem to.")
    rho = float("nan")
    if matter.sum() > 2 and all(np.ptp(one[matter]) > 0 for one in both):
        rho, why = float(spearmanr(*(one[matter] for one in both)).statistic), ""
    measure = diagnostic(comparison, found.task, "feature_ranking", title, (rho, None, None), people, RHO, why)
    order = np.argsort(-both[0], kind="stable")[:_TOP]
    details = [
        {"column": names[i], "real": round(float(both[0][i]), 4), "synthetic": round(float(both[1][i]), 4)}
        for i in order
    ]
    return [measure], {"importances": details, "permuted_rows": len(rows)}


def _kendall(one: list[float], other: list[float]) -> float:
    if np.isnan(one).any() or np.isnan(other).any() or np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    return float(kendalltau(one, other).statistic)


def _guesses(seed: int, learn: TaskRows, asked: TaskRows) -> dict[str, Floats]:
    """What four models learned from some rows say of others; none where all give one answer."""
    if not len(learn.truth) or learn.truth.min() == learn.truth.max():
        return {}
    known = coded(learn.frame, asked.frame)
    plain, scaled = _whole(known), _scaled(known)
    state = derive(seed, "ranking") & 0xFFFFFFFF
    models: dict[str, tuple[Any, tuple[Floats, Floats]]] = {
        "logistic regression": (LogisticRegression(max_iter=100), scaled),
        "random forest": (RandomForestClassifier(60, min_samples_leaf=5, random_state=state), plain),
        "naive Bayes": (GaussianNB(), scaled),
        "decision tree": (DecisionTreeClassifier(max_depth=4, min_samples_leaf=20, random_state=state), plain),
    }
    made = {}
    for name, (model, (rows, others)) in models.items():
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            # A hundred steps order people as well as those to convergence do.
            warnings.simplefilter("ignore", ConvergenceWarning)
            guess = said(taught(model, rows, learn.truth), others)
        made[name] = np.nan_to_num(guess, nan=0.5)
    return made


def _whole(known: Coded) -> tuple[Floats, Floats]:
    return np.nan_to_num(known.learn, nan=-1.0), np.nan_to_num(known.asked, nan=-1.0)


def _scaled(known: Coded) -> tuple[Floats, Floats]:
    """Numbers less their mean over their spread, missing as the mean; the commonest levels as indicators."""
    pairs: list[tuple[Floats, Floats]] = []
    for place, category in enumerate(known.kinds):
        rows, others = known.learn[:, place], known.asked[:, place]
        if category:
            levels = np.arange(_LEVELS)
            pairs.append(((rows[:, None] == levels).astype(float), (others[:, None] == levels).astype(float)))
            continue
        there = rows[~np.isnan(rows)]
        mean, spread = (float(there.mean()), float(there.std())) if len(there) else (0.0, 1.0)
        spread = spread or 1.0
        # What lies ten spreads out in one part only would drown all else.
        both = [np.clip(np.nan_to_num((part - mean) / spread, nan=0.0), -10, 10) for part in (rows, others)]
        pairs.append((np.column_stack([both[0], np.isnan(rows)]), np.column_stack([both[1], np.isnan(others)])))
    return np.column_stack([a for a, _ in pairs]), np.column_stack([b for _, b in pairs])


def _some(rows: TaskRows, seed: int) -> TaskRows:
    return _at(rows, _places(len(rows.truth), seed, MOST_ROWS))


def _places(size: int, seed: int, most: int) -> Ints:
    """Which rows are looked at: all, or so many of them drawn."""
    drawn = generator(seed, "ranking rows").choice(size, most, replace=False) if size > most else np.arange(size)
    return np.asarray(np.sort(drawn), dtype=np.int64)


def _at(rows: TaskRows, chosen: Ints) -> TaskRows:
    return TaskRows(rows.frame.iloc[chosen].reset_index(drop=True), rows.truth[chosen], rows.people[chosen])


def _sampled_rows(comparison: Comparison, found: Transfer) -> Ints:
    size = len(found.trtr.asked.truth)
    chosen = generator(comparison.seed, "importances").choice(size, min(size, PERMUTED_ROWS), replace=False)
    return np.asarray(np.sort(chosen), dtype=np.int64)


def _importance(seed: int, learned: Learned, rows: Ints) -> Floats:
    """AUROC lost when each column in turn is permuted (p,)."""
    columns = learned.known.asked.shape[1]
    truth = learned.asked.truth[rows]
    if learned.model is None or truth.min() == truth.max():
        return np.zeros(columns)
    asked, one = learned.known.asked[rows], np.ones(len(rows))
    order = generator(seed, "permuted").permutation(len(rows))
    whole = weighted_auc(dense(learned.asked.guess[rows]), truth, one)
    lost = np.zeros(columns)
    for place in range(columns):
        kept = asked[:, place].copy()
        asked[:, place] = kept[order]
        lost[place] = whole - weighted_auc(dense(said(learned.model, asked)), truth, one)
        asked[:, place] = kept
    return lost

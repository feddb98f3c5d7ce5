"""Codes: how often each level of a category with many of them occurs, the long tail included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from factory.checks.comparison import Comparison, Part
from factory.checks.fidelity.replicas import Floats, beside, counted, told
from factory.checks.fidelity.sample import SIDES, Sample, cuts, enough, kinds_of
from factory.checks.measure import Measure
from factory.contract import Kind
from factory.words import Said

# Categories with more levels than this are codes; the shapes say enough of the others.
FEW_LEVELS = 20
# The commonest levels that together are this share of the rows are the head, all others the tail.
HEAD = 0.9
SHOWN = 15
CITATION = "Lin, IEEE Trans. Information Theory 1991, 37:145; Spearman 1904"


def measure_codes(comparison: Comparison) -> tuple[list[Measure], dict[str, Any]]:
    """Agreement of the frequencies of codes, mean over a table's columns of more than 20 levels.

    `code_distance`: Jensen-Shannon distance (base 2, in [0, 1]). `code_ranks`: Spearman's correlation of the
    frequencies of the levels that at least `smallest_cell` training people have. `code_tail_coverage`: of those
    levels, the share of the ones outside the head that occur. `code_tail_mass`: rows outside the head over what the
    training rows have. Details name levels only where as many training people have them.
    """
    measures: list[Measure] = []
    details: dict[str, Any] = {}
    cell = comparison.contract.policy.smallest_cell
    for table, cut in cuts(comparison):
        kinds = kinds_of(comparison, table)
        found: dict[str, dict[str, dict[Part, Floats]]] = {}
        shown = {}
        for column in comparison.shapes[table].columns:
            name = column.name
            if kinds.get(name) is Kind.CATEGORY and cut["train"].frame[name].nunique() > FEW_LEVELS:
                if any(not sample.frame[name].notna().any() for sample in cut.values()):
                    continue
                found[name], shown[name] = _column(cut, name, cell)
        for what, (title, direction, low, high) in _TITLES.items():
            if found:
                made, fresh = (_mean([one[what][part] for one in found.values()]) for part in SIDES)
                n = len(cut["synthetic"].drawn)
                measures += beside(
                    f"code_{what}", title, made, fresh, direction, n, CITATION, table, comparison.seed, (low, high)
                )
        if shown:
            details[table] = shown
    return measures, details


_TITLES: dict[str, tuple[str, Any, float, float]] = {
    "distance": (Said("Jensen-Shannon distance of the frequencies of codes"), "at most", 0.0, 1.0),
    "ranks": (Said("Rank correlation of the frequencies of codes"), "at least", -1.0, 1.0),
    "tail_coverage": (Said("Share of the rare codes allowed that occur"), "at least", 0.0, 1.0),
    "tail_mass": (Said("Rows with rare codes, over what the training rows have"), "at least", 0.0, np.inf),
}


def _column(cut: dict[Part, Sample], name: str, cell: int) -> tuple[dict[str, dict[Part, Floats]], dict[str, Any]]:
    columns = {part: sample.frame[name] for part, sample in cut.items()}
    levels = pd.Index(pd.unique(pd.concat(columns.values()).dropna()))
    tables = {}
    for part, sample in cut.items():
        there = columns[part].notna().to_numpy()
        codes = levels.get_indexer(columns[part][there]).astype(np.int64)
        tables[part] = counted(codes, len(levels), sample.groups[there])
    behind = pd.DataFrame({"v": columns["train"], "p": cut["train"].people}).dropna().drop_duplicates()["v"]
    allowed = (behind.value_counts().reindex(levels).fillna(0) >= cell).to_numpy()
    order = np.argsort(-tables["train"][0], kind="stable")
    before = np.cumsum(tables["train"][0][order]) - tables["train"][0][order]
    head = np.zeros(len(levels), dtype=bool)
    head[order[before < HEAD * tables["train"][0].sum()]] = True
    found: dict[str, dict[Part, Floats]] = {what: {} for what in _TITLES}
    rare = allowed & ~head
    for part in SIDES:
        made, real = _shares(tables[part]), _shares(tables["train"])
        found["distance"][part] = jensen_shannon(real, made)
        found["ranks"][part] = _ranks(real[:, allowed], made[:, allowed])
        found["tail_coverage"][part] = (
            np.asarray((tables[part][:, rare] > 0).mean(axis=1)) if rare.any() else np.full(len(made), np.nan)
        )
        with np.errstate(all="ignore"):
            found["tail_mass"][part] = made[:, ~head].sum(axis=1) / real[:, ~head].sum(axis=1)
    shares = {part: _shares(table)[0] for part, table in tables.items()}
    shown = [
        {
            "label": str(levels[at]),
            **{
                part: round(float(share[at]), 4)
                if enough(cut[part], (columns[part] == levels[at]).to_numpy(), cell)
                else None
                for part, share in shares.items()
            },
        }
        for at in order[:SHOWN]
        if allowed[at]
    ]
    figures = {what: {part: told(made) for part, made in sides.items()} for what, sides in found.items()}
    return found, {**figures, "levels": int(allowed.sum()), "rare_levels": int(rare.sum()), "commonest": shown}


def jensen_shannon(left: Floats, right: Floats) -> Floats:
    """Jensen-Shannon distance, base 2, of two arrays of shares (replicas x levels): the root of the divergence."""
    middle = (left + right) / 2

    def divergence(shares: Floats) -> Floats:
        with np.errstate(all="ignore"):
            return np.asarray(np.where(shares > 0, shares * np.log2(shares / middle), 0.0).sum(axis=1))

    return np.asarray(np.sqrt(np.clip((divergence(left) + divergence(right)) / 2, 0.0, 1.0)))


def _ranks(left: Floats, right: Floats) -> Floats:
    if left.shape[1] < 3:
        return np.full(len(left), np.nan)
    x, y = (rankdata(side, axis=1) for side in (left, right))
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        return np.asarray((x * y).sum(axis=1) / np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1)))


def _shares(counts: Floats) -> Floats:
    with np.errstate(all="ignore"):
        return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def _mean(columns: list[Floats]) -> Floats:
    known = [one for one in columns if np.isfinite(one[0])]
    return np.asarray(np.mean(known, axis=0)) if known else np.array([np.nan])

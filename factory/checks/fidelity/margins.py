"""Three-way margins: combinations of three columns that no pair shows."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from factory.checks.comparison import Comparison, Part
from factory.checks.fidelity.replicas import Floats, Ints, beside, counted, told, total_variation
from factory.checks.fidelity.sample import SIDES, Sample, cuts, kinds_of
from factory.checks.measure import Measure
from factory.contract import Kind
from factory.core.seeds import generator
from factory.words import Said

# Triples looked at: all of them where there are no more.
TRIPLES = 300
# Levels of a number, and the commonest ones of a category; one more for the others and one for missing.
LEVELS = 4
WORST = 5


def measure_margins(comparison: Comparison) -> tuple[list[Measure], dict[str, Any]]:
    """Mean total-variation distance of random three-way margins from the training rows', a table.

    Columns are cut to a few levels (quarters of the training rows, the four commonest levels). Two columns give
    pairs. Source: NIST Differential Privacy Synthetic Data Challenge 2018, k-marginal score.
    """
    measures: list[Measure] = []
    details: dict[str, Any] = {}
    for table, cut in cuts(comparison):
        codes = {part: binned(cut, part, kinds_of(comparison, table)) for part in cut}
        sets = _sets(list(codes["train"]), comparison.seed, table)
        if not sets:
            continue
        found = {part: np.array([_distance(cut, codes, part, names) for names in sets]) for part in SIDES}
        made, fresh = (np.asarray(found[part].mean(axis=0)) for part in SIDES)
        title = Said("Mean distance of three-way margins")
        if len(sets[0]) != 3:
            title = Said("Mean distance of two-way margins")
        citation = "NIST DP Synthetic Data Challenge 2018, k-marginal; total variation"
        measures += beside(
            "margins_distance", title, made, fresh, "at most", len(cut["synthetic"].drawn), citation, table,
            comparison.seed,
        )  # fmt: skip
        excess = found["synthetic"][:, 0] - found["holdout"][:, 0]
        details[table] = {
            "mean": told(made),
            "fresh": told(fresh),
            "margins": len(sets),
            "worst": [
                {"columns": list(sets[at])} | {part: told(distances[at]) for part, distances in found.items()}
                for at in np.argsort(-excess, kind="stable")[:WORST]
            ],
        }
    return measures, details


def binned(cut: dict[Part, Sample], part: Part, kinds: dict[str, Kind]) -> dict[str, Ints]:
    """Each column of a part as codes 0..LEVELS+1, cut where the training rows say; constant columns are left out."""
    made = {}
    for name, kind in kinds.items():
        real, values = cut["train"].frame[name], cut[part].frame[name]
        if real.nunique(dropna=False) < 2:
            continue
        if kind is Kind.CATEGORY:
            counts = real.value_counts().sort_index(kind="stable").sort_values(ascending=False, kind="stable")
            place = {level: at for at, level in enumerate(counts.index[:LEVELS])}
            codes = values.map(place).fillna(LEVELS).to_numpy("int64")
        else:
            edges = np.unique(real.dropna().quantile([at / LEVELS for at in range(1, LEVELS)]))
            codes = np.searchsorted(edges, values.to_numpy("float64"), side="left")
        made[name] = np.where(values.isna(), LEVELS + 1, codes).astype(np.int64)
    return made


def _sets(names: list[str], seed: int, table: str) -> list[tuple[str, ...]]:
    size = min(3, len(names))
    if size < 2:
        return []
    if math.comb(len(names), size) <= TRIPLES:
        return list(itertools.combinations(names, size))
    dice = generator(seed, "margins", table)
    drawn = {tuple(sorted(dice.choice(len(names), size, replace=False).tolist())) for _ in range(TRIPLES)}
    return [tuple(names[at] for at in one) for one in sorted(drawn)]


def _distance(
    cut: dict[Part, Sample], codes: dict[Part, dict[str, Ints]], part: Part, names: tuple[str, ...]
) -> Floats:
    base = LEVELS + 2
    tables = []
    for side in ("train", part):
        joint = np.zeros(len(cut[side].frame), dtype=np.int64)
        for name in names:
            joint = joint * base + codes[side][name]
        tables.append(counted(joint, base ** len(names), cut[side].groups))
    return total_variation(*tables)

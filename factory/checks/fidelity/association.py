"""How much two columns of any kind depend on each other, and how that differs between synthetic and real rows."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from factory.checks.comparison import Comparison
from factory.checks.fidelity.replicas import Floats, Ints, beside_fresh
from factory.checks.fidelity.sample import SIDES, cuts, kinds_of
from factory.checks.measure import Bearing, Measure
from factory.contract import Kind
from factory.words import Said

MOST_COLUMNS = 30
# Levels of a category told apart; the rest are one.
MOST_LEVELS = 30
# Rows of which both values are there; fewer say nothing of a dependence.
FEWEST_ROWS = 20
CITATION = "Spearman 1904; correlation ratio, Pearson 1905; Cramer's V with the correction of Bergsma 2013"


@dataclass(frozen=True)
class Coded:
    """A column as numbers (n,): ranks with nan where missing, or levels with -1 where missing."""

    ranks: Floats | None
    levels: Ints | None


def coded(values: pd.Series, kind: Kind) -> Coded:
    """Ranks of a number's values, or the commonest levels of a category, the others as one."""
    if kind is Kind.CATEGORY:
        counts = values.value_counts().sort_index(kind="stable").sort_values(ascending=False, kind="stable")
        place = {level: min(at, MOST_LEVELS) for at, level in enumerate(counts.index)}
        return Coded(None, values.map(place).fillna(-1).to_numpy("int64"))
    numbers = values.to_numpy("float64")
    there = ~np.isnan(numbers)
    ranks = np.full(len(numbers), np.nan)
    ranks[there] = rankdata(numbers[there])
    return Coded(ranks, None)


def association(left: Coded, right: Coded) -> float:
    """Spearman's correlation (in [-1, 1]) of numbers, correlation ratio of ranks or Cramer's V (in [0, 1]) else.

    Over rows that have both; nan where fewer than 20 do or a column is constant there. Cramer's V and the correlation
    ratio are corrected for the levels that chance alone would make differ.
    """
    if left.ranks is not None and right.ranks is not None:
        there = ~np.isnan(left.ranks) & ~np.isnan(right.ranks)
        return _pearson(left.ranks[there], right.ranks[there])
    if left.levels is not None and right.levels is not None:
        there = (left.levels >= 0) & (right.levels >= 0)
        return _cramer(left.levels[there], right.levels[there])
    ranks, levels = (left.ranks, right.levels) if left.ranks is not None else (right.ranks, left.levels)
    if ranks is None or levels is None:
        return math.nan
    there = ~np.isnan(ranks) & (levels >= 0)
    return _ratio(ranks[there], levels[there])


def measure_association(comparison: Comparison) -> tuple[list[Measure], dict[str, Any]]:
    """Mean difference of the associations of all pairs of a table's columns (the first 30) from the training rows'.

    Details by table: the columns, and the matrices of training, synthetic and hold-out rows, null where there is no
    figure. No interval: each pair is worked out once.
    """
    measures: list[Measure] = []
    details: dict[str, Any] = {}
    for table, cut in cuts(comparison):
        kinds = kinds_of(comparison, table)
        names = [name for name in kinds if cut["train"].frame[name].nunique() > 1][:MOST_COLUMNS]
        found = {part: matrix(sample.frame[names], kinds) for part, sample in cut.items()}
        made, fresh = (difference(found["train"], found[part]) for part in SIDES)
        if math.isnan(made):
            continue
        title = beside_fresh(Said("Mean difference of the associations of pairs of columns"), f"{fresh:.3f}")
        n = len(cut["synthetic"].drawn)
        measures.append(
            Measure("association_difference", title, made, None, None, None, "at most", n, CITATION,
                    comparison.seed, table, Bearing.DIAGNOSTIC)
        )  # fmt: skip
        details[table] = {"columns": names, **{part: _shown(values) for part, values in found.items()}}
    return measures, details


def matrix(frame: pd.DataFrame, kinds: dict[str, Kind]) -> Floats:
    """Associations of each two columns (columns x columns), 1 on the diagonal."""
    columns = [coded(frame[name], kinds[name]) for name in frame.columns]
    made = np.eye(len(columns))
    for one, two in itertools.combinations(range(len(columns)), 2):
        made[one, two] = made[two, one] = association(columns[one], columns[two])
    return made


def difference(real: Floats, other: Floats) -> float:
    """Mean absolute difference of the pairs that the real rows have a figure of.

    A pair without a figure in the other rows (a column is constant there) counts as not associated; nan for no pair.
    """
    above = np.triu(np.ones(real.shape, dtype=bool), 1) & ~np.isnan(real) if real.ndim == 2 else ~np.isnan(real)
    return float(np.abs(real[above] - np.nan_to_num(other[above])).mean()) if above.any() else math.nan


def _shown(values: Floats) -> list[list[float | None]]:
    return [[None if math.isnan(one) else round(float(one), 3) for one in row] for row in values]


def _pearson(x: Floats, y: Floats) -> float:
    if len(x) < FEWEST_ROWS:
        return math.nan
    x, y = x - x.mean(), y - y.mean()
    scale = math.sqrt(float((x * x).sum()) * float((y * y).sum()))
    return float((x * y).sum()) / scale if scale > 0 else math.nan


def _ratio(ranks: Floats, levels: Ints) -> float:
    if len(ranks) < FEWEST_ROWS:
        return math.nan
    _, codes = np.unique(levels, return_inverse=True)
    sizes = np.bincount(codes)
    whole = float(((ranks - ranks.mean()) ** 2).sum())
    if whole <= 0 or len(sizes) < 2 or len(sizes) >= len(ranks):
        return math.nan
    means = np.bincount(codes, ranks) / sizes
    between = float((sizes * (means - ranks.mean()) ** 2).sum())
    # Epsilon squared (Kelley 1935): eta squared less what groups by chance would explain.
    kelley = 1 - (whole - between) / (len(ranks) - len(sizes)) / (whole / (len(ranks) - 1))
    return math.sqrt(max(0.0, kelley))


def _cramer(left: Ints, right: Ints) -> float:
    n = len(left)
    if n < FEWEST_ROWS:
        return math.nan
    _, a = np.unique(left, return_inverse=True)
    _, b = np.unique(right, return_inverse=True)
    rows, columns = int(a.max()) + 1, int(b.max()) + 1
    if min(rows, columns) < 2:
        return math.nan
    table = np.bincount(a * columns + b, minlength=rows * columns).reshape(rows, columns)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / n
    phi = max(0.0, float(((table - expected) ** 2 / expected).sum()) / n - (rows - 1) * (columns - 1) / (n - 1))
    fewest = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)) - 1
    return math.sqrt(phi / fewest) if fewest > 0 else math.nan

"""Distances from closest records: shown because readers ask for them, and judged by nobody.

They miss leaks that attacks find: Ganev and De Cristofaro, arXiv 2312.05114; Yao et al., arXiv 2505.01524.
"""

from __future__ import annotations

import numpy as np

from factory.checks.comparison import Comparison
from factory.checks.intervals import bootstrap, wilson
from factory.checks.measure import Bearing, Measure
from factory.checks.neighbours import Floats, Ints
from factory.checks.privacy.proximity import Proximity, proximity
from factory.words import Said

_CITATION = "Platzer and Reutterer, Front. Big Data 2021, 4:679939; arXiv 2312.05114; arXiv 2505.01524"
_SMALLEST = 1e-9


def measure_distances(comparison: Comparison) -> list[Measure]:
    """Per table, diagnostics only: the share of rows nearer to training than to hold-out rows, DCR and NNDR.

    DCR and NNDR are medians of synthetic rows over those of hold-out rows; 1 is what fresh real rows have. Intervals
    of the first are Wilson's, of the others a bootstrap over people's rows.
    """
    made = []
    for table in comparison.tables():
        made += _of_table(comparison, table, proximity(comparison, table))
    return made


def _of_table(comparison: Comparison, table: str, found: Proximity) -> list[Measure]:
    to_train, to_holdout = found.made_to_train[:, 0], found.made_to_holdout[:, 0]
    nearer = float((to_train < to_holdout).sum() + 0.5 * (to_train == to_holdout).sum())
    share = wilson(nearer / len(to_train) * found.people[0], found.people[0])
    measures = [
        _diagnostic(comparison, "dcr_share", Said("Rows nearer to training than to hold-out rows"), table, found, share)
    ]
    for name, title, made, fresh in (
        ("dcr_ratio", Said("Distance from the closest record (DCR), median over that of fresh real rows"), to_train,
         found.fresh_to_train[:, 0]),
        ("nndr_ratio", Said("Nearest neighbour distance ratio (NNDR), median over that of fresh real rows"),
         _ratio(found.made_to_train), _ratio(found.fresh_to_train)),
    ):  # fmt: skip
        interval = _medians(comparison, made, fresh, f"{name} {table}")
        measures.append(_diagnostic(comparison, name, title, table, found, interval))
    return measures


def _diagnostic(
    comparison: Comparison, name: str, title: str, table: str, found: Proximity, interval: tuple[float, float, float]
) -> Measure:
    return Measure(
        name, Said("{what} (diagnostic)", what=title), *interval, None, "at least", sum(found.people), _CITATION,
        comparison.seed, table, Bearing.DIAGNOSTIC,
    )  # fmt: skip


def _ratio(distance: Floats) -> Floats:
    second = np.where(np.isfinite(distance[:, 1]), distance[:, 1], distance[:, 0])
    return np.asarray((distance[:, 0] + _SMALLEST) / (second + _SMALLEST))


def _medians(comparison: Comparison, made: Floats, fresh: Floats, label: str) -> tuple[float, float, float]:
    """Median of `made` over that of `fresh` with a bootstrap of both."""
    both, split = np.concatenate([made, fresh]), len(made)

    def ratio(rows: Ints) -> float:
        one, other = both[rows[rows < split]], both[rows[rows >= split]]
        if not len(one) or not len(other):
            return float("nan")
        return float((np.median(one) + _SMALLEST) / (np.median(other) + _SMALLEST))

    everybody = np.arange(len(both), dtype=np.int64)
    low, high = bootstrap(ratio, everybody, comparison.seed, label)
    return ratio(everybody), low, high

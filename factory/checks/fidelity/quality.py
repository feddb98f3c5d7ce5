"""SDMetrics' quality score of each table, beside the score of hold-out people: a fresh real sample."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sdmetrics.reports import QualityReport

from factory.checks.comparison import Comparison, Part
from factory.checks.fidelity.replicas import Floats, reach
from factory.checks.fidelity.sample import Sample, cuts
from factory.checks.fidelity.scores import pair_scores, shape_scores
from factory.checks.measure import Measure
from factory.contract import Kind, ReleasedTable
from factory.words import Said

CITATION = "SDMetrics QualityReport; hold-out-relative after mostlyai-qa"
_CATEGORIES = (Kind.CATEGORY,)


@dataclass(frozen=True)
class Scores:
    """What SDMetrics says of one table: both scores in [0, 1], the shape score of each column, and the pairs scored."""

    shapes: float
    pairs: float
    columns: dict[str, float]
    scored: list[tuple[str, str]]


def sdmetrics_scores(shape: ReleasedTable, real: pd.DataFrame, other: pd.DataFrame) -> Scores:
    """Column Shapes and Column Pair Trends of `other` against `real`; a score is nan where SDMetrics gives none."""
    columns = {
        c.name: {"sdtype": "categorical" if c.kind in _CATEGORIES else "numerical"} for c in shape.columns if c.compared
    }
    names = list(columns)
    report = QualityReport()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        metadata = {"tables": {shape.name: {"columns": columns}}, "relationships": []}
        report.generate(
            {shape.name: _floats(real[names])}, {shape.name: _floats(other[names])}, metadata, verbose=False
        )
        parts = dict(report.get_properties().set_index("Property")["Score"])
        details = report.get_details("Column Shapes").set_index("Column")["Score"]
        trends = report.get_details("Column Pair Trends")
    scored: list[tuple[str, str]] = []
    if len(trends):
        rows = trends[trends["Meets Threshold?"].fillna(False).astype(bool) & trends["Score"].notna()]
        scored = list(zip(rows["Column 1"], rows["Column 2"], strict=True))
    columns_found = details.dropna().round(4).to_dict()
    return Scores(float(parts["Column Shapes"]), float(parts["Column Pair Trends"]), columns_found, scored)


def measure_quality(comparison: Comparison) -> tuple[list[Measure], dict[str, Any]]:
    """The worst of shapes and pairs over tables, as a ratio to what hold-out people score; and the parts of it.

    Hold-out and synthetic people are as many, so that neither score is favoured by the size of its sample. The
    interval leaves groups of people out of all three parts. Source: SDMetrics QualityReport; the hold-out as ceiling
    after mostlyai-qa.
    """
    parts: dict[str, Any] = {}
    values: list[float] = []
    replicas: list[Floats] = []
    for table, cut in cuts(comparison):
        if not any(c.compared for c in comparison.shapes[table].columns):
            continue
        parts[table], ratios = _table(comparison.shapes[table], cut)
        values += [value for value, _ in ratios]
        replicas += [made for _, made in ratios]
    if not values:
        return [], parts
    half = reach(np.min(replicas, axis=0))
    value = float(np.min(values))
    low, high = (None, None) if math.isnan(half) else (value - half, value + half)
    title = Said("Worst quality score, over that of a fresh real sample")
    n = min(comparison.people("synthetic"), comparison.people("holdout"))
    limit = comparison.contract.policy.fidelity_ratio
    return [Measure("fidelity_ratio", title, value, low, high, limit, "at least", n, CITATION, comparison.seed)], parts


def _table(shape: ReleasedTable, cut: dict[Part, Sample]) -> tuple[dict[str, Any], list[tuple[float, Floats]]]:
    fresh, made = (sdmetrics_scores(shape, cut["train"].frame, cut[part].frame) for part in ("holdout", "synthetic"))
    part = {
        "shapes": made.shapes,
        "pairs": made.pairs,
        "fresh_shapes": fresh.shapes,
        "fresh_pairs": fresh.pairs,
        "columns": made.columns,
        "fresh_columns": fresh.columns,
        "pairs_scored": len(made.scored),
        "rows": {name: len(sample.frame) for name, sample in cut.items()},
        "sampled": not all(sample.whole for sample in cut.values()),
    }
    part = {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in part.items()}
    kinds = {c.name: c.kind for c in shape.columns if c.compared}
    ratios = []
    if fresh.shapes > 0 and not math.isnan(made.shapes):
        over = shape_scores(kinds, cut["train"], cut["synthetic"]) / shape_scores(kinds, cut["train"], cut["holdout"])
        ratios.append((made.shapes / fresh.shapes, over))
    # A pair that cannot be scored on one side (a column that is constant there) is left to the shapes.
    if made.pairs > 0 and fresh.pairs > 0:
        top = pair_scores(kinds, cut["train"], cut["synthetic"], made.scored)
        bottom = pair_scores(kinds, cut["train"], cut["holdout"], fresh.scored)
        ratios.append((made.pairs / fresh.pairs, top / bottom))
    return part, ratios


def _floats(frame: pd.DataFrame) -> pd.DataFrame:
    made: pd.DataFrame = frame.apply(lambda values: values if values.dtype == object else values.astype("float64"))
    return made

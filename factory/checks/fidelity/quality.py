"""SDMetrics' quality score of each table, beside the score of hold-out people: a fresh real sample."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
from sdmetrics.reports import QualityReport

from factory.checks.measure import Measure
from factory.contract import Contract, Kind, ReleasedTable, released
from factory.core.seeds import derive

_CATEGORIES = (Kind.CATEGORY,)
# The report's pair trends grow with rows x columns squared; the baselines score up to 10,000 rows too.
MOST_ROWS = 10_000


def table_scores(
    shape: ReleasedTable, real: pd.DataFrame, other: pd.DataFrame
) -> tuple[float, float, dict[str, float]]:
    """Column Shapes, Column Pair Trends (both in [0, 1]) and the shape score of each column."""
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
    shapes, pairs = float(parts["Column Shapes"]), float(parts["Column Pair Trends"])
    # SDMetrics scores no pair of a table whose columns hardly depend on each other; shapes then speak alone.
    return shapes, shapes if math.isnan(pairs) else pairs, details.dropna().round(4).to_dict()


def quality(
    contract: Contract,
    train: dict[str, pd.DataFrame],
    holdout: dict[str, pd.DataFrame],
    synthetic: dict[str, pd.DataFrame],
    seed: int,
) -> tuple[Measure, dict[str, dict[str, object]]]:
    """The worst of shapes and pairs over tables, as a ratio to what hold-out people score; and the parts of it.

    Source: SDMetrics QualityReport; the hold-out as ceiling after mostlyai-qa.
    """
    parts: dict[str, dict[str, object]] = {}
    ratios: list[float] = []
    for name, shape in released(contract).items():
        cut = [_some(frames[name], derive(seed, name)) for frames in (train, holdout, synthetic)]
        fresh_shapes, fresh_pairs, _ = table_scores(shape, cut[0], cut[1])
        shapes, pairs, columns = table_scores(shape, cut[0], cut[2])
        parts[name] = {
            "shapes": shapes,
            "pairs": pairs,
            "fresh_shapes": fresh_shapes,
            "fresh_pairs": fresh_pairs,
            "columns": columns,
        }
        ratios += [shapes / fresh_shapes, pairs / fresh_pairs]
    measure = Measure(
        name="fidelity_ratio",
        title="Worst quality score, over that of a fresh real sample",
        value=float(np.min(ratios)),
        low=None,
        high=None,
        threshold=contract.policy.fidelity_ratio,
        direction="at least",
        n=len(synthetic[contract.person]),
        citation="SDMetrics QualityReport; hold-out-relative after mostlyai-qa",
    )
    return measure, parts


def _some(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    return frame if len(frame) <= MOST_ROWS else frame.sample(MOST_ROWS, random_state=seed & 0xFFFFFFFF)


def _floats(frame: pd.DataFrame) -> pd.DataFrame:
    made: pd.DataFrame = frame.apply(lambda values: values if values.dtype == object else values.astype("float64"))
    return made

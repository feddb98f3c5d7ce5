"""SDMetrics' shapes and pairs worked out again from tables of counts, so that groups of people can be left out.

The figures reported are SDMetrics' own; these give their intervals, and equal them on everybody (a test holds that).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from factory.checks.fidelity.replicas import Floats, Ints, correlated, counted, kolmogorov, total_variation
from factory.checks.fidelity.sample import Sample
from factory.contract import Kind


def shape_scores(kinds: dict[str, Kind], real: Sample, other: Sample) -> Floats:
    """Column Shapes with its replicas: mean of 1 - KS over numbers, and of 1 - total variation over categories."""
    scores = []
    for name, kind in kinds.items():
        left, right = real.frame[name], other.frame[name]
        there = (left.notna().to_numpy(), right.notna().to_numpy())
        if not there[0].any() or not there[1].any():
            continue
        codes, size = _shared(left[there[0]], right[there[1]])
        tables = [
            counted(code, size, part.groups[kept]) for code, part, kept in zip(codes, (real, other), there, strict=True)
        ]
        distance = total_variation(*tables) if kind is Kind.CATEGORY else kolmogorov(*tables)
        scores.append(1 - distance)
    return np.asarray(np.nanmean(scores, axis=0)) if scores else np.array([np.nan])


def pair_scores(kinds: dict[str, Kind], real: Sample, other: Sample, pairs: Sequence[tuple[str, str]]) -> Floats:
    """Column Pair Trends with its replicas over the pairs that SDMetrics scored.

    Its own choices: numbers are cut in ten bins between the ends of their own side; those ends stay as they are when
    people are left out.
    """
    cells = {name: (_cells(real.frame[name], kind), _cells(other.frame[name], kind)) for name, kind in kinds.items()}
    scores = []
    for first, second in pairs:
        if kinds[first] is not Kind.CATEGORY and kinds[second] is not Kind.CATEGORY:
            both = [
                correlated(part.frame[first].to_numpy(), part.frame[second].to_numpy(), part.groups)
                for part in (real, other)
            ]
            scores.append(1 - np.abs(both[0] - both[1]) / 2)
            continue
        # Cells of a pair are numbers of two parts: the cell of the first column, and that of the second.
        one, two = (_shared(*cells[name]) for name in (first, second))
        joint = [a * two[1] + b for a, b in zip(one[0], two[0], strict=True)]
        codes, size = _shared(pd.Series(joint[0]), pd.Series(joint[1]))
        tables = [counted(code, size, part.groups) for code, part in zip(codes, (real, other), strict=True)]
        scores.append(1 - total_variation(*tables))
    return np.asarray(np.nanmean(scores, axis=0)) if scores else np.array([np.nan])


def _cells(values: pd.Series, kind: Kind) -> pd.Series:
    if kind is Kind.CATEGORY:
        return values.where(values.notna(), "\x00missing")
    return pd.Series(np.digitize(values, np.histogram_bin_edges(values.dropna())))


def _shared(left: pd.Series, right: pd.Series) -> tuple[list[Ints], int]:
    codes, levels = pd.factorize(pd.concat([left, right], ignore_index=True), sort=True)
    whole = codes.astype(np.int64)
    return [whole[: len(left)], whole[len(left) :]], len(levels)

"""Places for the levels of a category: levels whose people are alike in the other columns lie close."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.synth.trees.columns import Column

Floats = npt.NDArray[np.float64]

# Levels below this need no places: their indicators say it all.
FEWEST_LEVELS = 13
DIMENSIONS = 8
# The second time levels are placed by the places of other columns' levels too, as codes beside codes need.
PASSES = 2
# Rows that a level's profile is drawn towards the common one with.
PRIOR_ROWS = 20.0


def embed(columns: Mapping[str, Column], frame: pd.DataFrame) -> None:
    """Set `embedding` (levels and missing, dimensions) of every category with enough levels."""
    wanted = [c for c in columns.values() if c.category is not None and c.missing >= FEWEST_LEVELS]
    if not wanted or not len(frame):
        return
    for _ in range(PASSES):
        blocks = {name: column.features(frame[name]) for name, column in columns.items()}
        for column in wanted:
            others = [block for name, block in blocks.items() if name != column.name]
            if others:
                column.embedding = _places(column, frame[column.name], np.hstack(others))


def _places(column: Column, values: pd.Series, others: npt.NDArray[np.float32]) -> Floats:
    codes = column.classes(values)
    known = codes >= 0
    centred = others[known] - others[known].mean(axis=0)
    spread = centred.std(axis=0)
    centred = centred / np.where(spread > 1e-6, spread, np.inf)
    levels = column.missing + 1
    order = np.argsort(codes[known], kind="stable")
    sums = np.zeros((levels, others.shape[1]))
    counts = np.bincount(codes[known], minlength=levels).astype(np.float64)
    there = np.flatnonzero(counts)
    starts = np.concatenate([[0], np.cumsum(counts[there])[:-1]]).astype(np.int64)
    if not len(there):
        return np.zeros((levels, 0))
    sums[there] = np.add.reduceat(centred[order], starts, axis=0)
    profile = sums / (counts + PRIOR_ROWS)[:, None]
    # Levels weigh by the root of their rows, so that the directions are those most people differ in.
    weight = np.sqrt(counts / counts.sum())[:, None]
    _, size, axes = np.linalg.svd(profile * weight, full_matrices=False)
    kept = size[:DIMENSIONS] > 1e-6
    placed = profile @ axes[:DIMENSIONS][kept].T
    made: Floats = placed / np.maximum(np.sqrt((weight**2 * placed**2).sum(axis=0)), 1e-9)
    return made

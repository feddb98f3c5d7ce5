"""Places for the levels of a category: levels whose people are alike in the other columns lie close."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_matrix

from factory.synth.trees.columns import Column

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Matrix = npt.NDArray[np.float32]

# Levels below this need no places: their indicators say it all.
FEWEST_LEVELS = 13
DIMENSIONS = 8
# The second time levels are placed by the places of other columns' levels too, as codes beside codes need.
PASSES = 2
# Rows that a level's profile is drawn towards the common one with.
PRIOR_ROWS = 20.0


def embed(columns: Mapping[str, Column], frame: pd.DataFrame) -> dict[str, Matrix]:
    """Set `embedding` (levels and missing, dimensions) of every category with enough levels; features by column."""
    blocks = {name: column.features(frame[name]) for name, column in columns.items()}
    wanted = [name for name, c in columns.items() if c.category is not None and c.missing >= FEWEST_LEVELS]
    if not wanted or len(columns) < 2 or not len(frame):
        return blocks
    codes = {name: columns[name].classes(frame[name]) for name in wanted}
    for _ in range(PASSES):
        whose = np.repeat(list(blocks), [block.shape[1] for block in blocks.values()])
        features = np.hstack(list(blocks.values()))
        middle, spread = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64)
        scale = np.where(spread > 1e-6, spread, np.inf)
        for name in wanted:
            others, levels = whose != name, columns[name].missing + 1
            sums, counts = _summed(codes[name], levels, features)
            about = (sums - counts[:, None] * middle) / scale
            columns[name].embedding = _places(about[:, others], counts)
        blocks |= {name: columns[name].features(frame[name]) for name in wanted}
    return blocks


def _summed(codes: Ints, levels: int, features: Matrix) -> tuple[Floats, Floats]:
    """Of the rows (n,) of each level, the sum of their features (levels, p) and their number (levels,)."""
    known = np.flatnonzero(codes >= 0)
    marks = (np.ones(len(known), dtype=np.float32), (codes[known], known))
    sums = csr_matrix(marks, shape=(levels, len(codes))) @ features
    return sums.astype(np.float64), np.bincount(codes[known], minlength=levels).astype(np.float64)


def _places(sums: Floats, counts: Floats) -> Floats:
    if not counts.any():
        return np.zeros((len(counts), 0))
    profile = sums / (counts + PRIOR_ROWS)[:, None]
    # Levels weigh by the root of their rows, so that the directions are those most people differ in.
    weight = np.sqrt(counts / counts.sum())[:, None]
    _, size, axes = np.linalg.svd(profile * weight, full_matrices=False)
    kept = size[:DIMENSIONS] > 1e-6
    placed = profile @ axes[:DIMENSIONS][kept].T
    made: Floats = placed / np.maximum(np.sqrt((weight**2 * placed**2).sum(axis=0)), 1e-9)
    return made

"""What the trees of a column split by: one goal for ordered values, several for what has no order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.synth.trees.columns import Column, to_floats

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Classes that get a goal of their own; the rest of a long list is told apart by its embedding.
MOST_GOALS = 12
# Directions that the levels of a longer list are told apart in.
PROJECTIONS = 8
# Atoms of a number that get a goal beside its place on the scale.
MOST_ATOMS = 2
# Weight of the square of a number's place beside the place: a tree that saw means alone would not part people of one
# mean who differ in spread, as the heart rates of the well and of the very ill do.
SQUARE = 0.7


def goals(column: Column, values: pd.Series, classes: Ints, scores: Floats, echo: Ints | None = None) -> Floats:
    """Goals (n, q) for rows of known class: indicators and embedding of categories; of numbers what follows.

    Place and its square, missing, atoms, echoes. The place of a number is that in the whole column.
    """
    if column.category is None:
        return _of_number(column, values, classes, scores, echo)
    if column.missing + 1 > MOST_GOALS:
        return _of_codes(column.category.levels, classes)
    counts = np.bincount(classes[classes >= 0], minlength=column.missing + 1)
    common = np.argsort(-counts, kind="stable")[:MOST_GOALS]
    common = common[counts[common] > 0]
    if len(common) == 2:
        common = common[:1]
    made: Floats = (classes[:, None] == common).astype(np.float64)
    return made


def _of_codes(kept: tuple[str, ...], classes: Ints) -> Floats:
    """Indicators of levels and of their beginnings, projected at random (after Joly et al. 2014).

    The variance of a projection is in expectation that of all indicators, which is what Gini's index measures.
    """
    dice = np.random.default_rng(0)
    levels = [*kept, ""]
    table = dice.standard_normal((len(levels), PROJECTIONS))
    for length in (1, 2, 3):
        groups, which = np.unique([level[:length] for level in levels], return_inverse=True)
        if len(groups) < len(levels):
            table += dice.standard_normal((len(groups), PROJECTIONS))[which]
    made: Floats = np.where(classes[:, None] >= 0, table[classes], 0.0)
    return made


def _of_number(column: Column, values: pd.Series, classes: Ints, scores: Floats, echo: Ints | None) -> Floats:
    gone = classes == column.missing
    place = column.features(values)[:, 0].astype(np.float64)
    there = ~gone & ~np.isnan(to_floats(values))
    place = np.where(there, place, place[there].mean() if there.any() else 0.0)
    parts = [place, np.where(there, SQUARE * (place**2 - 1), 0.0)]
    if 0 < gone.sum() < len(gone):
        parts.append(gone * 2.0)
    if column.rest and not _scale(column):
        counts = np.bincount(classes[(classes >= 0) & (classes < column.rest)], minlength=column.rest)
        parts += [(classes == atom) * 2.0 for atom in np.argsort(-counts, kind="stable")[:MOST_ATOMS]]
    if echo is not None:
        parts += [(echo == at) * 2.0 for at in range(echo.max() + 1)]
    return np.column_stack(parts)


def _scale(column: Column) -> bool:
    return column.number is not None and not len(column.number.values)

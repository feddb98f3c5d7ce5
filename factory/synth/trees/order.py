"""The order in which columns are drawn: codes, then few values before many, and what others determine after them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.tree import DecisionTreeRegressor

from factory.synth.rows import People
from factory.synth.trees.categories import CODES_FROM
from factory.synth.trees.columns import Column
from factory.synth.trees.goals import goals

Floats = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float32]

# Share of a column's variance, out of sample, from which it counts as determined by the others.
DETERMINED = 0.9
# Share of different values from which a column counts as one whose values hardly repeat.
HARDLY = 0.5
# Rows are enough at this number to see that a column is determined.
MOST_ROWS = 2000
# Trees that look for it stop at leaves of this many rows.
LEAF = 10


def drawing_order(
    columns: Mapping[str, Column],
    frame: pd.DataFrame,
    blocks: Mapping[str, Matrix],
    drawn: Sequence[str],
    first: Sequence[str],
    people: People,
    rng: np.random.Generator,
) -> list[str]:
    """Names in `drawn` in the order they are drawn.

    Long lists of codes come before what they explain: each later column then has a forest of its own that follows the
    code's place among codes, where one forest of the code would have to follow all columns at once.
    """
    head = [name for name in dict.fromkeys(first) if name in set(drawn)]
    rest = [name for name in drawn if name not in set(head)]
    different = {name: _rank(frame[name]) for name in rest}
    rest.sort(key=lambda name: (not _codes(columns[name]), different[name]))
    tail = _determined(columns, frame, blocks, head, rest, people, rng)
    return head + [name for name in rest if name not in set(tail)] + tail[::-1]


def _codes(column: Column) -> bool:
    return column.category is not None and len(column.category.levels) > CODES_FROM


def _rank(values: pd.Series) -> tuple[float, float]:
    """Different values; columns whose values hardly repeat are alike in that, and come by how much is missing."""
    there = int(values.notna().sum())
    different = values.nunique()
    return (np.inf, 1 - there / len(values)) if different > HARDLY * there else (different, 0.0)


def _determined(
    columns: Mapping[str, Column],
    frame: pd.DataFrame,
    blocks: Mapping[str, Matrix],
    head: Sequence[str],
    rest: Sequence[str],
    people: People,
    rng: np.random.Generator,
) -> list[str]:
    """Columns of `rest` that what remains determines, the most determined first, each without those found before."""
    rows = np.sort(rng.permutation(len(frame))[:MOST_ROWS])
    held = np.isin(people[rows], rng.permutation(np.unique(people[rows]))[::2])
    if held.all() or not held.any():
        return []
    sample = frame.iloc[rows].reset_index(drop=True)
    x = {name: blocks[name][rows] for name in [*head, *rest]}
    y = {name: _goal(columns[name], sample[name]) for name in rest}
    found: list[str] = []
    asked = list(rest)
    while len(found) < len(rest) - 1:
        left = [name for name in [*head, *rest] if name not in found]
        score = {n: _explained([x[o] for o in left if o != n], y[n], held) for n in asked if n not in found}
        asked = [name for name, value in score.items() if value >= DETERMINED]
        if not asked or len(left) == 1:
            break
        found.append(max(asked, key=lambda name: (score[name], name)))
    return found


def _goal(column: Column, values: pd.Series) -> Floats:
    classes = column.classes(values)
    if column.empty or not (classes >= 0).any():
        return np.zeros((len(values), 0))
    return goals(column, values, classes, np.zeros(len(values)))


def _explained(others: Sequence[Matrix], goal: Floats, held: npt.NDArray[np.bool_]) -> float:
    """Share of a goal's variance that a tree grown on half of the people explains in the other half."""
    total = ((goal[held] - goal[held].mean(axis=0)) ** 2).sum() if goal.shape[1] else 0.0
    if total <= 0:
        return 0.0
    x = np.hstack(others)
    tree = DecisionTreeRegressor(min_samples_leaf=LEAF, splitter="random", random_state=0).fit(x[~held], goal[~held])
    guess = tree.predict(x[held]).reshape(goal[held].shape)
    return float(1 - ((goal[held] - guess) ** 2).sum() / total)

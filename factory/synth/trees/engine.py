"""Rows of one frame, drawn column after column, each from a forest on the columns before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.core.seeds import generator
from factory.synth.rows import Field, People
from factory.synth.trees.categories import UNKNOWN
from factory.synth.trees.columns import Column, Matrix, learn_column
from factory.synth.trees.embedding import embed
from factory.synth.trees.forest import Forest, Learnt, grow
from factory.synth.trees.goals import goals
from factory.synth.trees.linear import Ridge
from factory.synth.trees.order import drawing_order
from factory.synth.trees.settings import Settings

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
FOLDS = 5


@dataclass
class Step:
    """How one column is drawn from the features before it; without a forest it is missing throughout."""

    column: Column
    lead: Ridge | None
    forest: Forest | None


class SequentialTrees:
    """Sequential trees: each column from a forest on the columns before it (after Reiter 2005, and synthpop)."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()

    def fit(
        self,
        frame: pd.DataFrame,
        fields: Mapping[str, Field],
        people: People,
        seed: int,
        given: Sequence[str] = (),
        first: Sequence[str] = (),
    ) -> None:
        """Learn from `frame` (n rows); `people` (n,) says whose each row is.

        Columns in `given` are only conditioned on. Columns in `first` are drawn first, in that order.
        """
        rng = generator(seed, "sequential trees")
        self._drawn = [name for name in frame.columns if name not in set(given)]
        self._given = list(given)
        self._dtypes = frame.dtypes.to_dict()
        rows = _some_people(people, self.settings.most_rows, rng)
        frame, people = frame.iloc[rows].reset_index(drop=True), people[rows]
        columns = {
            name: learn_column(frame[name], fields[name], people, self.settings.smallest_cell)
            for name in [*self._given, *self._drawn]
        }
        embed(columns, frame)
        blocks = {name: column.features(frame[name]) for name, column in columns.items()}
        order = drawing_order(columns, frame, blocks, self._drawn, first, people, rng)
        self._contexts = [columns[name] for name in self._given]
        self._steps: list[Step] = []
        folds = _folds(people, rng)
        matrix = _stack([blocks[name] for name in self._given], len(frame))
        for name in order:
            step, lead = self._learn(columns[name], frame[name], matrix, people, folds, rng)
            self._steps.append(step)
            matrix = _stack([matrix, lead, blocks[name]], len(frame))

    def _learn(
        self,
        column: Column,
        values: pd.Series,
        matrix: Matrix,
        people: People,
        folds: Ints,
        rng: np.random.Generator,
    ) -> tuple[Step, Matrix]:
        classes = column.classes(values)
        known = classes != UNKNOWN
        empty = np.zeros((len(values), 0), dtype=np.float32)
        if column.empty or not known.any():
            return Step(column, None, None), empty
        scores = column.scores(values, rng)
        goal = goals(column, values, classes, scores)
        lead, extra = None, empty
        asked = np.flatnonzero(known)
        if len(asked) > self.settings.most_split_rows:
            asked = np.sort(rng.choice(asked, self.settings.most_split_rows, replace=False))
        if matrix.shape[1] and goal.shape[1] and len(np.unique(folds[asked])) == FOLDS:
            lead = Ridge(matrix[asked], goal[asked], folds[asked])
            predicted = lead.predict(matrix)
            predicted[asked] = lead.out_of_fold
            lead.keep_light()
            extra = predicted.astype(np.float32)
        leads = extra[:, 0].astype(np.float64) if extra.shape[1] else np.zeros(len(values))
        x = _stack([matrix, extra], len(values))
        if not x.shape[1]:
            x = np.zeros((len(values), 1), dtype=np.float32)
        parts = (x[known], goal[known], classes[known], scores[known], leads[known])
        forest = grow(Learnt(*parts, column.rest, people[known]), self.settings, rng)
        return Step(column, lead, forest), extra

    def sample(self, rows: int, seed: int) -> pd.DataFrame:
        """Draw `rows` rows; for models without given columns."""
        return self.sample_given(pd.DataFrame(index=range(rows)), generator(seed, "sequential trees, drawn"))

    def sample_given(self, given: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """Draw one row for each row of `given` (n rows with the given columns)."""
        n = len(given)
        matrix = _stack([column.features(given[column.name]) for column in self._contexts], n)
        made: dict[str, pd.Series] = {}
        for step in self._steps:
            values, extra = _draw(step, matrix, n, rng)
            made[step.column.name] = values
            matrix = _stack([matrix, extra, step.column.features(values)], n)
        return pd.DataFrame({name: made[name] for name in self._drawn}, index=range(n))


def _draw(step: Step, matrix: Matrix, n: int, rng: np.random.Generator) -> tuple[pd.Series, Matrix]:
    column = step.column
    extra = np.zeros((n, 0), dtype=np.float32)
    if step.forest is None or not n:
        return column.values(np.full(n, column.missing), np.zeros(n)), extra
    if step.lead is not None:
        extra = step.lead.predict(matrix).astype(np.float32)
    lead = extra[:, 0].astype(np.float64) if extra.shape[1] else np.zeros(n)
    x = _stack([matrix, extra], n)
    classes, scores = step.forest.draw(x if x.shape[1] else np.zeros((n, 1), dtype=np.float32), lead, rng)
    return column.values(classes, scores), extra


def _stack(blocks: Sequence[Matrix], rows: int) -> Matrix:
    return np.hstack([np.zeros((rows, 0), dtype=np.float32), *blocks])


def _folds(people: People, rng: np.random.Generator) -> Ints:
    everyone, whose = np.unique(people, return_inverse=True)
    return rng.permutation(np.arange(len(everyone)) % FOLDS)[whose]


def _some_people(people: People, most: int, rng: np.random.Generator) -> Ints:
    """Rows of as many whole people as make up at most `most` rows."""
    if len(people) <= most:
        return np.arange(len(people))
    everyone, whose, counts = np.unique(people, return_inverse=True, return_counts=True)
    order = rng.permutation(len(everyone))
    chosen = order[np.cumsum(counts[order]) <= most]
    return np.flatnonzero(np.isin(whose, chosen))

"""A step made ready to draw: its trees as one, its lead one product, its values straight into a matrix of features."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from factory.synth.trees.columns import Column
from factory.synth.trees.dice import even_dice, settled
from factory.synth.trees.echoes import repeated
from factory.synth.trees.forest import Forest
from factory.synth.trees.landing import MOST_CLASSES, Landing, chances
from factory.synth.trees.leading import Lead
from factory.synth.trees.reading import Reader
from factory.synth.trees.step import REDRAWN, Step

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Values = npt.NDArray[np.int64] | npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float32]


class Drawer:
    """Draws one column. In the matrix (rows, n) row 0 holds dice; `first` is the step's first row, `spare` free ones.

    The rows before `first` are the features of the columns before, in order. The lead of a number stands at `first`,
    for later columns learn of it, and the number's features after it; a category has its features alone.
    """

    def __init__(self, step: Step, first: int, spare: int) -> None:
        """Takes the forest out of `step` as far as draws need none of it."""
        self.column = step.column
        category = step.column.category
        # What the codes of a category stand for.
        self.levels = None if category is None else np.array([*category.levels, None], dtype=object)
        self._reader = Reader(step.column)
        self._echoes = step.echoes
        self._led = step.lead is not None and step.column.category is None
        self._first = first
        self.end = first + int(self._led) + self._reader.width
        self._draws, self.lead = _of(step, first, spare, self._led)

    def draw(self, matrix: Matrix, before: Mapping[str, Floats], rng: np.random.Generator, draws: int = 1) -> Values:
        """Codes or numbers (n,) given the step's lead and the rows before `first` of the matrix (rows, n).

        Writes the step's own rows. Of a number `draws` are made where one is kept, so that how many rows lie below a
        number is not left to chance.
        """
        values = self._values(matrix, before, rng, draws)
        self._reader.write(values, matrix[self.end - self._reader.width : self.end])
        return values

    def _values(self, matrix: Matrix, before: Mapping[str, Floats], rng: np.random.Generator, draws: int) -> Values:
        n = matrix.shape[1]
        if self._draws is None:
            classes = np.full(n, self.column.missing)
            return classes if self.column.category is not None else np.full(n, np.nan)
        if self.column.category is not None:
            return self._draws.classes(matrix, rng)
        numbers = self._numbers(self._draws, matrix, before, rng, draws)
        if not self._echoes.floors and not self._echoes.ceilings:
            return numbers
        asked = np.flatnonzero(self._echoes.broken(numbers, before))
        for _ in range(REDRAWN - 1):
            if not len(asked):
                break
            earlier = {name: values[asked] for name, values in before.items()}
            numbers[asked] = self._numbers(self._draws, matrix[:, asked], earlier, rng, 1)
            asked = asked[self._echoes.broken(numbers[asked], earlier)]
        numbers = numbers.clip(*self._echoes.bounds(n, before))
        if self.column.number is not None:
            # What k people hold, and the contract's bounds, come before an order between columns.
            numbers = numbers.clip(self.column.number.low, self.column.number.high)
        return self.column.whole(numbers)

    def _numbers(
        self, forest: _Draws, matrix: Matrix, before: Mapping[str, Floats], rng: np.random.Generator, draws: int
    ) -> Floats:
        column = self.column
        if forest.table is not None:
            found: Floats = forest.table[forest.classes(matrix, rng)]
            return found
        lead = matrix[self._first].astype(np.float64) if self._led else np.zeros(matrix.shape[1])
        classes, scores = forest.scored(matrix, lead, rng, draws)
        # What cannot be repeated, for it is missing there, is drawn as any other number.
        plain = np.where(classes > column.missing, column.rest, classes)
        fresh = column.numbers(plain, scores)
        if not self._echoes.names:
            return fresh
        again = repeated(self._echoes.names, classes - column.missing - 1, before)
        if column.number is not None:
            again = again.clip(column.number.low, column.number.high)
        return column.whole(np.where(np.isnan(again), fresh, again))


class _Draws:
    """Classes, and scores where a number is no class, from the forest of a step that has one."""

    def __init__(self, step: Step, forest: Forest, places: Ints) -> None:
        self._landing = Landing(forest, places[step.features])
        self.table = None if step.column.category is not None else _table(step.column, forest.classes)
        alone = step.column.category is not None or self.table is not None
        self._kinds = np.unique(forest.classes)
        self._rest = step.column.rest
        self._chances = None
        if alone and len(self._kinds) <= MOST_CLASSES:
            self._chances = chances(forest.nodes, forest.classes, self._kinds)
        # What draws need no more is not kept: the trees one by one, and donors where a node's chances say enough.
        none = np.empty(0, dtype=np.int64)
        donors = (
            (forest.classes, forest.scores, forest.leads) if self._chances is None else (none, none * 1.0, none * 1.0)
        )
        step.forest = self._forest = Forest([], forest.first_node, forest.nodes, *donors)

    def classes(self, matrix: Matrix, rng: np.random.Generator) -> Ints:
        """Classes (n,) for the columns of a matrix of features."""
        n = matrix.shape[1]
        if len(self._kinds) == 1:
            return np.full(n, self._kinds[0])
        node = self._land(matrix, rng)
        if self._chances is None:
            return self._forest.donors(self._landing.climbed(node, rng), rng)
        dice, at = even_dice(node, rng), np.zeros(n, dtype=np.int64)
        for chance in self._chances:
            at += dice >= chance[node]
        found: Ints = self._kinds[at]
        return found

    def scored(self, matrix: Matrix, lead: Floats, rng: np.random.Generator, draws: int) -> tuple[Ints, Floats]:
        """Classes and scores (n,); more `draws` than one settle how many rows lie below any score."""
        node = self._landing.climbed(self._land(matrix, rng), rng)
        classes, scores = self._forest.draw(node, lead, rng)
        rest = np.flatnonzero(classes == self._rest)
        if draws > 1 and len(rest):
            more = [self._forest.draw(node, lead, rng) for _ in range(draws - 1)]
            drawn = [scores[rest], *(others[kinds == self._rest] for kinds, others in more)]
            scores[rest] = settled(scores[rest], np.concatenate(drawn), rng)
        return classes, scores

    def _land(self, matrix: Matrix, rng: np.random.Generator) -> Ints:
        matrix[0] = rng.random(matrix.shape[1], dtype=np.float32)
        return self._landing.leaves(matrix)


def _table(column: Column, classes: Ints) -> Floats | None:
    """The number of each class, where all that is drawn is classes; None where a number follows from a score."""
    if (classes == column.rest).any() or (classes > column.missing).any():
        return None
    return column.numbers(np.arange(column.missing + 1), np.zeros(column.missing + 1))


def _of(step: Step, first: int, spare: int, led: bool) -> tuple[_Draws | None, Lead | None]:
    """What draws the step, and its lead as far as trees or draws look at it."""
    if step.forest is None:
        return None, None
    outputs = 0 if step.lead is None else len(step.lead.weights)
    leads = np.arange(outputs) + spare
    if led:
        leads[0] = first
    # A forest without features was grown on one of zeros; its trees do not split.
    places = np.r_[np.arange(1, first), leads] if first > 1 or outputs else np.zeros(1, dtype=np.int64)
    split_by = {int(at) for tree in step.forest.trees for at in step.features[tree.feature[tree.feature >= 0]]}
    used = [k for k in range(outputs) if first - 1 + k in split_by or (led and not k)]
    made = _Draws(step, step.forest, places)
    if step.lead is None or not used:
        return made, None
    return made, Lead(step.lead.weights[used], step.lead.constants[used], leads[used])

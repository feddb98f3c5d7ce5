"""Rows of one frame, drawn column after column, each from a forest on the columns before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from factory.core.seeds import generator
from factory.core.threads import Ahead
from factory.synth.rows import Field, People
from factory.synth.trees.categories import CODES_FROM, UNKNOWN
from factory.synth.trees.coded import Coded, coded
from factory.synth.trees.columns import Column, Matrix, learn_column, to_floats
from factory.synth.trees.drawer import Drawer
from factory.synth.trees.echoes import Echoes, find_echoes
from factory.synth.trees.embedding import embed
from factory.synth.trees.forest import Forest, Learnt, dealt, grow
from factory.synth.trees.goals import MOST_GOALS, goals
from factory.synth.trees.lead import fit_lead
from factory.synth.trees.leading import Leading
from factory.synth.trees.linear import Products
from factory.synth.trees.order import drawing_order
from factory.synth.trees.reading import Reader
from factory.synth.trees.settings import Settings
from factory.synth.trees.step import Stacked, Step, kept
from factory.synth.trees.telling import telling

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
FOLDS = 5
# Rows that are drawn side by side.
AT_ONCE = 8192
# Draws of a number of which one is kept, so that a table's own chance does not come on top of its people's; and the
# rows beyond which one draw must do, because more would take too long.
DRAWS = 8
MOST_EVEN_ROWS = 20_000


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
        # People are numbered from 0 on, so that counting them is counting numbers.
        frame, people = frame.iloc[rows].reset_index(drop=True), np.unique(people[rows], return_inverse=True)[1]
        # Values that repeat are told apart once, for all that is asked of them.
        kinds = [name for name in frame.columns if fields[name].kind == "category"]
        frame = frame.assign(**{name: frame[name].astype(object).astype("category") for name in kinds})
        # Products' threads would wait for those that trees grow on, and last digits must not hang on their number.
        with Ahead() as ahead, threadpool_limits(1):
            names = [*self._given, *self._drawn]
            asked = [ahead.ask(learn_column, frame[n], fields[n], people, self.settings) for n in names]
            columns = {name: learnt() for name, learnt in zip(names, asked, strict=True)}
            self._steps, features = self._learn_all(columns, frame, people, first, rng, ahead)
        self._readers = [Reader(columns[name]) for name in self._given]
        # Row 0 of the matrix that rows are drawn in holds dice, and its last rows what a column's lead says.
        spare = features + 1
        self._drawers: list[Drawer] = []
        at = 1 + sum(reader.width for reader in self._readers)
        for step in self._steps:
            self._drawers.append(Drawer(step, at, spare))
            at = self._drawers[-1].end
        self._leading = Leading([drawer.lead for drawer in self._drawers])
        self._rows = spare + max((len(step.lead.weights) for step in self._steps if step.lead is not None), default=0)

    def _learn_all(
        self,
        columns: Mapping[str, Column],
        frame: pd.DataFrame,
        people: People,
        first: Sequence[str],
        rng: np.random.Generator,
        ahead: Ahead,
    ) -> tuple[list[Step], int]:
        """The steps in the order they are drawn, and how many features they and what is given make."""
        blocks = embed(columns, frame)
        order = drawing_order(columns, frame, blocks, self._drawn, first, people, rng)
        most = sum(block.shape[1] for block in blocks.values()) + len(order)
        asked = _some_rows(np.arange(len(frame)), self.settings.most_lead_rows, rng)
        passed = Stacked(most, len(frame), Products(asked, _folds(people, rng), most))
        for name in self._given:
            passed.add(blocks[name].T)
        before: dict[str, Floats] = {}
        steps: list[Step] = []
        growing: list[Callable[[], Forest] | None] = []
        for name in order:
            step, extra, forest = self._learn(columns[name], frame[name], passed, people, before, rng, ahead)
            steps.append(step)
            growing.append(forest)
            if columns[name].category is None:
                before[name] = to_floats(frame[name])
            passed.add(kept(columns[name], extra))
            passed.add(blocks[name].T)
        for step, grown in zip(steps, growing, strict=True):
            step.forest = None if grown is None else grown()
        return steps, len(passed.so_far)

    def _learn(
        self,
        column: Column,
        values: pd.Series,
        passed: Stacked,
        people: People,
        before: dict[str, Floats],
        rng: np.random.Generator,
        ahead: Ahead,
    ) -> tuple[Step, Matrix, Callable[[], Forest] | None]:
        """The step of a column but for its forest; what its lead says (q, n); and what gives the forest once grown."""
        classes = column.classes(values)
        known = classes != UNKNOWN
        extra = np.zeros((0, len(values)), dtype=np.float32)
        if column.empty or not known.any():
            return Step(column, None, None), extra, None
        scores = column.scores(values, rng)
        echoes, echo = Echoes(), None
        if column.category is None and before:
            apart = classes != column.rest
            echoes, echo = find_echoes(to_floats(values), apart, before, people, self.settings.smallest_cell)
        goal = goals(column, values, classes, scores, echo)
        if echo is not None:
            classes = np.where(echo >= 0, column.missing + 1 + echo, classes)
        lead, x = None, passed.so_far
        codes = column.category is not None and column.missing + 1 > MOST_GOALS
        long = column.category is not None and column.missing > CODES_FROM
        wide = passed.products.among(known)
        if len(x) and goal.shape[1] and len(wide) and passed.products.folds == FOLDS and not long:
            own = known & (classes == column.rest) if column.category is None else np.zeros(len(values), dtype=bool)
            lead, extra = fit_lead(passed.products, x, goal, scores, own, known)
        leads = extra[0].astype(np.float64) if len(extra) else np.zeros(len(values))
        if not len(x):
            x = np.zeros((1, len(values)), dtype=np.float32)
        asked = _some_rows(wide if len(wide) else np.flatnonzero(known), self.settings.most_split_rows, rng)
        features = telling(np.concatenate([x[:, asked], extra[:, asked]]).T, goal[asked], len(extra))
        led = features >= len(x)
        x = np.concatenate([x[features[~led]], extra[features[led] - len(x)]])
        learnt = Learnt(x, goal, classes, scores, leads, column.rest, people)
        settings = self.settings.for_table(int(people.max(initial=-1)) + 1, len(self._drawn))
        if codes:
            settings = replace(settings, most_split_rows=settings.most_code_rows)
        learnt = learnt if known.all() else learnt.among(known)
        forest = ahead.ask(grow, learnt, dealt(learnt.people, settings, rng), settings)
        return Step(column, lead, None, echoes, features), extra, forest

    def sample(self, rows: int, seed: int) -> pd.DataFrame:
        """Draw `rows` rows; for models without given columns."""
        with threadpool_limits(1):
            return self.sample_given(pd.DataFrame(index=range(rows)), generator(seed, "sequential trees, drawn"))

    def sample_given(self, given: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """Draw one row for each row of `given` (n rows with the given columns)."""
        made = self.draw({name: coded(given[name]) for name in self._given}, len(given), rng)
        return self.frame(made, len(given))

    def frame(self, made: Mapping[str, Coded], n: int) -> pd.DataFrame:
        """What `draw` made (n rows) as a frame, in the order and types learned from."""
        columns = {name: made[name].series(name, self._dtypes[name]) for name in self._drawn}
        return pd.DataFrame(columns, index=range(n), copy=False)

    def draw(
        self, given: Mapping[str, Coded], n: int, rng: np.random.Generator, of: int | None = None
    ) -> dict[str, Coded]:
        """Draw `n` rows, one for each row of the columns `given` (n,), as a part of a table `of` so many rows.

        Some thousands at a time, so that what they are drawn from stays in the processor's own memory.
        """
        known = [reader.values(given[reader.column.name]) for reader in self._readers]
        made: dict[str, npt.NDArray[Any]] = {
            d.column.name: np.empty(n, np.float64 if d.levels is None else np.int64) for d in self._drawers
        }
        matrix = np.zeros((self._rows, min(n, AT_ONCE)), dtype=np.float32)
        draws = DRAWS if (n if of is None else of) <= MOST_EVEN_ROWS else 1
        for start in range(0, n, AT_ONCE):
            here = slice(start, min(start + AT_ONCE, n))
            part = matrix[:, : here.stop - here.start]
            first = 1
            for reader, values in zip(self._readers, known, strict=True):
                reader.write(values[here], part[first : first + reader.width])
                first += reader.width
            before: dict[str, Floats] = {}
            sums = self._leading.begin(part.shape[1])
            for step, drawer in enumerate(self._drawers):
                name = drawer.column.name
                self._leading.write(step, sums, part)
                made[name][here] = drawer.draw(part, before, rng, draws)
                if drawer.levels is None:
                    before[name] = made[name][here]
        return {d.column.name: Coded(made[d.column.name], d.levels) for d in self._drawers}


def _folds(people: People, rng: np.random.Generator) -> Ints:
    everyone, whose = np.unique(people, return_inverse=True)
    return rng.permutation(np.arange(len(everyone)) % FOLDS)[whose]


def _some_rows(rows: Ints, most: int, rng: np.random.Generator) -> Ints:
    """At most `most` of `rows` (n,), in order."""
    return rows if len(rows) <= most else np.sort(rng.choice(rows, most, replace=False))


def _some_people(people: People, most: int, rng: np.random.Generator) -> Ints:
    """Rows of as many whole people as make up at most `most` rows."""
    if len(people) <= most:
        return np.arange(len(people))
    everyone, whose, counts = np.unique(people, return_inverse=True, return_counts=True)
    order = rng.permutation(len(everyone))
    chosen = order[np.cumsum(counts[order]) <= most]
    return np.flatnonzero(np.isin(whose, chosen))

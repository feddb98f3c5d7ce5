"""A frame of rows as SDV gets it, and back: columns c0, c1, ... with neither names nor categories in them.

Numbers go as they are or as normal scores of their marginal; categories as level numbers written as text, or as
scores where there are more of them than a network can hold one column each. A number with missing values has a
second column that says where. A column of one value is not given at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.core.errors import ColumnMissing, EmptyTable
from factory.core.seeds import generator
from factory.synth.rows import Field, People
from factory.synth.sdv import latent
from factory.synth.sdv.columns import Column, levels_of
from factory.synth.sdv.contest import choose
from factory.synth.sdv.marginals import Levels, Marginal, Values

# More levels than these are one column of scores rather than a column a level.
ONE_HOT = 60


@dataclass(frozen=True)
class Part:
    """One column given to SDV: of frame column number `of`, or of where that is missing.

    `marginal` is None where values are given as they are: a category's level number, or a raw number.
    """

    name: str
    of: int
    where_missing: bool
    marginal: Marginal | None
    text: bool


class Coding:
    """Learned from one frame. `one_hot` is the most levels that a category keeps as text, `raw` leaves numbers raw."""

    def __init__(
        self, frame: pd.DataFrame, fields: Mapping[str, Field], people: People, seed: int, *, one_hot: int, raw: bool
    ) -> None:
        """Raises: EmptyTable without rows, ColumnMissing without a field for a column, WrongType as `Column.of`."""
        if not len(frame):
            raise EmptyTable("A model of rows was given a table without any.", "Give it at least one.")
        unknown = next((name for name in frame.columns if name not in fields), None)
        if unknown is not None:
            raise ColumnMissing(f"There is no field for the column {unknown}.", "Say how it is measured.")
        self.columns = [Column.of(frame[name], fields[name], people) for name in frame.columns]
        self._dice = generator(seed, "coding")
        self._numbers = [column.numbers(frame[column.name]) for column in self.columns]
        self.parts: list[Part] = []
        for at, column in enumerate(self.columns):
            self.parts += self._parts(at, column, fields[column.name], one_hot, raw)
        if any(isinstance(part.marginal, Levels) for part in self.parts):
            self._order_levels()

    def _parts(self, at: int, column: Column, field: Field, one_hot: int, raw: bool) -> list[Part]:
        if column.constant:
            return []
        numbers = self._numbers[at]
        if column.levels:
            text = len(column.levels) <= one_hot
            levels = None if text else _levels(numbers, len(column.levels))
            return [Part(f"c{at}", at, False, levels, text)]
        there = numbers[~np.isnan(numbers)]
        marginal = None if raw else choose(there, field.minimum, field.maximum, self._dice)
        made = [Part(f"c{at}", at, False, marginal, False)]
        if column.missing:
            absent = np.isnan(numbers).astype(float)
            made.append(Part(f"c{at}m", at, True, None if one_hot else _levels(absent, 2), bool(one_hot)))
        if len(np.unique(there)) == 1:
            # One value and missing ones: where it is missing says everything.
            return made[1:]
        return made

    def _order_levels(self) -> None:
        """Lay out each category's levels by what their rows have in common with the other columns."""
        low, high = self.intervals(np.arange(len(self._numbers[0]) if self._numbers else 0))
        scores = latent.within(low, high, self._dice)
        scored = [part for part in self.parts if part.marginal is not None]
        for own, part in enumerate(scored):
            if isinstance(part.marginal, Levels) and not part.where_missing:
                levels = levels_of(self._numbers[part.of])
                counts = np.bincount(levels, minlength=len(self.columns[part.of].levels))
                order = latent.ordering(levels, len(counts), scores, own)
                laid = Part(part.name, part.of, False, Levels.of(counts.astype(float), order), False)
                self.parts[self.parts.index(part)] = laid

    def intervals(self, rows: npt.NDArray[np.int64]) -> tuple[Values, Values]:
        """Lowest and highest scores (rows, scored parts): the whole line where a number is missing."""
        lows, highs = [], []
        for part in self.parts:
            if part.marginal is None:
                continue
            numbers = self._numbers[part.of][rows]
            absent = np.isnan(numbers)
            given = absent.astype(float) if part.where_missing else np.where(absent, 0.0, numbers)
            low, high = part.marginal.scores(given)
            if not part.where_missing:
                low, high = np.where(absent, -np.inf, low), np.where(absent, np.inf, high)
            lows.append(low)
            highs.append(high)
        empty = np.empty((len(rows), 0))
        return (np.column_stack(lows), np.column_stack(highs)) if lows else (empty, empty)

    def coded(self, most_rows: int | None = None) -> pd.DataFrame:
        """The frame learned from as SDV gets it: (n, parts), or `most_rows` of its rows drawn at random."""
        count = len(self._numbers[0]) if self._numbers else 0
        rows = np.arange(count)
        if most_rows is not None and count > most_rows:
            rows = np.sort(self._dice.permutation(count)[:most_rows])
        scores = iter(latent.draw(*self.intervals(rows), self._dice).T)
        made: dict[str, object] = {}
        for part in self.parts:
            numbers = self._numbers[part.of][rows]
            if part.marginal is not None:
                made[part.name] = next(scores)
            elif part.where_missing:
                made[part.name] = _text(np.isnan(numbers).astype(float))
            elif part.text:
                made[part.name] = _text(numbers)
            else:
                absent, there = np.isnan(numbers), self._numbers[part.of]
                filled = self._dice.choice(there[~np.isnan(there)], len(rows))
                made[part.name] = np.where(absent, filled, numbers)
        return pd.DataFrame(made, index=range(len(rows)))

    def forget(self) -> None:
        """Let go of the rows; what was learned stays."""
        self._numbers = []

    def decoded(self, drawn: pd.DataFrame, rows: int) -> pd.DataFrame:
        """Drawn columns c0, c1, ... as a frame of `rows` rows in the columns, order and types learned from."""
        numbers: dict[int, Values] = {}
        absent: dict[int, npt.NDArray[np.bool_]] = {}
        for part in self.parts:
            given = pd.to_numeric(drawn[part.name]).to_numpy(dtype=np.float64)
            values = given if part.marginal is None else part.marginal.values(given)
            if part.where_missing:
                absent[part.of] = np.nan_to_num(values).round() == 1
            else:
                numbers[part.of] = values
        made = {}
        for at, column in enumerate(self.columns):
            # A column that is one value or missing has no part of its own, and both bounds are that value.
            plain = numbers.get(at, np.full(rows, column.least))
            made[column.name] = column.values(np.where(absent.get(at, np.zeros(rows, dtype=bool)), np.nan, plain))
        return pd.DataFrame(made, index=range(rows))


def _levels(numbers: Values, count: int) -> Levels:
    counts = np.bincount(levels_of(numbers), minlength=count).astype(float)
    return Levels.of(counts, np.arange(count))


def _text(numbers: Values) -> npt.NDArray[np.object_]:
    return np.array([str(int(number)) for number in numbers], dtype=object)

"""A column of a frame, of any kind, as classes, normal scores and features; and back to values."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.synth.rows import Field, People
from factory.synth.trees.categories import UNKNOWN, CategoryCode, code_categories
from factory.synth.trees.numbers import NumberCode, code_numbers
from factory.synth.trees.settings import Settings

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Matrix = npt.NDArray[np.float32]

# Levels up to which each gets an indicator among the features; longer lists are placed by the embedding alone.
MOST_INDICATORS = 30


@dataclass
class Column:
    """How one column is coded. Classes are levels (or atoms), then `rest` (any other number), then `missing`."""

    name: str
    dtype: object
    category: CategoryCode | None
    number: NumberCode | None
    missing_kept: bool
    embedding: Floats = field(default_factory=lambda: np.empty((0, 0)))

    @property
    def rest(self) -> int:
        """Class of numbers that are no atom; a category has none, and `missing` takes its place."""
        if self.category is not None:
            return len(self.category.levels)
        return 0 if self.number is None else len(self.number.atoms)

    @property
    def missing(self) -> int:
        """Class of what is missing."""
        return self.rest if self.category is not None else self.rest + 1

    @property
    def empty(self) -> bool:
        """Whether no value is held by enough people, so that the column is drawn as missing throughout."""
        return self.number is None if self.category is None else not self.category.levels

    def classes(self, values: pd.Series) -> Ints:
        """Class of each value (n,); `UNKNOWN` where fewer than k people hold it."""
        if self.category is not None:
            found = self.category.codes(values)
        elif self.number is None:
            return np.full(len(values), self.missing)
        else:
            numbers = to_floats(values)
            held = numbers.clip(self.number.low, self.number.high)
            found = np.where(np.isnan(numbers), self.missing, self.number.classes(held))
            if not len(self.number.values):
                found = np.where(found == self.rest, UNKNOWN, found)
        return found if self.missing_kept else np.where(found == self.missing, UNKNOWN, found)

    def scores(self, values: pd.Series, rng: np.random.Generator) -> Floats:
        """Normal scores of numbers (n,), 0 where there is none; ties are spread over their step."""
        if self.number is None:
            return np.zeros(len(values))
        numbers = to_floats(values).clip(self.number.low, self.number.high)
        return np.nan_to_num(self.number.scores(numbers, rng))

    def values(self, classes: Ints, scores: Floats) -> pd.Series:
        """Values of the column's type from classes and, for the class `rest`, normal scores."""
        if self.category is not None:
            levels = np.array([*self.category.levels, None], dtype=object)
            return pd.Series(levels[classes], name=self.name, dtype=object)
        return from_floats(self.numbers(classes, scores), self.name, self.dtype)

    def numbers(self, classes: Ints, scores: Floats) -> Floats:
        """Numbers (n,) from classes and, for the class `rest`, normal scores; whole where the column's type is."""
        numbers = np.full(len(classes), np.nan)
        if self.number is not None:
            atom, rest = classes < self.rest, classes == self.rest
            numbers[atom] = self.number.atoms[classes[atom]]
            if rest.any():
                numbers[rest] = self.number.numbers(scores[rest])
        return self.whole(numbers)

    def whole(self, numbers: Floats) -> Floats:
        """Numbers as the column's type holds them."""
        return np.round(numbers) if pd.api.types.is_integer_dtype(self.dtype) else numbers  # type: ignore[arg-type]

    @property
    def width(self) -> int:
        """How many features `features` makes."""
        if self.category is None:
            return 2 + int(self.missing_kept)
        return self.indicators + int(self.embedding.shape[1])

    @property
    def indicators(self) -> int:
        """Features that are indicators of a level, or its bare code."""
        kinds = self.missing + 1
        return kinds if 2 < kinds <= MOST_INDICATORS else 1

    def features(self, values: pd.Series) -> Matrix:
        """What the column tells the trees of later ones (n, width).

        Of a number its place, how far that is from the middle, and whether it is missing: what is missing stands in
        the middle, so that a random threshold among places parts places.
        """
        if self.category is not None:
            return features_of_codes(self, self.category.codes(values))
        made = np.zeros((len(values), self.width), dtype=np.float32)
        features_of_numbers(self, to_floats(values), made.T)
        return made


def features_of_codes(column: Column, codes: Ints) -> Matrix:
    """Features (n, width) of a category's codes (n,)."""
    made = np.zeros((len(codes), column.width), dtype=np.float32)
    flags = column.indicators
    if flags == 1:
        made[:, 0] = codes
    elif flags:
        made[:, :flags] = codes[:, None] == np.arange(flags)
    if column.embedding.size:
        made[:, flags:] = np.where(codes[:, None] >= 0, column.embedding[codes], 0.0)
    return made


def features_of_numbers(column: Column, numbers: Floats, out: Matrix) -> None:
    """Features of numbers (n,) into `out` (width, n)."""
    gone = np.isnan(numbers)
    out[:2] = 0.0
    if column.number is not None:
        out[0] = np.where(gone, 0.0, column.number.feature(np.where(gone, 0.0, numbers)))
        out[1] = np.abs(out[0])
    if column.missing_kept:
        out[2] = gone


def learn_column(values: pd.Series, field_: Field, people: People, settings: Settings) -> Column:
    """Learn how a column (n,) is coded: what fewer than k people hold is left out."""
    cell = settings.smallest_cell
    gone = values.isna().to_numpy()
    kept = len(np.unique(people[gone])) >= cell
    name = str(values.name)
    if field_.kind == "category":
        column = Column(name, values.dtype, code_categories(values, people, field_, cell), None, kept)
    else:
        column = Column(name, values.dtype, None, code_numbers(to_floats(values), people, field_, settings), kept)
    column.missing_kept = kept or column.empty
    return column


def to_floats(values: pd.Series) -> Floats:
    """Numbers as float64 with NaN, whatever type they are held in."""
    made: Floats = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return made


def from_floats(numbers: Floats, name: str, dtype: object) -> pd.Series:
    """Numbers in the column's own type; `int64` becomes `Int64` where something is missing, as when people are few."""
    if pd.api.types.is_integer_dtype(dtype):  # type: ignore[arg-type]
        gone = np.isnan(numbers)
        whole = np.round(np.where(gone, 0, numbers)).astype(np.int64)
        if isinstance(dtype, np.dtype) and not gone.any():
            return pd.Series(whole, name=name).astype(dtype)
        return pd.Series(pd.arrays.IntegerArray(whole, gone), name=name)
    return pd.Series(numbers, name=name)

"""A frame of rows as class numbers, and back: a class is a category, a common number, or a piece of the rest.

Which values there are, and that none is held by fewer than k people, is settled as for the trees (`learn_column`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr, ndtri

from factory.core.errors import ColumnMissing, EmptyTable
from factory.core.seeds import generator
from factory.synth.rows import Field, People
from factory.synth.trees.categories import UNKNOWN
from factory.synth.trees.columns import Column, learn_column
from factory.synth.trees.settings import Settings

Ints = npt.NDArray[np.int64]

# As many pieces as mostlyai-engine cuts a number into itself; each holds k rows on average at least.
PIECES = 100


@dataclass(frozen=True)
class Coded:
    """One column: classes are the column's own, with `pieces` of them in place of its class `rest`.

    `only` is the class of a column that has but one, which the network is not given; None otherwise.
    """

    column: Column
    pieces: int
    only: int | None

    @property
    def missing(self) -> int:
        """Class of what is missing."""
        return self.column.missing if self.column.category is not None else self.column.rest + self.pieces

    def classes(self, values: pd.Series, rng: np.random.Generator) -> Ints:
        """Class of each value (n,), `UNKNOWN` where fewer than k people hold it."""
        found = self.column.classes(values)
        if self.column.category is not None:
            return found
        share = ndtr(self.column.scores(values, rng))
        piece = np.minimum((share * self.pieces).astype(np.int64), self.pieces - 1)
        inner = np.where(found == self.column.rest, self.column.rest + piece, found)
        return np.where(found == self.column.missing, self.missing, inner)

    def values(self, classes: Ints, rng: np.random.Generator) -> pd.Series:
        """Values of the column's type from classes (n,): anywhere within a piece."""
        if self.column.category is not None:
            return self.column.values(classes, np.zeros(len(classes)))
        rest, share = self.column.rest, rng.random(len(classes))
        within = (classes >= rest) & (classes < rest + self.pieces)
        scores = ndtri(np.where(within, (classes - rest + share) / self.pieces, 0.5).clip(1e-4, 1 - 1e-4))
        own = np.where(within, rest, np.where(classes == self.missing, self.column.missing, classes))
        return self.column.values(own, scores)


class Coding:
    """Learned from one frame. `cell` is the policy's k."""

    def __init__(self, frame: pd.DataFrame, fields: Mapping[str, Field], people: People, seed: int, cell: int) -> None:
        """Raises: EmptyTable without rows, ColumnMissing without a field for a column."""
        if not len(frame):
            raise EmptyTable("A model of rows was given a table without any.", "Give it at least one.")
        unknown = next((name for name in frame.columns if name not in fields), None)
        if unknown is not None:
            raise ColumnMissing(f"There is no field for the column {unknown}.", "Say how it is measured.")
        rng = generator(seed, "coding")
        settings = Settings(smallest_cell=cell)
        self.columns: list[Coded] = []
        given: dict[str, Ints] = {}
        for at, name in enumerate(frame.columns):
            column = learn_column(frame[name], fields[name], people, settings)
            rest = int((column.classes(frame[name]) == column.rest).sum())
            coded = Coded(column, int(np.clip(rest // cell, 1, PIECES)), None)
            classes = _known(coded.classes(frame[name], rng), coded.missing, rng)
            single = int(classes[0]) if len(np.unique(classes)) == 1 else None
            self.columns.append(Coded(column, coded.pieces, single))
            if single is None:
                given[f"c{at}"] = classes
        self.given: pd.DataFrame | None = pd.DataFrame(given, index=range(len(frame)))
        self.names = list(given)

    def take(self) -> pd.DataFrame:
        """The class numbers (n, columns of more than one class) of the frame learned from, and let go of them."""
        made, self.given = self.given, None
        assert made is not None  # noqa: S101 - taken once, by the fit that made this
        return made

    def decoded(self, drawn: pd.DataFrame, rows: int, seed: int) -> pd.DataFrame:
        """Drawn class numbers as `rows` rows in the columns, order and types learned from."""
        rng = generator(seed, "decoding")
        made = {}
        for at, coded in enumerate(self.columns):
            one = coded.only
            classes = drawn[f"c{at}"].to_numpy("int64") if one is None else np.full(rows, one)
            made[coded.column.name] = coded.values(classes, rng)
        return pd.DataFrame(made, index=range(rows))


def _known(classes: Ints, missing: int, rng: np.random.Generator) -> Ints:
    """Classes with one of the others' in place of what is too rare; missing throughout where all are."""
    rare = classes == UNKNOWN
    if rare.all():
        return np.full(len(classes), missing)
    made = classes.copy()
    made[rare] = rng.choice(classes[~rare], int(rare.sum()))
    return made

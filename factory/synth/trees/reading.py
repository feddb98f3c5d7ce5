"""Coded columns as features: of a category one look-up a feature, of a number its place and what goes with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from factory.synth.trees.categories import UNKNOWN
from factory.synth.trees.coded import Coded
from factory.synth.trees.columns import Column, features_of_codes, features_of_numbers, to_floats

Matrix = npt.NDArray[np.float32]


class Reader:
    """Writes the features of a column, as `Column.features` has them, into rows of a matrix (width, n)."""

    def __init__(self, column: Column) -> None:
        self.column = column
        self.width = column.width
        if column.category is not None:
            # UNKNOWN is -1 and reads the last entry.
            codes = np.array([*range(column.missing + 1), UNKNOWN])
            self._table = np.ascontiguousarray(features_of_codes(column, codes).T)

    def values(self, given: Coded) -> npt.NDArray[Any]:
        """What `write` takes of a column that another model drew: its codes as this one knows them, or its numbers."""
        if self.column.category is None:
            return given.values if given.levels is None else to_floats(given.series(self.column.name, None))
        if given.levels is None:
            return self.column.category.codes(given.series(self.column.name, np.dtype("float64")))
        reads = self.column.category.reads
        known = [self.column.missing if level is None else reads.get(str(level), UNKNOWN) for level in given.levels]
        found: npt.NDArray[np.int64] = np.array(known, dtype=np.int64)[given.values]
        return found

    def write(self, values: npt.NDArray[Any], out: Matrix) -> None:
        """Features of values (n,) into `out` (width, n)."""
        if self.column.category is None:
            features_of_numbers(self.column, values.astype(np.float64, copy=False), out)
        else:
            np.take(self._table, values, axis=1, out=out, mode="wrap")

"""Operator `generalise to a level`: what the search for classes of k people made of a quasi-identifier, row by row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from factory.deid.batch.cost import STAR
from factory.deid.batch.exceptions import GONE, Exceptions
from factory.deid.batch.levels import Found
from factory.deid.batch.quasi import Rows
from factory.deid.operators.base import Cells, Ints


@dataclass(frozen=True)
class Levelled:
    """The released value of every row of the table."""

    values: pa.Array

    def apply(self, cells: Cells) -> pa.Array:
        """Values of the rows of one partition."""
        start = int(cells.rows[0]) if len(cells.rows) else 0
        return self.values.slice(start, len(cells.rows))


@dataclass(frozen=True)
class AtLevel:
    """The column at position `column` of `rows`, at a level: the label of each row's leaf, missing where suppressed.

    `labels`: distinct labels; `of_leaf`: which of them each leaf has, -1 for none; `star`: which is that of a star.
    """

    rows: Rows
    column: int
    exceptions: Exceptions
    labels: pa.Array
    of_leaf: Ints
    star: int

    @classmethod
    def of(cls, rows: Rows, column: int, found: Found, labels: pd.Series) -> AtLevel:
        """From the labels of leaves that are shown (index: leaf) and of a star (index: STAR)."""
        codes, distinct = labelled(labels)
        of_leaf = np.full(len(rows.domains[column].loss[0]), -1, dtype=np.int32)
        leaves = labels.index.to_numpy()
        of_leaf[leaves[leaves != STAR]] = codes[leaves != STAR]
        star = codes[leaves == STAR]
        return cls(rows, column, found.exceptions, distinct, of_leaf, int(star[0]) if len(star) else -1)

    def apply(self, cells: Cells) -> pa.Array:
        """Values of the rows of one partition."""
        start = int(cells.rows[0]) if len(cells.rows) else 0
        leaves, _ = self.rows.leaves(start, start + len(cells.rows))
        masks = self.exceptions.of(leaves)
        at = np.where((masks >> self.column) & 1, np.int32(self.star), self.of_leaf[leaves[self.column]])
        return self.labels.take(pa.array(at, mask=(at < 0) | (masks == GONE)))


def labelled(values: pd.Series) -> tuple[Ints, pa.Array]:
    """Code of each label, -1 where missing, and the distinct labels: whole numbers, numbers or strings."""
    codes, found = pd.factorize(values)
    plain = pd.Series(found).infer_objects()
    if pd.api.types.is_integer_dtype(plain):
        return codes.astype(np.int32), pa.array(found.tolist(), type=pa.int64())
    if pd.api.types.is_float_dtype(plain):
        return codes.astype(np.int32), pa.array(found.tolist(), type=pa.float64())
    return codes.astype(np.int32), pa.array([str(value) for value in found], type=pa.string())

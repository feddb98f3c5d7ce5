"""Operator `generalise to a level`: what the search for classes of k people made of a quasi-identifier, row by row."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from factory.deid.operators.base import Cells


@dataclass(frozen=True)
class Levelled:
    """The released value of every row of the table."""

    values: pa.Array

    def apply(self, cells: Cells) -> pa.Array:
        """Values of the rows of one partition."""
        start = int(cells.rows[0]) if len(cells.rows) else 0
        return self.values.slice(start, len(cells.rows))


def levelled(values: pd.Series, rows: int) -> Levelled:
    """From the rows that were kept (index: row numbers), of `rows` in all; the others are missing."""
    codes, found = pd.factorize(values)
    kind = pa.int64() if pd.api.types.is_integer_dtype(pd.Series(found).infer_objects()) else None
    if kind is None:
        kind = pa.float64() if pd.api.types.is_float_dtype(pd.Series(found).infer_objects()) else pa.string()
    labels = pa.array([value if kind != pa.string() else str(value) for value in found], type=kind)
    at = pd.Series(codes, index=values.index).reindex(range(rows), fill_value=-1).to_numpy()
    return Levelled(labels.take(pa.array(at, mask=at < 0)))

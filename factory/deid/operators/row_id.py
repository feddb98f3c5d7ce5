"""Operator `random row id`: a number drawn at random for each row, never a digest of the source id.

45 CFR 164.514(c)(1): a code may not be derived from information about the individual. A row's number comes from a
random permutation of row numbers, so the source id does not enter it; a link gets the number of the row it points to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from factory.core.seeds import generator
from factory.deid.operators.base import Cells, Ints


def permutation(rows: int, seed: int, table: str) -> Ints:
    """Row ids 1..n of a table of n rows, in the order of its rows."""
    return (generator(seed, "row-ids", table).permutation(rows) + 1).astype(np.int32)


@dataclass(frozen=True)
class RandomRowId:
    """The id of the row a cell names: its own, or that of the parent a link points to."""

    ids: Ints

    def apply(self, cells: Cells) -> pa.Array:
        """Row ids, int64."""
        return pa.array(self.ids[cells.rows].astype(np.int64), mask=cells.rows < 0)

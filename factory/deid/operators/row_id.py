"""Operator `random row id`: a number drawn at random for each row, never a digest of the source id.

45 CFR 164.514(c)(1): a code may not be derived from information about the individual. A row's number comes from a
random permutation of row numbers, so the source id does not enter it; a link gets the number of the row it points to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from factory.core.seeds import generator
from factory.deid.batch.spill import PIECE, Spill, Spilled
from factory.deid.operators.base import Cells, Lookup


def permutation(spill: Spill, rows: int, seed: int, table: str) -> Spilled:
    """Row ids 1..n of a table of n rows, in the order of its rows, on disk. Raises: DiskFull, StorageError."""
    made = spill.array(np.int32)
    for start in range(1, rows + 1, PIECE):
        made.append(np.arange(start, min(start + PIECE, rows + 1)))
    made.shuffle(generator(seed, "row-ids", table))
    return made


@dataclass(frozen=True)
class RandomRowId:
    """The id of the row a cell names: its own, or that of the parent a link points to."""

    ids: Lookup

    def apply(self, cells: Cells) -> pa.Array:
        """Row ids, int64."""
        return pa.array(self.ids.take(cells.rows).astype(np.int64), mask=cells.rows < 0)

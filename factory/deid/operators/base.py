"""What an operator gets and gives back: the cells of one partition of a column, and an Arrow array of as many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from factory.deid.batch.spill import Spilled

Ints = npt.NDArray[np.int32]
Lookup = npt.NDArray[Any] | Spilled
"""A number for each row of a table or each person, in memory or on disk; both have `take`."""


@dataclass(frozen=True)
class Cells:
    """Cells of one partition of a column (n rows).

    Attributes:
        codes: n positions in `values`, -1 where a cell is missing.
        values: the distinct values of the partition, typed.
        people: n numbers of the people the rows belong to, from 0.
        rows: n row numbers: of this table, or, for a link, of the parent table; from 0.

    """

    codes: Ints
    values: pd.Series
    people: Ints
    rows: Ints

    @property
    def there(self) -> npt.NDArray[np.bool_]:
        """True where a cell has a value."""
        return self.codes >= 0


class Operator(Protocol):
    """One operator, fitted."""

    def apply(self, cells: Cells) -> pa.Array:
        """What stands in the released column, one value a row, null where there is none."""


def spread(values: pd.Series | list[Any], cells: Cells, kind: pa.DataType) -> pa.Array:
    """One value a row from one value a distinct value."""
    made = pa.array(values, type=kind, from_pandas=True)
    return made.take(pa.array(cells.codes, mask=~cells.there))

"""A value becomes another by a table that was drawn up over the whole batch: what most operators come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from factory.deid.operators.base import Cells, spread


@dataclass(frozen=True)
class Recode:
    """Each value's released value; one that is not in the table is not released."""

    table: Mapping[Any, Any]
    kind: pa.DataType

    def apply(self, cells: Cells) -> pa.Array:
        """Released values of type `kind`."""
        return spread([self.table.get(value) for value in cells.values], cells, self.kind)

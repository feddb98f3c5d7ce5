"""Operator `suppress`: cells become missing."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from factory.deid.operators.base import Cells, Lookup, Operator


@dataclass(frozen=True)
class SuppressPeople:
    """An operator, then the cells of some people made missing, except those that hold `safe`."""

    operator: Operator
    people: Lookup
    safe: str | int

    def apply(self, cells: Cells) -> pa.Array:
        """What the operator gives, null for the people concerned."""
        made = self.operator.apply(cells)
        theirs = pa.array((cells.people >= 0) & self.people.take(cells.people))
        shows = pc.fill_null(pc.not_equal(made, pa.scalar(self.safe, made.type)), False)
        return pc.if_else(pc.and_(theirs, shows), pa.scalar(None, made.type), made)

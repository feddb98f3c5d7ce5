"""Rows gathered into Arrow columns a piece at a time, so that what is read takes little more than what is kept."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from factory.formats.fhir.reader import Row
from factory.formats.fhir.spec import Element, Kind

_ARROW = {Kind.NUMBER: pa.float64(), Kind.INTEGER: pa.int64(), Kind.BOOLEAN: pa.bool_(), Kind.OPEN: pa.bool_()}
_PIECE = 20_000


class Columns:
    """Columns of one table, filled row by row."""

    def __init__(self, elements: Sequence[Element]) -> None:
        self._kinds = {element.column: _ARROW.get(element.kind, pa.string()) for element in elements}
        self._spare = {element.column for element in elements if element.spare}
        self._rows: list[Row] = []
        self._pieces: list[pa.Table] = []

    def add(self, rows: list[Row]) -> None:
        """Add rows; a column that a row does not name is missing in it."""
        self._rows += rows
        if len(self._rows) >= _PIECE:
            self._pack()

    def table(self) -> pa.Table:
        """All rows: the columns of the elements in their order, but for spare ones that no row has."""
        self._pack()
        rows = pa.concat_tables(self._pieces, promote_options="default") if self._pieces else pa.table({})
        made = {}
        for column, kind in self._kinds.items():
            if column in rows.column_names:
                made[column] = rows[column]
            elif column not in self._spare:
                made[column] = pa.chunked_array([pa.nulls(len(rows), kind)])
        return pa.table(made)

    def _pack(self) -> None:
        seen = {column for row in self._rows for column in row}
        made = {
            column: pa.array([row.get(column) for row in self._rows], kind)
            for column, kind in self._kinds.items()
            if column in seen
        }
        if made:
            self._pieces.append(pa.table(made))
        self._rows = []

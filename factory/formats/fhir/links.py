"""Whom a row is about when its own column does not say: what its parent says, or its parent's parent.

A released table points to one parent only. The encounter of a condition has the condition's patient.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from factory.core.errors import DuplicateKey, OrphanRow
from factory.formats.fhir.resources import BY_TABLE, BY_TYPE
from factory.formats.fhir.spec import Element, Kind


@dataclass
class Links:
    """Tables to be written, by name; keys and references are text in all of them."""

    tables: Mapping[str, pa.Table]
    _keys: dict[str, pa.ChunkedArray] = field(default_factory=dict)

    def keys(self, table: str) -> pa.ChunkedArray:
        """Ids of a table's rows. Raises: DuplicateKey when one is empty or occurs twice."""
        if table not in self._keys:
            resource, part = BY_TABLE[table]
            key = (part or resource).key
            made = as_text(self.tables[table][key])
            if made.null_count or pa.compute.count_distinct(made).as_py() != len(made):
                raise DuplicateKey(f"{table}: the column {key} does not name each row once.", "Each needs an id.")
            self._keys[table] = made
        return self._keys[table]

    def of(self, table: str, element: Element) -> pa.ChunkedArray | None:
        """Id for each row of the resource an element refers to, from its column or from above; None if neither says.

        Raises: OrphanRow when a reference points to no row of a table that is written.
        """
        read = self.tables[table]
        if element.column in read.column_names:
            ids = as_text(read[element.column])
            self._check(table, element, ids)
            return ids
        return self._from_above(table, element, ())

    def _from_above(self, table: str, element: Element, seen: tuple[str, ...]) -> pa.ChunkedArray | None:
        for up in references(table):
            above = BY_TYPE[str(up.to)].table
            if above not in self.tables or up.column not in self.tables[table].column_names or above in (*seen, table):
                continue
            theirs = next((e for e in references(above) if e.column == element.column), None)
            if theirs is None:
                continue
            if theirs.column in self.tables[above].column_names:
                said: pa.ChunkedArray | None = as_text(self.tables[above][theirs.column])
            else:
                said = self._from_above(above, theirs, (*seen, table))
            if said is not None:
                ids = as_text(self.tables[table][up.column])
                self._check(table, up, ids)
                return said.take(pa.compute.index_in(ids, self.keys(above)))
        return None

    def _check(self, table: str, element: Element, ids: pa.ChunkedArray) -> None:
        above = BY_TYPE[str(element.to)].table if element.to in BY_TYPE else None
        if above is None or above not in self.tables:
            return
        there = ids.drop_null()
        lost = len(there) - (pa.compute.sum(pa.compute.is_in(there, self.keys(above))).as_py() or 0)
        if lost:
            raise OrphanRow(
                f"{table}: {element.column} points to no row of {above} in {lost:,} of {len(ids):,} rows.",
                "Give parents and children of the same people.",
            )


def references(table: str) -> tuple[Element, ...]:
    """Columns of a table that refer to a resource; a part's reference to the resource it is of is among them."""
    resource, part = BY_TABLE[table]
    own = tuple(e for e in (part or resource).elements if e.kind is Kind.REFERENCE and e.to in BY_TYPE)
    return (Element(resource.key, (), Kind.REFERENCE, to=resource.type), *own) if part else own


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Ids as text: released ones are whole numbers."""
    if pa.types.is_floating(column.type):
        column = column.cast(pa.int64())
    return column.cast(pa.string())

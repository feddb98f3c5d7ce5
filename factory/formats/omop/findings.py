"""What does not hold in the rows of an OMOP table: empty fields, repeated keys, links that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from factory.core.errors import DataError, DuplicateKey, OrphanRow, WrongType
from factory.formats.omop.cdm import VOCABULARY, Field, Table

NO_CONCEPT = 0
"""The id of *No matching concept*: what OMOP writes where a code has no concept; always valid."""

MEND = "Mend the export; or let `factory convert omop:FROM OUT --to omop --mend` drop and count what cannot stand."


class Parents(Protocol):
    """Keys of the tables that are pointed to."""

    def keys(self, table: str) -> pa.Array | None:
        """All keys of a table; none where it is not there or has no rows."""


@dataclass(frozen=True)
class Finding:
    """One thing that does not hold: `rows` of the table's `of`."""

    table: str
    sentence: str
    rows: int
    of: int
    error: type[DataError] = WrongType

    def __str__(self) -> str:
        return f"{self.table}: {self.sentence} in {self.rows:,} of {self.of:,} rows."

    def as_error(self) -> DataError:
        """The error a reader stops with."""
        return self.error(str(self), MEND)


def find(rows: pa.Table, table: Table, parents: Parents) -> Iterator[Finding]:
    """Everything that does not hold in the rows of a table whose columns are of the specification's types."""
    of = len(rows)
    for name in rows.column_names:
        field = table.fields[name]
        if field.required and rows[name].null_count:
            yield Finding(table.name, f"column {name} is empty, and OMOP requires a value", rows[name].null_count, of)
        if field.length and (long := _longer(rows[name], field.length)):
            yield Finding(table.name, f"column {name} is longer than {field.length} characters", long, of)
    if table.key is not None and (again := int(pc.sum(repeated(rows[table.key])).as_py() or 0)):
        yield Finding(table.name, f"key {table.key} is that of an earlier row", again, of, DuplicateKey)
    for field in table.links:
        if field.name in rows.column_names and (lost := int(pc.sum(dangling(rows, field, parents)).as_py() or 0)):
            what = "an unknown concept" if field.concept else f"no row of {field.refers_to}"
            yield Finding(table.name, f"column {field.name} points to {what}", lost, of, OrphanRow)


def dangling(rows: pa.Table, field: Field, parents: Parents) -> pa.Array:
    """True for each row (n) whose link leads nowhere; an empty link leads nowhere and is none.

    Links into a table of the vocabulary that is not there are not judged; those into another one all dangle.
    """
    values = rows[field.name].combine_chunks()
    known = parents.keys(str(field.refers_to))
    if known is None and field.refers_to in VOCABULARY:
        return pa.array([False] * len(rows), pa.bool_())
    lost = values.is_valid() if known is None else pc.and_(values.is_valid(), pc.invert(pc.is_in(values, known)))
    return pc.and_(lost, pc.not_equal(values, NO_CONCEPT).fill_null(False)) if field.concept else lost


def repeated(keys: pa.ChunkedArray) -> pa.Array:
    """True for each row (n) whose key an earlier one has."""
    return pa.array(keys.to_pandas().duplicated().to_numpy() & keys.is_valid().to_numpy())


def _longer(values: pa.ChunkedArray, most: int) -> int:
    return int(pc.sum(pc.greater(pc.utf8_length(values), most)).as_py() or 0)

"""Writing OMOP CDM 5.4 tables, a file each, with every field of the specification."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from factory.core.files import storage_errors
from factory.formats.omop.cdm import Field, Table, tables
from factory.formats.omop.findings import NO_CONCEPT

STANDARD_ALGORITHM = 32880
"""Type concept *Standard algorithm*: how a record without a stated provenance came about, as synthetic ones do."""


def write_into(read: Mapping[str, pa.Table], folder: Path, format: str = "parquet") -> None:
    """Write tables that have rows into a folder that is there, `parquet` or `csv`. Raises: DiskFull, StorageError."""
    for name in (name for name in tables() if len(read.get(name, ()))):
        table, path = whole(read[name], tables()[name]), folder / f"{name}.{format}"
        with storage_errors(path):
            if format == "csv":
                pacsv.write_csv(table, path)
            else:
                pq.write_table(table, path, compression="zstd")


def whole(rows: pa.Table, table: Table) -> pa.Table:
    """The rows with every field of the table, in its order and types; what OMOP does not know is left out.

    A field that is not there is empty, or where OMOP requires one: *Standard algorithm* for the type of a record,
    *No matching concept* for any other concept.
    """
    columns = [
        _filled(rows[field.name].cast(field.arrow), field)
        if field.name in rows.column_names
        else _filled(pa.chunked_array([pa.nulls(len(rows), field.arrow)]), field)
        for field in table.fields.values()
    ]
    return pa.Table.from_arrays(columns, names=list(table.fields))


def _filled(values: pa.ChunkedArray, field: Field) -> pa.ChunkedArray:
    if not (field.required and field.concept and values.null_count):
        return values
    default = STANDARD_ALGORITHM if field.domain == "Type Concept" else NO_CONCEPT
    return pc.fill_null(values, pa.scalar(default, field.arrow))

"""Whether a folder of files is OMOP CDM 5.4: tables, fields, types, required values, keys and links."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from factory.core.errors import FactoryError
from factory.formats import files
from factory.formats.omop.cdm import Table, tables
from factory.formats.omop.findings import Finding, find
from factory.formats.omop.typing import conformed


def check(folder: Path) -> list[str]:
    """Everything that does not conform, a sentence each; nothing where the folder conforms.

    Parquet files must have the specification's types; CSV files must hold what reads as them.
    """
    read: dict[str, pa.Table] = {}
    said: list[str] = []
    for path in sorted(path for path in folder.iterdir() if path.suffix in files.SUFFIXES):
        table = tables().get(path.stem)
        if table is None:
            said.append(f"{path.name} is no table of OMOP CDM 5.4.")
            continue
        try:
            given = files.read(path, ("",))
            said += _misshapen(given, table, path)
            read[path.stem], _ = conformed(given, table, path.name)
        except FactoryError as error:
            said.append(error.message)
    if "person" not in read:
        said.append("There is no table person.")
    return [*said, *(str(found) for found in judged(read))]


def judged(read: dict[str, pa.Table]) -> list[Finding]:
    """What does not hold in the rows of tables of the specification's types."""
    return [found for name, rows in sorted(read.items()) for found in find(rows, tables()[name], _Keys(read))]


class _Keys:
    def __init__(self, read: dict[str, pa.Table]) -> None:
        self._read = read

    def keys(self, table: str) -> pa.Array | None:
        key = tables()[table].key
        return None if key is None or table not in self._read else self._read[table][key].combine_chunks()


def _misshapen(given: pa.Table, table: Table, path: Path) -> list[str]:
    if given.column_names != list(table.fields):
        return [f"{path.name}: its columns are not those of {table.name}, in their order."]
    if path.suffix == ".csv":
        return []
    return [
        f"{path.name}: column {field.name} is not stored as {field.kind}."
        for field in table.fields.values()
        if given.schema.field(field.name).type != field.arrow
    ]

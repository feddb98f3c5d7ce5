"""The table `coding`: what each code column means by a code, its system and words, kept beside what is released.

A release holds codes alone. A system is an address, words are the hospital's, and both follow from the code: they are
written again from this table, which describes no person. Units have their code and its system in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from factory.formats.fhir.resources import BY_TABLE
from factory.formats.fhir.spec import Part, Resource

CODING = "coding"
_SCHEMA = pa.schema([(column, pa.string()) for column in ("table", "column", "code", "system", "display")])


@dataclass(frozen=True)
class Companions:
    """A column of codes, or of units, with the columns that follow from it."""

    code: str
    system: str
    display: str


def companions(shape: Resource | Part) -> Iterator[Companions]:
    """Each column of codes or units that a system stands beside."""
    columns = {element.column for element in shape.elements}
    for system in (element.column for element in shape.elements if element.column.endswith("_system")):
        stem = system.removesuffix("_system")
        if system.endswith("_unit_system"):
            yield Companions(stem, system, f"{stem}_code")
        elif (code := stem if stem == "code" else f"{stem}_code") in columns:
            yield Companions(code, system, f"{stem}_display")


def companions_of(shape: Resource | Part) -> set[str]:
    """Columns that follow from a code."""
    return {column for one in companions(shape) for column in (one.system, one.display)}


def coding_of(tables: Mapping[str, pa.Table]) -> pa.Table:
    """Every code of the tables with its system and words; of several, those that most rows have come first."""
    found = [pd.DataFrame({column: pd.Series(dtype=object) for column in _SCHEMA.names})]
    for name, table in sorted(tables.items()):
        resource, part = BY_TABLE[name]
        for one in companions(part or resource):
            named = {"code": one.code, "system": one.system, "display": one.display}
            rows = table.select(list(named.values())).rename_columns(list(named)).to_pandas()
            rows = rows[rows["code"].notna()]
            counted = rows.groupby(["code", "system", "display"], dropna=False, sort=True).size().rename("rows")
            ordered = counted.reset_index().sort_values(["code", "rows"], ascending=[True, False], kind="stable")
            found.append(ordered.assign(table=name, column=one.code)[_SCHEMA.names].astype(object))
    every = pd.concat(found, ignore_index=True)
    made = pa.Table.from_pandas(every.where(every.notna(), None), preserve_index=False, schema=_SCHEMA)
    return made.replace_schema_metadata(None)


def with_coding(name: str, table: pa.Table, coding: pa.Table) -> pa.Table:
    """The table with systems and words where it has codes alone: those that `coding` names first."""
    resource, part = BY_TABLE[name]
    known = coding.to_pandas()
    known = known[known["table"] == name].drop_duplicates(["column", "code"])
    for one in companions(part or resource):
        if one.code not in table.column_names:
            continue
        own = known[known["column"] == one.code].set_index("code")
        codes = table[one.code].to_pandas()
        for column, said in ((one.system, "system"), (one.display, "display")):
            if column not in table.column_names:
                table = table.append_column(
                    column, pa.array(codes.map(own[said]).astype(object), pa.string(), from_pandas=True)
                )
    return table

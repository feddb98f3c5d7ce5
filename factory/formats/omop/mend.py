"""Rows that cannot stand, dropped or emptied and counted, until every key is its row's own and every link leads on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from factory.formats.omop.cdm import Field, Table, parents_first, pointed_to, tables
from factory.formats.omop.findings import NO_CONCEPT, dangling, repeated
from factory.formats.omop.vocabulary import completed

_WHOLE_ROW = frozenset(
    {
        "concept_id",
        "concept_id_1",
        "concept_id_2",
        "ancestor_concept_id",
        "descendant_concept_id",
        "ingredient_concept_id",
        "target_concept_id",
    }
)
"""Concepts without which a row of the vocabulary says nothing."""


class Mended:
    """Tables mended so far, whose keys the next ones are judged by. `said` counts what was done."""

    def __init__(self) -> None:
        self.tables: dict[str, pa.Table] = {}
        self.said: list[str] = []

    def keys(self, table: str) -> pa.Array | None:
        """All keys of a mended table."""
        if table not in self.tables:
            return None
        return self.tables[table][str(tables()[table].key)].combine_chunks()

    def add(self, name: str, rows: pa.Table) -> None:
        """Mend a table whose parents were mended before.

        A row whose key an earlier one has gets a new key where no table points to it, and is dropped where one does,
        since nobody knows whose the links are. Unknown concepts become `No matching concept`, but where the row is
        nothing but a link between concepts. A row whose required link leads nowhere is dropped; others are emptied.
        """
        table = tables()[name]
        rows = self._keyed(rows, table)
        self.tables[name] = rows
        while True:
            before = len(rows)
            for field in table.links:
                if field.name in rows.column_names:
                    rows = self._linked(rows, field, name)
                    self.tables[name] = rows
            if len(rows) == before or name not in {link.refers_to for link in table.links}:
                return

    def _keyed(self, rows: pa.Table, table: Table) -> pa.Table:
        if table.key is None or not (again := int(pc.sum(mask := repeated(rows[table.key])).as_py() or 0)):
            return rows
        if table.name in pointed_to():
            self.said.append(f"{table.name}: {again:,} of {len(rows):,} rows with an earlier row's key dropped")
            return rows.filter(pc.invert(mask))
        self.said.append(f"{table.name}: {again:,} of {len(rows):,} rows with an earlier row's key got a new one")
        keys = rows[table.key].to_numpy().copy()
        keys[mask.to_numpy(zero_copy_only=False)] = keys.max() + 1 + np.arange(again)
        return rows.set_column(rows.column_names.index(table.key), table.key, pa.array(keys))

    def _linked(self, rows: pa.Table, field: Field, name: str) -> pa.Table:
        mask = dangling(rows, field, self)
        if not (lost := int(pc.sum(mask).as_py() or 0)):
            return rows
        of = f"{lost:,} of {len(rows):,}"
        if field.required and (not field.concept or field.name in _WHOLE_ROW):
            self.said.append(f"{name}: {of} rows dropped, whose {field.name} points to no row of {field.refers_to}")
            return rows.filter(pc.invert(mask))
        instead = NO_CONCEPT if field.concept else None
        what = "became No matching concept" if field.concept else f"emptied, into no row of {field.refers_to}"
        self.said.append(f"{name}: {of} values of {field.name} {what}")
        values = pc.if_else(mask, pa.scalar(instead, field.arrow), rows[field.name].combine_chunks())
        return rows.set_column(rows.column_names.index(field.name), field.name, values)


def mended(read: Mapping[str, pa.Table]) -> tuple[dict[str, pa.Table], list[str]]:
    """Tables by name in which every key and link holds, and what was done, a line a field.

    OMOP's own concepts that are used are added to the vocabulary first.
    """
    made = Mended()
    read = completed(read, used_concepts(read)) if "concept" in read else read
    for name in parents_first():
        if name in read:
            made.add(name, read[name])
    for name in ("domain", "vocabulary", "concept_class"):  # they and `concept` point to each other
        if name in read:
            made.add(name, made.tables[name])
    return {name: made.tables[name] for name in read}, made.said


def used_concepts(read: Mapping[str, pa.Table]) -> pa.Array:
    """Ids of all concepts that the rows of some tables point to, sorted."""
    found = [
        pc.unique(rows[field.name].combine_chunks())
        for name, rows in read.items()
        for field in tables()[name].links
        if field.concept and field.name in rows.column_names
    ]
    every = pc.unique(pa.concat_arrays(found)) if found else pa.array([], pa.int64())
    return pc.drop_null(every).sort()

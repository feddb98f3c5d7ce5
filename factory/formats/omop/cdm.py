"""The OMOP Common Data Model 5.4: tables, fields, types, keys and links, as data.

Source: OHDSI CommonDataModel v5.4, its DDL, primary keys, constraints and field level specification (Apache-2.0),
https://ohdsi.github.io/CommonDataModel/cdm54.html. `cdm54.csv` has a row a field; `domain` is the domain that the field
level specification asks of a concept. A link to `concept` is a link like any other.
"""

from __future__ import annotations

import csv
import functools
import re
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

VERSION = "5.4"

VOCABULARY = (
    "concept",
    "vocabulary",
    "domain",
    "concept_class",
    "concept_relationship",
    "relationship",
    "concept_synonym",
    "concept_ancestor",
    "source_to_concept_map",
    "drug_strength",
)
"""Tables of the standardised vocabularies: they say nothing of any person."""

RENAMED = {
    "admitting_source_concept_id": "admitted_from_concept_id",
    "admitting_source_value": "admitted_from_source_value",
    "discharge_to_concept_id": "discharged_to_concept_id",
    "discharge_to_source_value": "discharged_to_source_value",
    "visit_detail_parent_id": "parent_visit_detail_id",
}
"""Fields of version 5.3 by the name that 5.4 gave them."""

_ARROW = {
    "integer": pa.int64(),
    "numeric": pa.float64(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us"),
    "text": pa.string(),
}


@dataclass(frozen=True)
class Field:
    """One field. `kind` is integer, numeric, date, datetime or text; `length` the most characters of a text."""

    name: str
    kind: str
    length: int | None
    required: bool
    refers_to: str | None
    domain: str | None

    @property
    def arrow(self) -> pa.DataType:
        """The type it is written with."""
        return _ARROW[self.kind]

    @property
    def concept(self) -> bool:
        """True where the values are concept ids."""
        return self.refers_to == "concept"


@dataclass(frozen=True)
class Table:
    """One table: its fields in order, and the one that names a row where there is one."""

    name: str
    key: str | None
    fields: dict[str, Field]

    @property
    def schema(self) -> pa.Schema:
        """Columns as they are written."""
        return pa.schema([pa.field(field.name, field.arrow, not field.required) for field in self.fields.values()])

    @property
    def links(self) -> tuple[Field, ...]:
        """Fields that point to a row of another table, or of this one."""
        return tuple(field for field in self.fields.values() if field.refers_to is not None)


@functools.cache
def tables() -> dict[str, Table]:
    """The 39 tables by name, in the order of the specification."""
    rows: dict[str, list[dict[str, str]]] = {}
    with Path(__file__).with_name("cdm54.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            rows.setdefault(row["table"], []).append(row)
    return {
        name: Table(
            name,
            next((row["field"] for row in fields if row["key"]), None),
            {row["field"]: _field(row) for row in fields},
        )
        for name, fields in rows.items()
    }


def _field(row: dict[str, str]) -> Field:
    kind, _, length = re.sub(r"[()]", " ", row["type"]).strip().partition(" ")
    return Field(
        row["field"],
        kind,
        int(length) if length else None,
        bool(row["required"]),
        row["refers_to"] or None,
        row["domain"] or None,
    )


@functools.cache
def pointed_to() -> frozenset[str]:
    """Tables that a link of another table, or of their own, points to."""
    return frozenset(str(field.refers_to) for table in tables().values() for field in table.links)


def parents_first() -> list[str]:
    """Names of all tables, each after those it points to, as far as that can be."""
    made: list[str] = []

    def add(name: str) -> None:
        if name in waiting:
            waiting.discard(name)
            for link in tables()[name].links:
                add(str(link.refers_to))
            made.append(name)

    waiting = set(tables())
    for name in tables():
        add(name)
    return made

"""What FHIR knows of its tables for a draft: keys, links, roles and code lists, from the specification and the rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from factory.contract import Role
from factory.core.progress import say
from factory.formats.fhir.coding import CODING, companions_of
from factory.formats.fhir.resources import BY_TABLE, BY_TYPE, RESOURCES
from factory.formats.fhir.spec import DATED, Element, Kind, Part, Resource
from factory.formats.hints import SHARED, Hints, TableHint, owners, shared_values

PERSON = "patient"

# What a row may hang from, the nearest first. A release keeps one link a table: other references are left out.
_PARENTS = ("medication_request_id", "encounter_id", "patient_id")

# What the gates would take for a telephone, an address or a date, in a column whose codes are not listed.
_LIKE = re.compile(r"@|://|\d{6,}|[A-Za-z]{1,2}\d{6}|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ROLES = {
    Role.QUASI_IDENTIFIER: "a neighbour may know it",
    Role.SENSITIVE: "what a person would not have known",
    Role.CLINICAL: "FHIR says it is a code or a word of a list",
}


class Tables(Protocol):
    """What the hints are read from."""

    def tables(self) -> tuple[str, ...]:
        """Tables that are there."""

    def read(self, table: str, missing: tuple[str, ...]) -> pa.Table:
        """A table, whole."""


def hints(source: Tables) -> Hints:
    """Hints for the tables that describe people, parents before children. Raises: as reading them does."""
    read = {name: source.read(name, ("",)) for name in source.tables() if name != CODING}
    order = [name for resource in RESOURCES if not resource.shared for name in _names(resource) if name in read]
    made: dict[str, TableHint] = {}
    people: dict[str, pd.Series] = {}
    for name in order:
        link = _link(name, read, made) if name != PERSON else None
        key = (BY_TABLE[name][1] or BY_TABLE[name][0]).key
        people[name] = owners(read[name], key, link, None if link is None else people.get(_table_of(name, link)))
        columns = dict(_columns(name, read[name], link, people[name]))
        modelled = [
            column for column, said in columns.items() if said["role"] not in ("key", "free-text", "identifier")
        ]
        if name == PERSON or (modelled and link is not None):
            resource, part = BY_TABLE[name]
            parent = None if link is None else _table_of(name, link)
            left = frozenset(set(read[name].column_names) - set(columns))
            made[name] = TableHint((part or resource).key, columns, parent, link, left)
    if others := sorted(set(read) - set(made)):
        say(f"note not in the draft, for they describe no person or hold nothing but links: {', '.join(others)}")
    say("note not in the draft: systems and words of codes (the table coding has them), references that are no parent")
    return Hints(PERSON, made, [rule for name in made for rule in _rules(name, made[name], read[name])])


def _names(resource: Resource) -> tuple[str, ...]:
    return (resource.table, *(part.table for part in resource.parts))


def _table_of(name: str, link: str) -> str:
    """The table that a column of links points to."""
    resource, part = BY_TABLE[name]
    if part is not None and link == resource.key:
        return resource.table
    element = next(e for e in (part or resource).elements if e.column == link)
    return BY_TYPE[str(element.to)].table


def _link(name: str, read: Mapping[str, pa.Table], made: Mapping[str, TableHint]) -> str | None:
    """The nearest table above that every row has: a part's resource, the prescription, the encounter, the patient."""
    resource, part = BY_TABLE[name]
    if part is not None:
        return resource.key if resource.table in made else None
    for column in _PARENTS:
        there = column in read[name].column_names and column != resource.key
        if there and not read[name][column].null_count and _table_of(name, column) in made:
            return column
    return None


def _columns(name: str, rows: pa.Table, link: str | None, people: pd.Series) -> Iterator[tuple[str, dict[str, Any]]]:
    resource, part = BY_TABLE[name]
    shape = part or resource
    yield shape.key, {"role": "key", "type": "string", "as": shape.key, "required": True, "reason": "the resource's id"}
    if part is not None:
        yield resource.key, _key(resource.key, resource.key == link)
    for element in shape.elements:
        if element.column not in rows.column_names:
            continue
        values = rows[element.column]
        if element.kind is Kind.REFERENCE:
            if element.column in _PARENTS and values.null_count < len(values):
                yield element.column, _key(element.column, element.column == link)
        elif not _says_nothing(element, shape, rows):
            yield element.column, _column(element, values, people)


def _key(column: str, link: bool) -> dict[str, Any]:
    why = "every row has one" if link else "not the nearest that every row has; it follows from that one, or is lost"
    return {"role": "key", "type": "string", "as": column, "reason": why}


def _says_nothing(element: Element, shape: Resource | Part, rows: pa.Table) -> bool:
    """True for a column that is empty, or that says again what another one does."""
    values = rows[element.column]
    if values.null_count == len(values) or element.spare:
        return True
    # That it keeps to a profile is nothing a synthetic resource can claim.
    if element.column in ("profile", *companions_of(shape)):
        return True
    # Words for a code, and the system or use of a number that is left out.
    return element.role is Role.FREE_TEXT and element.column.endswith(("_display", "_text", "_system", "_use"))


def _column(element: Element, values: pa.ChunkedArray, people: pd.Series) -> dict[str, Any]:
    whole = {"required": True} if not values.null_count else {}
    if element.role is Role.IDENTIFIER:
        return {
            "role": "identifier",
            "type": "string",
            "class": str(element.identifier),
            "reason": "FHIR says it is one",
        }
    if element.role is Role.FREE_TEXT:
        return {"role": "free-text", "type": "string", "reason": "FHIR allows any text here"}
    if element.kind in DATED:
        said = pc.all(pc.match_substring_regex(values, f"^{_DAY.pattern}$")).as_py()
        kind, birth = ("date" if said else "datetime"), ({"birth": True} if element.birth else {})
        return {"role": "date", "type": kind, **birth, **whole, "reason": f"FHIR says it is a {element.kind}"}
    if element.kind in (Kind.NUMBER, Kind.INTEGER):
        kind = "integer" if pc.all(pc.equal(values, pc.round(values))).as_py() else "number"
        return {"role": "clinical", "type": kind, **whole, "reason": "FHIR says it is a number"}
    if element.kind is Kind.BOOLEAN:
        return {"role": "clinical", "type": "boolean", **whole, "reason": "FHIR says it is yes or no"}
    said = {"role": str(element.role), "type": "category"}
    if element.codes:
        return {**said, "codes": list(element.codes), **whole, "reason": _ROLES[element.role]}
    shared = shared_values(values, people)
    if any(_LIKE.search(code) for code in shared):
        # Not required: a code too few people share is then missing, rather than the commonest one of the list.
        return {**said, "codes": shared, "codes_from": "data", "reason": SHARED}
    return {**said, **whole, "reason": _ROLES[element.role]}


def _rules(name: str, hint: TableHint, rows: pa.Table) -> Iterator[dict[str, Any]]:
    """A period that starts before it ends, where all do."""
    slug = name.replace("_", "-")
    for late in hint.columns:
        stem = late.removesuffix("end")
        early = next((f"{stem}{begin}" for begin in ("start", "at") if f"{stem}{begin}" in hint.columns), None)
        if late.endswith("end") and early is not None and _in_order(rows[early], rows[late]):
            said = stem.strip("_")
            yield {
                "kind": "order",
                "id": f"{slug}-{said}-ends" if said else f"{slug}-ends",
                "table": name,
                "earlier": early,
                "later": late,
            }


def _in_order(early: pa.ChunkedArray, late: pa.ChunkedArray) -> bool:
    # As intake reads them: the ward's clock, without the zone.
    start, end = (
        pd.to_datetime(column.to_pandas().str[:19], format="ISO8601", errors="coerce") for column in (early, late)
    )
    return not bool((end < start).any())

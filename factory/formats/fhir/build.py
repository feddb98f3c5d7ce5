"""Rows put together as resources, by the same specification that takes resources apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from factory.contract.released import date_stem
from factory.core.errors import ColumnMissing, WrongType
from factory.formats.fhir.cells import Misfit, writer_of
from factory.formats.fhir.links import Links
from factory.formats.fhir.paths import Json, put
from factory.formats.fhir.spec import DATED, Element, Kind, Part, Required, Resource

# What de-identification writes for values that too few people share: a word, and no code of any system.
POOLED = "Other"


@dataclass
class Column:
    """Cells of one element, and what makes JSON values of them."""

    element: Element
    cells: list[Any]
    made: Callable[[Any], Any]
    wrong: int = 0


def resources(resource: Resource, links: Links) -> Iterator[Json]:
    """Each row of the resource's table as a resource, in order; its parts' rows in it.

    Columns that are not there are left out; what FHIR requires is then the specification's default.
    Raises: ColumnMissing, WrongType, OrphanRow, DuplicateKey.
    """
    for name in resource.needs:
        element = next(e for e in resource.elements if e.column == name)
        found = links.of(resource.table, element)
        if found is None:
            raise ColumnMissing(
                f"{resource.table} has neither {name} nor a parent that has it.",
                f"A {resource.type} needs it; give its parent table too.",
            )
        if found.null_count:
            raise WrongType(
                f"{resource.table}: {name} is empty in {found.null_count:,} of {len(found):,} rows.",
                f"A {resource.type} needs it.",
            )
    parts = {part.member: _entries(part, resource, links) for part in resource.parts if part.table in links.tables}
    ids = links.keys(resource.table).to_pylist()
    for identity, body in zip(ids, _rows(resource.table, resource, links), strict=True):
        made = {"resourceType": resource.type, "id": identity, **body}
        for member, entries in parts.items():
            if identity in entries:
                made[member] = entries[identity]
        _require(made, resource.required)
        yield made


def _entries(part: Part, resource: Resource, links: Links) -> dict[str, list[Json]]:
    """Entries of a repeated member, by the id of the resource they belong to."""
    above = Element(resource.key, (), Kind.REFERENCE, to=resource.type)
    owners = links.of(part.table, above)
    if owners is None:
        raise ColumnMissing(f"{part.table} has no column {resource.key}.", "It says which resource a row belongs to.")
    made: dict[str, list[Json]] = {}
    links.keys(part.table)
    for owner, entry in zip(owners.to_pylist(), _rows(part.table, part, links), strict=True):
        _require(entry, part.required)
        made.setdefault(owner, []).append(entry)
    return made


def _rows(table: str, shape: Resource | Part, links: Links) -> Iterator[Json]:
    read = links.tables[table]
    columns = [made for element in shape.elements if (made := _column(table, element, links)) is not None]
    released = pa.types.is_integer(read[shape.key].type)
    for row in range(len(read)):
        cells = [(column, column.cells[row]) for column in columns]
        body: Json = {}
        _fill(body, [(column, cell) for column, cell in cells if cell is not None], released)
        yield body
    for column in columns:
        if column.wrong:
            raise WrongType(
                f"{table}: the column {column.element.column} cannot be written as FHIR in {column.wrong:,} of"
                f" {len(read):,} rows.",
                "Mend the rows, or take the column out.",
            )


def _column(table: str, element: Element, links: Links) -> Column | None:
    """Cells of an element and their writer; None where no row has any."""
    read = links.tables[table]
    if element.kind is Kind.REFERENCE:
        ids = links.of(table, element)
        return None if ids is None else Column(element, ids.to_pylist(), lambda cell: f"{element.to}/{cell}")
    name = element.column
    if name not in read.column_names and element.kind in DATED:
        # A released date is its year, and the day of its person's records in a column of its own.
        name = f"{date_stem(element.column)}_year"
    if name not in read.column_names or read[name].null_count == len(read):
        return None
    return Column(element, read[name].to_pylist(), writer_of(element.kind))


def _fill(body: Json, cells: list[tuple[Column, Any]], released: bool) -> None:
    """Put a row's cells, none of them missing, into its resource."""
    there = {column.element.column for column, _ in cells}
    pooled = {}
    if released:
        pooled = {c.element.group: c.element.words for c, cell in cells if cell == POOLED and c.element.words}
    for words in pooled.values():
        if words is not None:
            put(body, words, POOLED)
    for column, cell in cells:
        element = column.element
        if element.group in pooled or (released and cell == POOLED and element.kind is Kind.TEXT):
            continue
        if element.kind is Kind.OPEN or not there.isdisjoint(element.unless):
            continue
        if element.beside and there.isdisjoint(element.beside):
            continue
        try:
            value = column.made(cell)
        except Misfit:
            value = None
        if value is None or (element.codes and value not in element.codes):
            # A moment without its time of day is no instant, and is left out rather than made up.
            column.wrong += element.kind is not Kind.INSTANT
            continue
        put(body, element.path, value)


def _require(made: Json, required: tuple[Required, ...]) -> None:
    for need in required:
        if not any(member in made for member in need.any_of):
            put(made, need.path, need.value)

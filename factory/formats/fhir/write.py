"""Tables written as FHIR Bulk Data NDJSON, a file a resource type, each resource valid and no reference to nowhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from factory.contract import Kind
from factory.contract.released import date_stem
from factory.core.errors import ColumnMissing, EmptyTable, TableMissing
from factory.core.files import storage_errors
from factory.core.progress import say, step
from factory.formats.fhir.build import resources
from factory.formats.fhir.coding import CODING, with_coding
from factory.formats.fhir.links import Links
from factory.formats.fhir.resources import BY_TABLE, RESOURCES
from factory.formats.fhir.validate import Validator, installed
from factory.formats.release_source import ReleaseSource
from factory.formats.released import Column
from factory.formats.source import Source


def to_fhir(source: Source, folder: Path) -> None:
    """Write every table of a source that a resource type has; the others are said. Raises: as `write`.

    Columns of a release are called again as the source's, which its dictionary tells. Systems and words of codes that
    the tables have not are those of the table `coding`, the source's own or that of its vocabulary.
    """
    tables: dict[str, pa.Table] = {}
    coding = _coding(source)
    for name in source.tables():
        if name == CODING:
            continue
        if name not in BY_TABLE:
            say(f"note the table {name} is no resource type's, and is left out")
            continue
        try:
            made = _named(source, name, source.read(name, ("",)))
            tables[name] = made if coding is None else with_coding(name, made, coding)
        except EmptyTable:
            say(f"note the table {name} has no row")
    write(tables, folder)


def _coding(source: Source) -> pa.Table | None:
    """The table that says what codes mean, if there is one."""
    for place in (source, source.vocabulary if isinstance(source, ReleaseSource) else None):
        if place is not None and CODING in place.tables():
            return place.read(CODING, ("",))
    if isinstance(source, ReleaseSource):
        say("note no table coding was given with --vocabulary: codes are written without systems and words")
    return None


def _named(source: Source, name: str, table: pa.Table) -> pa.Table:
    if not isinstance(source, ReleaseSource):
        return table
    names = {column.name: called(column) for column in source.release.tables[name].columns}
    return table.rename_columns([names.get(column, column) for column in table.column_names])


def called(column: Column) -> str:
    """What the specification calls a released column: as the source did, but for the year and day of a date."""
    match column.kind:
        case Kind.YEAR | Kind.BIRTH_YEAR:
            return f"{date_stem(column.source)}_year"
        case Kind.DAY:
            return f"{date_stem(column.source)}_day"
        case _:
            return column.source


def write(tables: Mapping[str, pa.Table], folder: Path, every: int = 1) -> dict[str, int]:
    """Write `<ResourceType>.ndjson` for each table into a folder that is there; returns resources by type.

    Columns are those of the specification, or what de-identification makes of them: a date's year and day, whole
    numbers as ids, `yes` and `no`. References that a released table no longer has follow from its parent. Where
    fhir.resources is installed, one of `every` so many resources is held against its models.
    Raises: TableMissing, ColumnMissing, DuplicateKey, OrphanRow, WrongType, StorageError, DiskFull.
    """
    _check_tables(tables)
    links = Links(tables)
    if not installed():
        say("note fhir.resources is not installed: what is written is not held against its models")
    written: dict[str, int] = {}
    for resource in RESOURCES:
        if resource.table not in tables:
            continue
        path = folder / f"{resource.type}.ndjson"
        judge = Validator(resource.type) if installed() else None
        count = 0
        with step(f"write {resource.type}"), storage_errors(path), path.open("w", encoding="utf-8") as handle:
            for made in resources(resource, links):
                handle.write(json.dumps(made, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n")
                if judge is not None and count % every == 0:
                    judge.add(made)
                count += 1
        if judge is not None:
            judge.judge()
        written[resource.type] = count
        say(f"{resource.type}: {count:,} resources")
    return written


def _check_tables(tables: Mapping[str, pa.Table]) -> None:
    if not tables:
        raise TableMissing(
            "None of the tables is one of a FHIR resource type.",
            f"They are called {', '.join(resource.table for resource in RESOURCES)}.",
        )
    for name, table in sorted(tables.items()):
        resource, part = BY_TABLE[name]
        if part is not None and resource.table not in tables:
            raise TableMissing(f"{name} is there and {resource.table} is not.", "Its rows are parts of it; give both.")
        if (key := (part or resource).key) not in table.column_names:
            raise ColumnMissing(f"{name} has no column {key}.", "It names each row; a contract may call it by `as`.")

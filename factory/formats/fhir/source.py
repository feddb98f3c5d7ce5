"""A folder of FHIR Bulk Data NDJSON as a source: one table a resource type, and one a repeated part of it.

Files of the same type are read one after another, in the order of their names. Source: HL7 FHIR Bulk Data Access 2.0.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from factory.core.errors import BrokenFile, DuplicateKey, EmptyTable, OrphanRow, TableMissing
from factory.core.files import sha256_file
from factory.core.progress import say
from factory.formats.fhir.coding import CODING, coding_of
from factory.formats.fhir.columns import Columns
from factory.formats.fhir.hints import hints
from factory.formats.fhir.ndjson import is_ndjson, lines, type_of
from factory.formats.fhir.reader import Reader, WrongShape
from factory.formats.fhir.resources import BY_TABLE, BY_TYPE
from factory.formats.fhir.spec import Element, Lookup, Part, Resource
from factory.formats.hints import Hints

_MOST_SAID = 8


class FhirSource:
    """Tables of the NDJSON files of a folder, or of one file."""

    format = "FHIR R4 Bulk Data NDJSON"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.left_out: dict[str, dict[str, int]] = {}
        self._files: dict[str, list[Path]] | None = None
        self._made: dict[str, pa.Table] = {}

    @property
    def files(self) -> dict[str, list[Path]]:
        """Files by resource type, in the order of their names. Raises: as `ndjson.lines`."""
        if self._files is None:
            found: dict[str, list[Path]] = {}
            for path in sorted(self.path.iterdir()) if self.path.is_dir() else [self.path]:
                if is_ndjson(path):
                    found.setdefault(type_of(path), []).append(path)
            self._files = found
            # The file is named, and not the type: that is content, whatever it should be.
            for path in sorted(path for name in set(found) - set(BY_TYPE) for path in found[name]):
                say(f"note {path.name} holds resources that have no table, and is left out")
        return self._files

    def tables(self) -> tuple[str, ...]:
        """Tables that have a row."""
        for name in self.files:
            if name in BY_TYPE:
                self._read_type(BY_TYPE[name])
        return (*sorted(self._made), CODING)

    def called(self, table: str) -> str:
        """Its files. Raises: TableMissing."""
        if table == CODING:
            return self.path.name
        first, *more = self._files_of(self._resource(table))
        return f"{first.name} and {len(more)} more" if more else first.name

    def read(self, table: str, missing: tuple[str, ...]) -> pa.Table:
        """Columns of a table as its specification has them, all of them, moments as text.

        Raises: TableMissing, EmptyTable, BrokenFile, DuplicateKey, OrphanRow, WrongEncoding, StorageError.
        """
        if table == CODING:
            return coding_of({name: self.read(name, missing) for name in self.tables() if name != CODING})
        resource, part = self._resource(table), BY_TABLE[table][1]
        self._read_type(resource)
        if table not in self._made:
            raise EmptyTable(f"{self.called(table)}: nothing in it goes to the table {table}.", "Take the table out.")
        shape = part or resource
        self._check_references(table, shape)
        made = self._made[table]
        for lookup in shape.lookups:
            made = self._looked_up(made, lookup)
        return made

    def digests(self, tables: tuple[str, ...]) -> dict[str, str] | None:
        """Digest of every file: a table's references are held against the others."""
        return {path.name: sha256_file(path) for paths in self.files.values() for path in paths}

    def hints(self) -> Hints:
        """What FHIR knows of the tables that describe people."""
        return hints(self)

    def _resource(self, table: str) -> Resource:
        if table not in BY_TABLE:
            raise TableMissing(f"No resource type goes to a table {table}.", f"There are {', '.join(BY_TABLE)}.")
        return BY_TABLE[table][0]

    def _files_of(self, resource: Resource) -> list[Path]:
        if resource.type not in self.files:
            raise TableMissing(f"No file of {self.path} holds {resource.type} resources.", "Export them too.")
        return self.files[resource.type]

    def _read_type(self, resource: Resource) -> None:
        if resource.table in self._made:
            return
        reader = Reader(resource)
        rows: dict[str, Columns] = {resource.table: Columns([Element(resource.key, ()), *resource.elements])}
        for part in resource.parts:
            rows[part.table] = Columns([Element(part.key, ()), Element(resource.key, ()), *part.elements])
        for path in self._files_of(resource):
            for number, line in lines(path):
                if line["resourceType"] != resource.type:
                    raise BrokenFile(
                        f"{path.name}, line {number} is no {resource.type}, as the lines before it are.",
                        "A file of a Bulk Data export holds resources of one type.",
                    )
                try:
                    row, more = reader.take(line)
                except WrongShape as shape:
                    raise BrokenFile(
                        f"{path.name}, line {number}: {shape.args[0]} is not what FHIR R4 has there.",
                        "Export it again as FHIR R4.",
                    ) from None
                rows[resource.table].add([row])
                for table, entries in more.items():
                    rows[table].add(entries)
        made = {table: columns.table() for table, columns in rows.items()}
        self._check_ids(resource, made[resource.table][resource.key])
        self._made |= {table: columns for table, columns in made.items() if len(columns)}
        self.left_out[resource.table] = dict(sorted(reader.left_out.items()))
        self._say_left_out(resource)

    def _say_left_out(self, resource: Resource) -> None:
        left = sorted(self.left_out[resource.table].items(), key=lambda item: (-item[1], item[0]))
        if left:
            said = ", ".join(f"{path} {count:,}" for path, count in left[:_MOST_SAID])
            more = f", and {len(left) - _MOST_SAID} more" if len(left) > _MOST_SAID else ""
            say(f"note {resource.type} has elements without a column, which are left out: {said}{more}")

    def _check_ids(self, resource: Resource, ids: pa.ChunkedArray) -> None:
        twice = len(ids) - pa.compute.count_distinct(ids).as_py()
        if twice:
            raise DuplicateKey(
                f"{self.called(resource.table)}: {twice:,} of {len(ids):,} resources have an id that another has.",
                "Export each resource once.",
            )

    def _check_references(self, table: str, shape: Resource | Part) -> None:
        """Hold each reference against the resources of the type it names; a type that is not exported is not asked."""
        for element in shape.elements:
            if element.to not in self.files or element.to not in BY_TYPE:
                continue
            aim = BY_TYPE[element.to]
            self._read_type(aim)
            column = self._made[table][element.column].drop_null()
            lost = len(column) - int(pa.compute.is_in(column, self._made[aim.table][aim.key]).to_numpy().sum())
            if lost:
                raise OrphanRow(
                    f"{self.called(table)}: {element.column} refers to no {aim.type} of the export in {lost:,} of"
                    f" {len(self._made[table]):,} rows.",
                    "Export the resources that others refer to.",
                )

    def _looked_up(self, table: pa.Table, lookup: Lookup) -> pa.Table:
        """The table with what the resources that `lookup.by` refers to say of themselves."""
        aim = BY_TABLE[lookup.table][0]
        if aim.type not in self.files:
            return table
        self._read_type(aim)
        source = self._made[aim.table]
        places = pa.compute.index_in(table[lookup.by], source[aim.key])
        for column, names in lookup.columns.items():
            said = pa.compute.coalesce(*(source[name] for name in names)).take(places)
            filled = pa.compute.coalesce(table[column], said)
            table = table.set_column(table.column_names.index(column), column, filled)
        return table

"""Reading OMOP tables, 5.4 or 5.3, from a folder or from any other source that holds them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from factory.core.errors import EmptyTable, TableMissing
from factory.core.progress import say
from factory.formats.hints import Hints
from factory.formats.omop import cdm
from factory.formats.omop.derived import with_derived
from factory.formats.omop.findings import Finding, find
from factory.formats.omop.hints import hints
from factory.formats.omop.typing import conformed
from factory.formats.omop.vocabulary import own_concepts
from factory.formats.source import Folder, Source

_PLACEHOLDER = re.compile(r"column\d+$")


@dataclass
class OmopSource:
    """The tables of the specification that another source holds, by its names and in its types.

    A table without rows, or with the placeholder row that some exports write for it, is left out and said. Links into a
    table that is left out are read as none, and said too. What else does not hold is refused by `read`.
    `person` is whether there must be a table of persons; a vocabulary alone has none.
    """

    inner: Source
    person: bool = True
    format: str = "OMOP CDM"
    _there: dict[str, str] = field(default_factory=dict)
    _keys: dict[str, pa.Array | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        skipped: dict[str, list[str]] = {}
        for name in self.inner.tables():
            if why := _left_out(self.inner, name):
                skipped.setdefault(why, []).append(name)
            elif name.casefold() in self._there:
                raise TableMissing(f"Two tables are called {name.casefold()}, but for case.", "Keep one of them.")
            else:
                self._there[name.casefold()] = name
        for why, names in sorted(skipped.items()):
            say(f"note {len(names)} tables are left out, {why}: {', '.join(sorted(names))}")
        if self.person and "person" not in self._there:
            raise TableMissing("There is no table person with rows, which OMOP requires.", "Export it too.")

    def tables(self) -> tuple[str, ...]:
        """Tables that are there, by the specification's names."""
        return tuple(sorted(self._there))

    def called(self, table: str) -> str:
        """What the source below calls it."""
        return self.inner.called(self._inner(table))

    def read(self, table: str, missing: tuple[str, ...]) -> pa.Table:
        """Columns of a table in the specification's order and types; with what is derived from them.

        Raises: as the source below; WrongType, DuplicateKey or OrphanRow for the first thing that does not hold.
        """
        rows = self.rows(table)
        self.refuse(list(find(rows, cdm.tables()[table], self)))
        return with_derived(rows, table)

    def rows(self, table: str) -> pa.Table:
        """Columns of a table as they are, typed, links into absent tables emptied. Raises: as `read`, but for rows."""
        definition = cdm.tables()[table]
        rows, unknown = conformed(self._whole(table), definition, self.called(table))
        if unknown:
            # Their places and not their names, which may be cells where a header is missing.
            say(f"note {table}: {len(unknown)} columns that OMOP does not know are left out ({', '.join(unknown)})")
        return self._without_links_to_nothing(rows, definition)

    def refuse(self, found: list[Finding]) -> None:
        """Raise the error of the first finding, with the number of the others."""
        if found:
            first, more = found[0].as_error(), len(found) - 1
            others = f" ({more} more finding{'s' if more > 1 else ''}.)" if more else ""
            raise type(first)(f"{first.message}{others}", first.fix)

    def findings(self, read: Mapping[str, pa.Table]) -> list[Finding]:
        """Everything that does not hold in tables read by `rows`, those of persons first.

        A vocabulary that is not whole is no fault of the records: its own links are not judged.
        """
        judged = [name for name in cdm.tables() if name in read and name not in cdm.VOCABULARY]
        return [found for name in judged for found in find(read[name], cdm.tables()[name], self)]

    def keys(self, table: str) -> pa.Array | None:
        """All keys of a table, for those that point to it; OMOP's own concepts are always known."""
        if table not in self._keys:
            self._keys[table] = self._read_keys(table)
        return self._keys[table]

    def digests(self, tables: tuple[str, ...]) -> dict[str, str] | None:
        """Digests of the tables asked for and of those they point to."""
        wanted = {name for name in tables if name in self._there}
        wanted |= {str(link.refers_to) for name in wanted for link in cdm.tables()[name].links}
        return self.inner.digests(tuple(sorted(self._there[name] for name in wanted if name in self._there)))

    def hints(self) -> Hints:
        """What a draft of a contract may know beforehand."""
        return hints(self)

    def _inner(self, table: str) -> str:
        if table not in self._there:
            raise TableMissing(f"The table {table} is not there, or has no rows.", "Take it out of the contract.")
        return self._there[table]

    def _whole(self, table: str) -> pa.Table:
        return self.inner.read(self._inner(table), ("",))

    def _read_keys(self, table: str) -> pa.Array | None:
        key = cdm.tables()[table].key
        if table not in self._there or key is None:
            return None
        rows, _ = conformed(self._whole(table), cdm.tables()[table], self.called(table))
        keys = rows[key].combine_chunks()
        return pa.concat_arrays([keys, own_concepts()["concept_id"].combine_chunks()]) if table == "concept" else keys

    def _without_links_to_nothing(self, rows: pa.Table, table: cdm.Table) -> pa.Table:
        for link in table.links:
            if link.name not in rows.column_names or link.refers_to in self._there or link.required or link.concept:
                continue
            if emptied := len(rows) - rows[link.name].null_count:
                what = f"links into {link.refers_to}, which is not there, are none"
                say(f"note {table.name}.{link.name}: {emptied:,} {what}")
                at = rows.column_names.index(link.name)
                rows = rows.set_column(at, link.name, pa.nulls(len(rows), link.arrow))
        return rows


def _left_out(source: Source, table: str) -> str:
    """Why a table of the source is left out, or nothing."""
    if table.casefold() not in cdm.tables():
        return "unknown to OMOP CDM 5.4"
    try:
        names = _names(source, table)
    except EmptyTable:
        return "without rows"
    return "with a placeholder row only" if names and all(_PLACEHOLDER.match(name) for name in names) else ""


def _names(source: Source, table: str) -> list[str]:
    """Names of a table's columns. A Parquet file of a folder says them without being read. Raises: EmptyTable."""
    if isinstance(source, Folder) and source.path != Path() and (path := source.path / f"{table}.parquet").is_file():
        try:
            meta = pq.ParquetFile(path)
        except (pa.ArrowException, OSError):
            return []  # reading it will say what is wrong
        if not meta.metadata.num_rows:
            raise EmptyTable(f"{path.name} has no rows.")
        return list(meta.schema_arrow.names)
    return list(source.read(table, ("",)).column_names)

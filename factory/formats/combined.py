"""Sources made of others: some of one's tables, or the tables of several."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from factory.core.errors import TableMissing
from factory.formats.source import Source


@dataclass(frozen=True)
class Chosen:
    """Some of a source's tables. Raises: TableMissing when one is not there."""

    source: Source
    chosen: tuple[str, ...]

    def __post_init__(self) -> None:
        there = self.source.tables()
        if lost := [table for table in self.chosen if table not in there]:
            raise TableMissing(f"There is no table {lost[0]}.", "Name tables that are there.")

    @property
    def format(self) -> str:
        """The source's."""
        return self.source.format

    def tables(self) -> tuple[str, ...]:
        """Those chosen, in the order they were named."""
        return tuple(dict.fromkeys(self.chosen))

    def called(self, table: str) -> str:
        """As the source calls it."""
        return self.source.called(table)

    def read(self, table: str, missing: tuple[str, ...]) -> pa.Table:
        """As the source reads it."""
        return self.source.read(table, missing)

    def digests(self, tables: tuple[str, ...]) -> dict[str, str] | None:
        """The source's."""
        return self.source.digests(tables)


@dataclass(frozen=True)
class Several:
    """The tables of several sources. Raises: TableMissing when two have one of the same name."""

    sources: tuple[Source, ...]
    format: str = "several"

    def __post_init__(self) -> None:
        names = [table for source in self.sources for table in source.tables()]
        if twice := sorted({table for table in names if names.count(table) > 1}):
            raise TableMissing(f"The table {twice[0]} is named twice.", "Name one of them.")

    def tables(self) -> tuple[str, ...]:
        """Those of all, in the order of the sources."""
        return tuple(table for source in self.sources for table in source.tables())

    def called(self, table: str) -> str:
        """As its source calls it. Raises: TableMissing."""
        return self._of(table).called(table)

    def read(self, table: str, missing: tuple[str, ...]) -> pa.Table:
        """As its source reads it."""
        return self._of(table).read(table, missing)

    def digests(self, tables: tuple[str, ...]) -> dict[str, str] | None:
        """Those of all, or none where one has none."""
        found: dict[str, str] = {}
        for source in self.sources:
            digests = source.digests(tuple(table for table in tables if table in source.tables()))
            if digests is None:
                return None
            found.update(digests)
        return found

    def _of(self, table: str) -> Source:
        for source in self.sources:
            if table in source.tables():
                return source
        raise TableMissing(f"There is no table {table}.", "Name tables that are there.")

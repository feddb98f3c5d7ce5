"""A release, or typed tables with their contract, as a source that can be written in another format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from factory.core.errors import ContractError, TableMissing
from factory.formats.released import Released, read_released
from factory.formats.source import Source


@dataclass(frozen=True)
class ReleaseSource:
    """Tables of which it is known what each column is. `vocabulary` holds the concepts that their codes name."""

    release: Released
    vocabulary: Source | None = None
    format: str = "release"

    def tables(self) -> tuple[str, ...]:
        """Names of the tables."""
        return tuple(sorted(self.release.tables))

    def called(self, table: str) -> str:
        """The table's own name. Raises: TableMissing."""
        if table not in self.release.tables:
            raise TableMissing(f"The release {self.release.name} has no table {table}.", "Name one that it has.")
        return table

    def read(self, table: str, missing: tuple[str, ...]) -> pa.Table:
        """A table, as it was released."""
        rows = self.release.tables[self.called(table)].rows
        return pa.Table.from_pandas(rows, preserve_index=False).replace_schema_metadata(None)

    def digests(self, tables: tuple[str, ...]) -> dict[str, str] | None:
        """None: what was released is no input of a run."""
        return None


def open_release(address: str) -> ReleaseSource:
    """The release in a folder. Raises: NotReady, BrokenFile, StorageError."""
    return ReleaseSource(read_released(Path(address)))


def release_of(source: Source, format: str) -> ReleaseSource:
    """The source as one whose columns are known. Raises: ContractError when it is none."""
    if isinstance(source, ReleaseSource):
        return source
    raise ContractError(
        f"Writing {format} needs to know what each column is.", "Name the contract of the tables with --contract."
    )

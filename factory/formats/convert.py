"""Writing the tables of any source in another format."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from factory.core.errors import BrokenFile
from factory.core.files import atomic_folder, storage_errors
from factory.core.progress import step
from factory.formats.combined import Chosen
from factory.formats.source import Source

_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f/\\\\]")
_LONGEST = 200

Writer = Callable[[Source, Path], None]


def to_parquet(source: Source, folder: Path) -> None:
    """`<table>.parquet` of every table, types as the source gives them."""
    for table in source.tables():
        path = _file(folder, table, "parquet")
        with step(f"convert {table}"), storage_errors(folder):
            pq.write_table(_read(source, table), path, compression="zstd")


def to_csv(source: Source, folder: Path) -> None:
    """`<table>.csv` of every table, in UTF-8; nothing for a missing value."""
    for table in source.tables():
        path = _file(folder, table, "csv")
        with step(f"convert {table}"), storage_errors(folder):
            _write_csv(_read(source, table), table, path)


def to_fhir(source: Source, folder: Path) -> None:
    """FHIR R4 as Bulk Data NDJSON, a file a resource type; see `factory.formats.fhir.write`."""
    from factory.formats import fhir

    fhir.to_fhir(source, folder)


def to_omop(source: Source, folder: Path) -> None:
    """OMOP CDM 5.4, a Parquet file a table; see `factory.formats.omop.out`."""
    from factory.formats.omop import out

    out.to_omop(source, folder)


def to_omop_csv(source: Source, folder: Path) -> None:
    """The same, a CSV file a table."""
    from factory.formats.omop import out

    out.to_omop(source, folder, "csv")


def to_meds(source: Source, folder: Path) -> None:
    """MEDS 0.4; see `factory.formats.meds`."""
    from factory.formats.omop import out

    out.to_meds(source, folder)


WRITERS: dict[str, Writer] = {
    "parquet": to_parquet,
    "csv": to_csv,
    "omop": to_omop,
    "omop-csv": to_omop_csv,
    "meds": to_meds,
    "fhir": to_fhir,
}
"""By the name that `factory convert --to` takes: writes all tables of a source into an empty folder."""


def convert(source: Source, out: Path, to: str = "parquet", tables: tuple[str, ...] = ()) -> None:
    """Write a source's tables, or those named, into the new folder `out`, whole or not at all.

    Raises: TableMissing, OutputExists, StorageError, DiskFull; what reading raises, and what the writer does.
    """
    with atomic_folder(out) as part:
        WRITERS[to](Chosen(source, tables) if tables else source, part)


def _file(folder: Path, table: str, suffix: str) -> Path:
    """The table's file in the folder. Raises: BrokenFile where its name would lead elsewhere, or is no file's."""
    if table.startswith(".") or _NOT_IN_NAMES.search(table) or len(table.encode()) > _LONGEST:
        raise BrokenFile("A table has a name that no file can have.", "Rename the table or the sheet at its source.")
    return folder / f"{table}.{suffix}"


def _write_csv(rows: pa.Table, table: str, path: Path) -> None:
    try:
        pacsv.write_csv(rows, path)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise BrokenFile(
            f"The table {table} has a column of lists, records or bytes, which CSV cannot hold.", "Write --to parquet."
        ) from None


def _read(source: Source, table: str) -> pa.Table:
    # Without metadata, which may name the library and machine that wrote it: the same rows give the same bytes.
    return source.read(table, ("",)).replace_schema_metadata(None)

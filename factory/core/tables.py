"""Sets of Parquet tables named by their digests, and the small JSON that says what they are."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from factory.core.errors import StorageError
from factory.core.files import atomic_path, pretty_json, read_json, sha256_file, storage_errors, write_bytes


class Zone(StrEnum):
    """What a table is, and so where it may go: only synthetic tables leave the source zone."""

    RAW = "raw"
    DEIDENTIFIED = "de-identified"
    SYNTHETIC = "synthetic"


@dataclass(frozen=True)
class TableRef:
    """A Parquet file: its SHA-256 (which is its file name), rows and columns."""

    digest: str
    rows: int
    columns: int


@dataclass(frozen=True)
class DatasetRef:
    """Tables of one zone made by one stage. `folder` holds the files; it is not part of the identity."""

    zone: Zone
    tables: dict[str, TableRef]
    contract: str
    parents: tuple[str, ...]
    code: str

    def save(self, folder: Path, name: str = "dataset.json") -> None:
        """Write the reference beside its tables."""
        write_bytes(folder / name, pretty_json(asdict(self)))


def load_ref(folder: Path, name: str = "dataset.json") -> DatasetRef:
    """Read the reference of a folder of tables. Raises: NotReady, StorageError."""
    data = read_json(folder / name)
    tables = {table: TableRef(**ref) for table, ref in data["tables"].items()}
    return DatasetRef(Zone(data["zone"]), tables, data["contract"], tuple(data["parents"]), data["code"])


def write_table(frame: pd.DataFrame, folder: Path) -> TableRef:
    """Write a frame (rows x columns) as Parquet under its digest. The same frame gives the same bytes.

    Raises: DiskFull, StorageError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    table = table.replace_schema_metadata(None)
    holding = folder / ".writing.parquet"
    with atomic_path(holding) as part, storage_errors(folder / "table.parquet"):
        pq.write_table(table, part, compression="zstd")
    digest = sha256_file(holding)
    with storage_errors(folder):
        holding.replace(folder / f"{digest}.parquet")
    return TableRef(digest, len(frame), len(frame.columns))


def write_dataset(
    frames: dict[str, pd.DataFrame],
    folder: Path,
    zone: Zone,
    contract: str,
    parents: tuple[str, ...],
    code: str,
) -> DatasetRef:
    """Write frames and their reference into `folder`."""
    tables = {name: write_table(frame, folder) for name, frame in frames.items()}
    ref = DatasetRef(zone, tables, contract, parents, code)
    ref.save(folder)
    return ref


def read_table(folder: Path, ref: TableRef) -> pd.DataFrame:
    """Read a table back after checking its digest. Raises: StorageError when the bytes are not those written."""
    path = folder / f"{ref.digest}.parquet"
    with storage_errors(path):
        if sha256_file(path) != ref.digest:
            raise StorageError(f"{path.name} in {folder} has been changed.", "Remove the folder and run again.")
        return pd.read_parquet(path)


def read_dataset(folder: Path) -> tuple[DatasetRef, dict[str, pd.DataFrame]]:
    """Reference and frames of a folder of tables."""
    ref = load_ref(folder)
    return ref, {name: read_table(folder, table) for name, table in ref.tables.items()}

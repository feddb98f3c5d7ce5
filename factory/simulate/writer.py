"""Tables written a chunk at a time, as CSV or Parquet, into a folder that appears only when it is whole."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self

import pyarrow as pa
import pyarrow.parquet as pq

from factory.core.errors import DiskFull, OutputExists, StorageError
from factory.simulate.tables import Row

Format = Literal["csv", "parquet"]
ROW_GROUP = 20_000  # rows; fixed, so that the bytes do not depend on how many rows come at once
_DISK_FULL = 28  # errno.ENOSPC


class TableWriter(Protocol):
    """Takes rows of text, in order."""

    def write(self, rows: Sequence[Row]) -> None:
        """Append rows."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...


class CsvTable:
    """A UTF-8 CSV file with a header; lines end with a line feed."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._writer.writerow(columns)

    def write(self, rows: Sequence[Row]) -> None:
        """Append rows."""
        self._writer.writerows(rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()


class ParquetTable:
    """A Parquet file of text columns in row groups of `ROW_GROUP`; empty text is null."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._schema = pa.schema([(column, pa.string()) for column in columns])
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._waiting: list[Row] = []

    def write(self, rows: Sequence[Row]) -> None:
        """Append rows; a row group is written as soon as it is full."""
        self._waiting.extend(rows)
        while len(self._waiting) >= ROW_GROUP:
            self._flush(self._waiting[:ROW_GROUP])
            del self._waiting[:ROW_GROUP]

    def _flush(self, rows: Sequence[Row]) -> None:
        columns = [pa.array([value or None for value in column], pa.string()) for column in zip(*rows, strict=True)]
        self._writer.write_table(pa.Table.from_arrays(columns, schema=self._schema), row_group_size=ROW_GROUP)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is None and self._waiting:
            self._flush(self._waiting)
        self._writer.close()


def open_table(stack: ExitStack, folder: Path, name: str, columns: Sequence[str], kind: Format) -> TableWriter:
    """A writer for `folder/name.csv` or `.parquet` that the stack closes."""
    path = folder / f"{name}.{kind}"
    table: TableWriter = CsvTable(path, columns) if kind == "csv" else ParquetTable(path, columns)
    return stack.enter_context(table)


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """A temporary folder beside `out`, renamed to it at the end and removed if anything fails.

    Raises OutputExists if `out` holds something, StorageError or DiskFull if it cannot be written.
    """
    out = out.absolute()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OutputExists(f"The output folder {out.name} is not empty.", "Name a new folder, or empty this one.")
    partial = out.with_name(f".{out.name}.{os.getpid()}.partial")
    try:
        partial.mkdir(parents=True)
        yield partial
        if out.exists():
            out.rmdir()  # some systems refuse to rename onto a folder, even an empty one
        partial.rename(out)
    except OSError as error:
        kind = DiskFull if error.errno == _DISK_FULL else StorageError
        raise kind(f"The folder {out.name} could not be written.", "Check free space and permissions.") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)

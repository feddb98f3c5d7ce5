"""Where released partitions go: Parquet or CSV files, a row group or a block a partition."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Literal, Protocol

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from factory.core.errors import ContractError

Format = Literal["csv", "parquet"]


class _Writer(Protocol):
    def write_batch(self, batch: pa.RecordBatch) -> None: ...
    def close(self) -> None: ...


class TableWriter:
    """Writes the partitions of one table to a path or stream; opened by the first partition, which has the schema."""

    def __init__(self, to: Path | BinaryIO, form: Format, name: str) -> None:
        self.rows = 0
        self.columns = 0
        self._to = str(to) if isinstance(to, Path) else to
        self._form = form
        self._name = name
        self._writer: _Writer | None = None

    def write(self, batch: pa.RecordBatch) -> None:
        """Write one partition. Raises: ContractError when the table has no column left."""
        if self._writer is None:
            if not batch.num_columns:
                raise ContractError(
                    f"No column of {self._name} is left after de-identification.", "Declare what may be released of it."
                )
            self.columns = batch.num_columns
            self._writer = self._open(batch.schema)
        self._writer.write_batch(batch)
        self.rows += batch.num_rows

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.close()

    def _open(self, schema: pa.Schema) -> _Writer:
        writer: _Writer
        if self._form == "parquet":
            writer = pq.ParquetWriter(self._to, schema, compression="zstd")
        else:
            writer = pacsv.CSVWriter(self._to, schema)
        return writer


def format_of(path: Path) -> Format:
    """Parquet where the name says so, else CSV."""
    return "parquet" if path.suffix == ".parquet" else "csv"

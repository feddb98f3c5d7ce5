"""Tables read one partition at a time: CSV by blocks, Parquet by row groups, a frame in one piece.

A source can be read as often as needed and gives the same partitions each time, which is what makes bytes equal
whatever the number of workers.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from factory.core.errors import BrokenFile, EmptyTable
from factory.core.files import storage_errors
from factory.formats.files import check_header, check_utf8

_BLOCK = 1 << 23
"""Bytes of a CSV partition."""
_ROWS = 1 << 16
"""Rows of a Parquet partition, at most."""
_BUFFER = 1 << 16
"""Bytes of a column of a Parquet file that are read at once."""
_MAGIC = b"PAR1"


class Source(Protocol):
    """A table that can be read in partitions. `name` is what messages call it."""

    name: str
    columns: tuple[str, ...]

    def partitions(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The partitions, rows in order, with the columns asked for."""


class FrameSource:
    """A frame in memory, one partition."""

    def __init__(self, frame: pd.DataFrame, name: str) -> None:
        self.name = name
        self.columns = tuple(str(column) for column in frame)
        self._frame = frame

    def partitions(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The frame, in partitions of a fixed number of rows."""
        table = pa.table({name: _array(self._frame[name]) for name in columns})
        yield from table.to_batches(max_chunksize=_ROWS)


class ParquetSource:
    """A Parquet file; columns of lists or structures are left out. Raises: BrokenFile, EmptyTable."""

    def __init__(self, path: Path | BinaryIO, name: str) -> None:
        self.name = name
        self._path = path
        file = self._open()
        if file.metadata.num_rows == 0:
            raise EmptyTable(f"{name} has a header and no rows.", "Export the table again.")
        names = list(file.schema_arrow.names)
        check_header(names, name)
        self.columns = tuple(field.name for field in file.schema_arrow if not _odd(field.type))

    def partitions(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Pieces of the row groups. Raises: BrokenFile."""
        try:
            yield from self._open().iter_batches(batch_size=_ROWS, columns=list(columns))
        except (pa.ArrowInvalid, pa.ArrowException, OSError):
            raise _broken_parquet(self.name) from None

    def _open(self) -> pq.ParquetFile:
        try:
            # Read ahead, all row groups would come to lie in memory; unbuffered, whole columns of a row group.
            return pq.ParquetFile(_again(self._path), pre_buffer=False, buffer_size=_BUFFER)
        except (pa.ArrowInvalid, pa.ArrowException, OSError):
            raise _broken_parquet(self.name) from None


class CsvSource:
    """A CSV file in UTF-8, every cell as text. Raises: BrokenFile, EmptyTable, WrongEncoding, StorageError."""

    def __init__(self, path: Path | BinaryIO, name: str) -> None:
        self.name = name
        self._path = path
        with open_again(path) as handle:
            check_utf8(handle, name)
        with self._open(None) as head:
            names = head.schema.names
        check_header(names, name)
        self.columns = tuple(names)
        if next(self.partitions(names[:1]), None) is None:
            raise EmptyTable(f"{name} has a header and no rows.", "Export the table again.")

    def partitions(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Blocks of the file. Raises: BrokenFile."""
        with self._open(list(columns)) as reader:
            try:
                for batch in reader:
                    if batch.num_rows:
                        yield batch
            except (pa.ArrowInvalid, pa.ArrowException):
                raise BrokenFile(
                    f"{self.name} has rows whose number of fields differs from the header's.",
                    "Check quotes, separators and whether the file was cut short.",
                ) from None

    def _open(self, columns: list[str] | None) -> pacsv.CSVStreamingReader:
        every = columns if columns is not None else []
        convert = pacsv.ConvertOptions(
            column_types=dict.fromkeys(every, pa.string()),
            include_columns=every,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        )
        try:
            return pacsv.open_csv(
                _again(self._path),
                read_options=pacsv.ReadOptions(block_size=_BLOCK),
                parse_options=pacsv.ParseOptions(newlines_in_values=True),
                convert_options=convert,
            )
        except (pa.ArrowInvalid, pa.ArrowException):
            raise BrokenFile(f"{self.name} cannot be parsed as CSV.", "Check quotes and separators.") from None


def source_of(path: Path) -> Source:
    """The source of one file by its suffix. Raises: EmptyTable, StorageError, and what the readers raise."""
    with storage_errors(path):
        if path.stat().st_size == 0:
            raise EmptyTable(f"{path.name} is empty (0 bytes).", "Export the table again.")
        with path.open("rb") as handle:
            parquet = path.suffix == ".parquet" or handle.read(4) == _MAGIC
    return ParquetSource(path, path.name) if parquet else CsvSource(path, path.name)


def spooled(stream: BinaryIO) -> Source:
    """The source of a pipe, kept in a file without a name: it is gone with the process, however that ends.

    Raises: EmptyTable, DiskFull, StorageError, and what the readers raise.
    """
    name = "the standard input"
    with storage_errors(Path(tempfile.gettempdir())):
        spool = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the source does
        shutil.copyfileobj(stream, spool, _BLOCK)
        size = spool.tell()
    if not size:
        raise EmptyTable(f"{name} is empty (0 bytes).", "Pipe a table into it.")
    spool.seek(0)
    parquet = spool.read(4) == _MAGIC
    return ParquetSource(spool, name) if parquet else CsvSource(spool, name)


def open_again(path: Path | BinaryIO) -> BinaryIO:
    """A handle at the start of a file, whose closing leaves the spool of a pipe open. Raises: StorageError."""
    if isinstance(path, Path):
        with storage_errors(path):
            return path.open("rb")
    path.flush()
    path.seek(0)
    return os.fdopen(os.dup(path.fileno()), "rb")


def _array(values: pd.Series) -> pa.Array:
    # Objects of several types in one column are what a frame may hold and Arrow does not.
    plain = values.map(str, na_action="ignore") if values.dtype == object else values
    made = pa.array(plain, from_pandas=True)
    return made.combine_chunks() if isinstance(made, pa.ChunkedArray) else made


def _again(path: Path | BinaryIO) -> str | BinaryIO:
    return str(path) if isinstance(path, Path) else open_again(path)


def _odd(kind: pa.DataType) -> bool:
    return bool(pa.types.is_nested(kind) and not pa.types.is_dictionary(kind))


def _broken_parquet(name: str) -> BrokenFile:
    return BrokenFile(f"{name} is not a whole Parquet file.", "It may be cut short; copy or export it again.")

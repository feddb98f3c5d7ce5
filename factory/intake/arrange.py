"""Typed rows of all tables put into pieces by person, in the order of their keys, by DuckDB on disk.

Rows come in the source's order, which may be any. A piece of each table holds the rows of the same people, so that
whatever is done person by person is done a piece at a time.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from factory.contract import Contract, Relation
from factory.core.errors import DiskFull, StorageError
from factory.core.files import storage_errors
from factory.core.threads import processors
from factory.intake.typing import arrow_type

ROWS = 1 << 15
"""Rows of a piece of the largest table, about. Which rows are in which piece follows from the data alone."""
_MEMORY = "1GB"


class Arranger:
    """Typed tables on disk below `folder`, which others may not read: what they hold, and their rows by piece."""

    def __init__(self, contract: Contract, folder: Path) -> None:
        import duckdb

        self._contract = contract
        self._folder = folder
        with storage_errors(folder):
            folder.mkdir(mode=0o700, parents=True)
        self._duck = duckdb.connect(
            ":memory:",  # which it leaves for the folder when it comes to its limit
            config={
                "memory_limit": _MEMORY,
                "threads": processors(),
                "temp_directory": str(folder / "spilled"),
                "autoinstall_known_extensions": False,  # it would fetch them, in the source zone
            },
        )
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._rows: dict[str, int] = {}
        self._pieces = 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for writer in self._writers.values():
            # Left open by an error, which is the one to be said.
            with contextlib.suppress(OSError):
                writer.close()
        self._duck.close()

    @property
    def tables(self) -> tuple[str, ...]:
        """Tables with rows."""
        return tuple(self._rows)

    @property
    def pieces(self) -> int:
        """Number of pieces, once people are placed."""
        return self._pieces

    def schema(self, table: str) -> pa.Schema:
        """The table's columns as they are written."""
        return pa.schema([(name, arrow_type(column)) for name, column in self._contract.tables[table].columns.items()])

    def add(self, table: str, rows: pa.Table) -> None:
        """Add typed rows. Raises: DiskFull, StorageError."""
        path = self._path(table)
        with storage_errors(path):
            if table not in self._writers:
                self._writers[table] = pq.ParquetWriter(path, self.schema(table), compression="lz4")
            self._writers[table].write_table(rows)
        self._rows[table] = self._rows.get(table, 0) + rows.num_rows

    def close(self, table: str) -> None:
        """All rows of the table are there."""
        with storage_errors(self._path(table)):
            self._writers.pop(table).close()

    def drop(self, table: str) -> None:
        """The table could not be read to its end, and counts as not there."""
        if table in self._writers:
            self.close(table)
        self._rows.pop(table, None)

    def rows(self, table: str) -> int:
        """Rows of a table."""
        return self._rows[table]

    def repeated(self, table: str) -> int:
        """Rows whose key another has."""
        key = _name(self._contract.tables[table].key)
        return self._count(
            f"SELECT coalesce(sum(n), 0) FROM (SELECT count(*) AS n FROM {self._file(table)}"  # noqa: S608 - our own names
            f" WHERE {key} IS NOT NULL GROUP BY {key} HAVING n > 1)"
        )

    def lost(self, link: Relation) -> int:
        """Rows that point to no row of their parent."""
        if self._kind(link.child_table, link.child_column) != self._kind(link.parent_table, self._key(link)):
            return self._rows[link.child_table]
        child, key = _name(link.child_column), _name(self._key(link))
        return self._count(
            f"SELECT count(*) FROM {self._file(link.child_table)} AS c"  # noqa: S608 - our own names
            f" ANTI JOIN {self._file(link.parent_table)} AS p ON c.{child} = p.{key}"
        )

    def place(self) -> None:
        """Say in which piece each row's person is. Every row must have a person."""
        person, people = self._contract.person, self._rows[self._contract.person]
        self._pieces = max(1, math.ceil(max(self._rows.values()) / ROWS))
        each = math.ceil(people / self._pieces)
        self._pieces = math.ceil(people / each)
        key = _name(self._contract.tables[person].key)
        self._make(
            person,
            f"SELECT {key} AS key, (row_number() OVER (ORDER BY {key}) - 1) // {each} AS piece"  # noqa: S608 - our own
            f" FROM {self._file(person)}",
        )
        for table in sorted(self._rows, key=lambda name: len(self._contract.person_path(name))):
            if table != person:
                link = self._contract.person_path(table)[0]
                key, points = _name(self._contract.tables[table].key), _name(link.child_column)
                self._make(
                    table,
                    f"SELECT c.{key} AS key, p.piece FROM {self._file(table)} AS c"  # noqa: S608 - our own names
                    f" JOIN {self._placed(link.parent_table)} AS p ON c.{points} = p.key",
                )

    def arranged(self, table: str) -> Iterator[pa.Table]:
        """The rows of a table: a piece at a time, each in the order of its keys. Raises: DiskFull, StorageError."""
        key = _name(self._contract.tables[table].key)
        query = (
            f"SELECT t.*, p.piece FROM {self._file(table)} AS t JOIN {self._placed(table)} AS p ON t.{key} = p.key"  # noqa: S608
            f" ORDER BY p.piece, t.{key}"
        )
        schema = self.schema(table)
        waiting: list[pa.RecordBatch] = []
        at = 0
        with _said():
            for batch in self._duck.sql(query).to_arrow_reader(ROWS):
                numbers = batch.column(batch.num_columns - 1).to_numpy(zero_copy_only=False)
                rows = batch.select(range(batch.num_columns - 1))
                start = 0
                while start < len(numbers):
                    while numbers[start] > at:
                        yield _together(waiting, schema)
                        waiting, at = [], at + 1
                    end = int(numbers.searchsorted(at, side="right"))
                    waiting.append(rows.slice(start, end - start))
                    start = end
        while at < self._pieces:
            yield _together(waiting, schema)
            waiting, at = [], at + 1

    def _count(self, query: str) -> int:
        with _said():
            row = self._duck.execute(query).fetchone()
        return int(row[0]) if row else 0

    def _make(self, table: str, query: str) -> None:
        with _said():
            self._duck.execute(f"CREATE TABLE {self._placed(table)} AS {query}")

    def _key(self, link: Relation) -> str:
        return self._contract.tables[link.parent_table].key

    def _kind(self, table: str, column: str) -> Any:
        kind = arrow_type(self._contract.tables[table].columns[column])
        return pa.float64() if pa.types.is_integer(kind) else kind

    def _placed(self, table: str) -> str:
        return f"placed_{list(self._contract.tables).index(table)}"

    def _path(self, table: str) -> Path:
        # By number: the name of a table need not be one of a file.
        return self._folder / f"{list(self._contract.tables).index(table)}.parquet"

    def _file(self, table: str) -> str:
        path = str(self._path(table)).replace("'", "''")
        return f"read_parquet('{path}')"


def _together(batches: list[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    if not batches:
        return schema.empty_table()
    made = pa.Table.from_batches(batches)
    return made.rename_columns(schema.names).cast(schema)


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


@contextlib.contextmanager
def _said() -> Iterator[None]:
    """Let no message of DuckDB out: it may quote a cell. Raises: DiskFull, StorageError."""
    import duckdb

    try:
        yield
    except (duckdb.Error, OSError) as error:
        if "no space" in str(error).lower():
            said: StorageError = DiskFull("The disk is full.", "Free some space and run the same command again.")
        else:
            said = StorageError(
                "DuckDB could not put the rows in order.", "Look at the disk and memory of the machine."
            )
    else:
        return
    raise said

"""Who was in which batch, kept across runs: distinct people by destination and year, and people two batches share.

One SQLite file, one transaction a batch: a process killed at any point has entered its batch whole or not at all,
two at once wait for each other, and a batch entered again replaces what it had entered, so that nobody counts twice.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from factory.core.errors import StorageError
from factory.core.files import storage_errors

_WAIT_SECONDS = 120.0
_TABLES = """
CREATE TABLE IF NOT EXISTS batches (
    id TEXT PRIMARY KEY, folder TEXT NOT NULL, destination TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS people (
    batch TEXT NOT NULL, person BLOB NOT NULL, PRIMARY KEY (batch, person)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS batches_of ON people (person, batch);
"""


@dataclass(frozen=True)
class Batch:
    """A batch: its random id, its run's folder relative to the register, where it goes, the years it may go in."""

    id: str
    folder: str
    destination: str
    first: int
    last: int


class Ledger:
    """The ledger in the file `path`, made where there is none. Raises: StorageError when it is damaged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with storage_errors(path):
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        with self._open() as connection:
            connection.executescript(_TABLES)

    def enter(self, batch: Batch, people: Sequence[bytes]) -> None:
        """Enter a batch and its people, in place of what it had entered before."""
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM people WHERE batch = ?", (batch.id,))
            connection.execute(
                "INSERT OR REPLACE INTO batches VALUES (?, ?, ?, ?, ?)",
                (batch.id, batch.folder, batch.destination, batch.first, batch.last),
            )
            connection.executemany("INSERT INTO people VALUES (?, ?)", ((batch.id, person) for person in people))
            connection.execute("COMMIT")

    def remove(self, batch: str) -> None:
        """Take a batch and its people out."""
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM people WHERE batch = ?", (batch,))
            connection.execute("DELETE FROM batches WHERE id = ?", (batch,))
            connection.execute("COMMIT")

    def batches(self) -> list[Batch]:
        """Every batch, by id."""
        with self._open() as connection:
            return [Batch(*row) for row in connection.execute("SELECT * FROM batches ORDER BY id")]

    def shared(self, batch: str) -> dict[str, int]:
        """The other batches that hold people of this one, with how many."""
        asked = (
            "SELECT other.batch, COUNT(*) FROM people AS own JOIN people AS other ON other.person = own.person"
            " WHERE own.batch = ? AND other.batch <> own.batch GROUP BY other.batch ORDER BY other.batch"
        )
        with self._open() as connection:
            return dict(connection.execute(asked, (batch,)).fetchall())

    def people(self, batches: Collection[str]) -> int:
        """How many different people these batches hold."""
        with self._open() as connection:
            connection.execute("CREATE TEMP TABLE asked (id TEXT PRIMARY KEY)")
            connection.executemany("INSERT INTO asked VALUES (?)", ((batch,) for batch in sorted(set(batches))))
            asked = "SELECT COUNT(DISTINCT person) FROM people WHERE batch IN (SELECT id FROM asked)"
            return int(connection.execute(asked).fetchone()[0])

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            # Transactions are opened and ended by name; one that is not ended is rolled back when the file is closed.
            with contextlib.closing(
                sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None)
            ) as connection:
                connection.execute("PRAGMA synchronous = FULL")
                yield connection
        except sqlite3.Error:
            raise StorageError(
                f"{self.path} cannot be read or written as a ledger of batches.",
                "Check the disk and its permissions, or restore the file from a backup.",
            ) from None

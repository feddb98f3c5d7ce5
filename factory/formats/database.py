"""Tables of a database that SQLAlchemy reaches: one snapshot, read in batches, never written.

Source: PostgreSQL's documentation, "Transaction Isolation" (REPEATABLE READ sees one snapshot) and `SET TRANSACTION`.
"""

from __future__ import annotations

import contextlib
import weakref
import zoneinfo
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url

from factory.core.errors import BrokenFile, EmptyTable, FactoryError, StorageError, TableMissing
from factory.core.files import storage_errors
from factory.core.progress import say
from factory.formats.address import scheme
from factory.formats.columns import Held, batch, held
from factory.formats.header import check_header

BATCH = 20_000
"""Rows that are fetched at once."""
CONNECT_SECONDS = 15
"""How long a database may take to answer, unless its address or PGCONNECT_TIMEOUT says otherwise."""
_SQLITE_HEADER, _SQLITE_MODE = 20, 18
"""Bytes of a SQLite file that say how it is written, and where among them: 2 and 2 are WAL."""
_NO_RIGHT = ("42501",)  # insufficient_privilege
_ANSWERS = "Is it running, are name and role right, and does PGPASSWORD, ~/.pgpass or the service hold its password?"


def is_database(address: str) -> bool:
    """True where SQLAlchemy knows the dialect of a URL's scheme."""
    dialect, _, driver = scheme(address).partition("+")
    try:
        sa.dialects.registry.load(f"{dialect}.{driver}" if driver else dialect)
    except sa.exc.NoSuchModuleError:
        return dialect == "postgres"
    except ImportError:
        return True  # its driver is not there: opening says so
    return True


class Database:
    """Tables and views of one schema; `?schema=` names it, else the session's own.

    The transaction begins with the first question, is REPEATABLE READ and READ ONLY on PostgreSQL, is shared by all
    reads and ends with this object. Rows come in the order of the primary key; without one, as the database gives them.
    """

    format = "database"

    def __init__(self, address: str) -> None:
        try:
            url = make_url(address)
        except (sa.exc.ArgumentError, ValueError):
            raise StorageError(
                "The address is not one of a database.", "Write postgresql://USER@HOST/NAME or sqlite:///PATH."
            ) from None
        named = url.query.get("schema")
        self._schema = named if isinstance(named, str) else None
        self._url = _driver(url.difference_update_query(["schema"]))
        self._name = (url.database or "at this address").rpartition("/")[2]
        self._lost: FactoryError | None = None

    def tables(self) -> tuple[str, ...]:
        """Tables and views, sorted. Raises: StorageError."""
        return tuple(sorted(self._names))

    def called(self, table: str) -> str:
        """The table's own name. Raises: TableMissing, StorageError."""
        if table not in self._names:
            where = f"the schema {self._schema} of the database" if self._schema else "the database"
            raise TableMissing(
                f"The table {table} is not in {where} {self._name}.",
                "Name its schema: ?schema=NAME; or let the role see it.",
            )
        return table

    def read(self, table: str, missing: tuple[str, ...]) -> pa.Table:
        """Columns of a table in its order, values exact.

        Raises: TableMissing, EmptyTable, BrokenFile, StorageError.
        """
        self.called(table)
        # A savepoint: an error of one table must leave the snapshot to the others.
        with self._said(table), self._connection.begin_nested():
            found, columns = self._columns(table)
            made = self._fetch(found, columns)
        if made.num_rows == 0:
            raise EmptyTable(f"{table} has no rows.", "Is it the right table, and may the role see its rows?")
        return made

    def digests(self, tables: tuple[str, ...]) -> dict[str, str] | None:
        """None: rows change while nobody looks."""
        return None

    @cached_property
    def _connection(self) -> Connection:
        if self._lost is not None:
            raise self._lost  # not waited for again for every table
        try:
            return self._connect()
        except FactoryError as error:
            self._lost = error
            raise

    def _connect(self) -> Connection:
        with self._said(None):
            engine = _engine(self._url)
            connection = engine.connect()
            weakref.finalize(self, _end, connection, engine)
            connection.begin()
            if engine.dialect.name == "postgresql":
                # A scan of a large table would else begin wherever another one is.
                connection.exec_driver_sql("SET LOCAL synchronize_seqscans = off")
        return connection

    @cached_property
    def _zone(self) -> str:
        """The session's zone, that of the database unless `?options=-c TimeZone=…` says another; UTC without a name."""
        if self._connection.dialect.name != "postgresql":
            return "UTC"
        zone = str(self._connection.exec_driver_sql("SHOW TimeZone").scalar_one())
        return zone if zone in zoneinfo.available_timezones() else "UTC"

    @cached_property
    def _names(self) -> frozenset[str]:
        with self._said(None):
            inspector = sa.inspect(self._connection)
            names = {*inspector.get_table_names(self._schema), *inspector.get_view_names(self._schema)}
            if self._connection.dialect.name == "postgresql":
                names |= set(inspector.get_materialized_view_names(self._schema))
        return frozenset(names)

    def _columns(self, table: str) -> tuple[sa.Table, list[Held]]:
        found = sa.Table(table, sa.MetaData(), schema=self._schema, autoload_with=self._connection, resolve_fks=False)
        check_header([column.name for column in found.columns], table)
        columns = [(column.name, held(column, self._zone)) for column in found.columns]
        for name, how in columns:
            if how is None:
                say(f"note {table}.{name} holds bytes and is not read")
        if any(pa.types.is_timestamp(how.arrow) and how.arrow.tz for _, how in columns if how is not None):
            say(f"note {table}: times with a zone are read by the clock of {self._zone}")
        return found, [how for _, how in columns if how is not None]

    def _fetch(self, found: sa.Table, columns: list[Held]) -> pa.Table:
        query = sa.select(*(column.selected for column in columns)).execution_options(yield_per=BATCH)
        if key := tuple(found.primary_key.columns):
            query = query.order_by(*key)
        result = self._connection.execute(query)
        batches = [batch(list(rows), columns) for rows in result.partitions()]
        return pa.Table.from_batches(batches, pa.schema([(column.name, column.arrow) for column in columns]))

    @contextlib.contextmanager
    def _said(self, table: str | None) -> Iterator[None]:
        """Failures of a driver as one sentence: its own may quote values, and name hosts and roles."""
        name = self._name
        try:
            yield
        except FactoryError:
            raise
        except sa.exc.DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) in _NO_RIGHT:
                what = "the tables" if table is None else f"the table {table}"
                raise StorageError(
                    f"The role may not read {what} of the database {name}.", "GRANT SELECT (and USAGE on its schema)."
                ) from None
            if table is None or error.connection_invalidated:
                raise StorageError(f"The database {name} does not answer.", _ANSWERS) from None
            raise BrokenFile(
                f"The database {name} cannot give the table {table}.", "Can its rows be selected?"
            ) from None
        except ImportError:
            raise StorageError(
                "The driver of this database is not installed.", "For PostgreSQL install the extra `postgres`."
            ) from None
        except sa.exc.NoSuchTableError:
            raise TableMissing(f"The table {table} is not in the database {name}.", "Name one that is.") from None
        except (sa.exc.SQLAlchemyError, pa.ArrowException, ValueError, TypeError, OverflowError):
            what = "be opened" if table is None else f"give the table {table}: a value is not of its column's type"
            raise BrokenFile(f"The database {name} cannot {what}.", "Look at its declared types.") from None


def _driver(url: URL) -> URL:
    if url.drivername in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    return url


def _engine(url: URL) -> sa.Engine:
    backend = url.get_backend_name()
    if backend == "postgresql":
        import os

        said = "connect_timeout" in url.query or "PGCONNECT_TIMEOUT" in os.environ
        options = {} if said else {"connect_timeout": CONNECT_SECONDS}
        return sa.create_engine(
            url,
            poolclass=sa.NullPool,
            connect_args=options,
            isolation_level="REPEATABLE READ",
            execution_options={"postgresql_readonly": True},
        )
    if backend == "sqlite":
        return _sqlite(url)
    return sa.create_engine(url, poolclass=sa.NullPool)


def _sqlite(url: URL) -> sa.Engine:
    """A SQLite file that must be there and is opened so that it cannot be written."""
    import sqlite3

    path = Path(url.database or "")
    if not path.is_file():
        raise StorageError(f"There is no SQLite file {path.name}.", "Name it as sqlite:///PATH.")
    how = _read_only(path)

    def connect() -> Any:
        made = sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True, isolation_level=None)
        made.execute("PRAGMA query_only=ON")
        return made

    engine = sa.create_engine("sqlite://", creator=connect, poolclass=sa.NullPool)
    # The driver would begin no transaction for a read, and each table would be of another moment.
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _read_only(path: Path) -> str:
    """How to open the file so that nothing is written beside it.

    A file in WAL mode has its index beside it, and SQLite makes one where there is none: where no log lies there, the
    file alone is what it holds. Source: SQLite's "Write-Ahead Logging", section "Read-Only Databases".
    While another program has it open, both lie there, and the snapshot is that of its log.
    Raises: StorageError when a log lies there that nobody has open.
    """
    with storage_errors(path), path.open("rb") as handle:
        logged = handle.read(_SQLITE_HEADER)[_SQLITE_MODE:] == b"\x02\x02"
    if not logged:
        return "mode=ro"
    log, index = (path.with_name(f"{path.name}{end}").exists() for end in ("-wal", "-shm"))
    if log and not index:
        raise StorageError(
            f"{path.name} was not closed by the program that wrote it: its log lies beside it.",
            "Open and close it there, or hand over a copy made with VACUUM INTO.",
        )
    return "mode=ro" if log else "mode=ro&immutable=1"


def _end(connection: Connection, engine: sa.Engine) -> None:
    with contextlib.suppress(sa.exc.SQLAlchemyError):
        connection.close()
    engine.dispose()

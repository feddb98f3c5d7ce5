"""Opening the store: one URL, brought up to the newest version, each act one transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url

from factory.core.errors import StorageError

_LOCK = 0x0FAC7021  # PostgreSQL's advisory lock under which one process migrates


@dataclass(frozen=True)
class Store:
    """A database that holds the newest version of our tables."""

    engine: Engine

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes: all of it becomes durable, or nothing. Raises: StorageError."""
        with _said(self.engine.url), self.engine.execution_options(writes=True).begin() as connection:
            yield connection

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that reads one state of the database, whatever is written meanwhile. Raises: StorageError."""
        with _said(self.engine.url), self.engine.execution_options(**self._snapshot).connect() as connection:
            yield connection

    @property
    def _snapshot(self) -> dict[str, Any]:
        # SQLite's transactions are snapshots by themselves; in PostgreSQL by default each statement is one.
        if self.engine.dialect.name != "postgresql":
            return {}
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def open_store(url: str) -> Store:
    """The store at `sqlite:///path` or `postgresql+psycopg://user@host/name`, made or brought up to date.

    Raises: StorageError, with no password in it, when it is no such address, cannot be reached, or was made by a newer
    version of this software.
    """
    try:
        parsed = make_url(url)
    except sa.exc.ArgumentError:
        raise StorageError("The address of the store is not one of a database.", _FIX) from None
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    elif backend != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise StorageError(f"The store cannot be in {backend}.", _FIX)
    else:
        with _said(parsed):
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    with _said(parsed):
        engine = _engine(parsed)
        _migrate(engine)
    return Store(engine)


_FIX = "Give sqlite:///path/to/room.db or postgresql://user@host/name."


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        return sa.create_engine(
            url, pool_size=10, max_overflow=20, pool_pre_ping=True, isolation_level="READ COMMITTED"
        )
    engine = sa.create_engine(url, pool_size=10, max_overflow=20, connect_args={"timeout": 30})
    sa.event.listen(engine, "connect", _sqlite_connected)
    sa.event.listen(engine, "begin", _sqlite_begins)
    return engine


def _sqlite_connected(raw: Any, _: Any) -> None:
    # The driver would begin transactions late, after a read; we begin them ourselves, with the lock a writer needs.
    raw.isolation_level = None
    raw.create_function("lower", 1, lambda text: text.lower() if isinstance(text, str) else text, deterministic=True)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        raw.execute(f"PRAGMA {pragma}")


def _sqlite_begins(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


def _migrate(engine: Engine) -> None:
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        if MigrationContext.configure(connection).get_current_revision() == scripts.get_current_head():
            return
    with engine.execution_options(writes=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        current = MigrationContext.configure(connection).get_current_revision()
        known = {script.revision for script in scripts.walk_revisions()}
        if current is not None and current not in known:
            raise StorageError("The store was made by a newer version of this software.", "Install that version.")
        if current != scripts.get_current_head():
            _upgrade(config, connection)


def _upgrade(config: Any, connection: Connection) -> None:
    from alembic import command

    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@contextlib.contextmanager
def _said(url: URL) -> Iterator[None]:
    """Failures of the database as one sentence that holds neither password nor statement."""
    where = url.database if url.get_backend_name() == "sqlite" else f"{url.host or 'the local socket'}/{url.database}"
    try:
        yield
    except sa.exc.IntegrityError:
        raise StorageError("Somebody else wrote the same just now; nothing was changed.", "Try again.") from None
    except (sa.exc.OperationalError, sa.exc.DatabaseError, sa.exc.TimeoutError):
        raise StorageError(f"The store at {where} cannot be used now.", "Is it running, and may we write?") from None
    except ModuleNotFoundError:
        raise StorageError("PostgreSQL's driver is not installed.", "Install the extra `postgres`.") from None
    except OSError:
        raise StorageError(
            f"The store at {where} cannot be reached or written.", "See that the folder is ours."
        ) from None

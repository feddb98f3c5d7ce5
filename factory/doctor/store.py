"""The store at an address: can it be reached, may we make tables in it, and does its clock agree with ours."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from factory.core.errors import StorageError
from factory.doctor.clock import MOST_SECONDS
from factory.doctor.finding import Finding, Level, Machine, Purpose, fine

_MEND = "Give sqlite:///path/to/room.db or postgresql://user@host/name."
_MARK = "factory_doctor_was_here"


def store(machine: Machine) -> Iterator[Finding]:
    """What --store names; nothing is left in it: the table that is made is taken back with its transaction."""
    if not machine.store or machine.purposes == {Purpose.LICENSEE}:
        return
    try:
        import sqlalchemy as sa
    except ImportError:
        yield Finding("store", Level.FAIL, "SQLAlchemy is not installed.", "Install the extra `serve`.")
        return
    try:
        url = sa.engine.make_url(machine.store)
    except (sa.exc.ArgumentError, ValueError):
        yield Finding("store", Level.FAIL, "The address is not one of a database.", _MEND, StorageError.exit_code)
        return
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        yield _not_there(Path(url.database))
        return
    if url.get_backend_name() == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    try:
        yield _tried(url)
    except ModuleNotFoundError:
        yield Finding("store", Level.FAIL, "PostgreSQL's driver is not installed.", "Install the extra `postgres`.")
    except sa.exc.SQLAlchemyError as error:
        # The driver's own message holds the user's name, and the statement: its class says enough.
        reached = "may not be written" if _denied(error) else "cannot be reached"
        yield Finding(
            "store", Level.FAIL, f"The store at {url.host or url.query.get('host') or 'this machine'} {reached}.",
            "See that it runs, that the address is right, and that its user may CREATE in the schema.",
            StorageError.exit_code,
        )  # fmt: skip


def _tried(url: object) -> Finding:
    import sqlalchemy as sa

    engine = sa.create_engine(url)  # type: ignore[call-overload]
    if engine.dialect.name == "sqlite":
        # Its driver would begin nothing before a CREATE, and the table would stay.
        sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with engine.connect() as connection:
            transaction = connection.begin()
            connection.execute(sa.text(f"CREATE TABLE {_MARK} (one integer)"))
            clock = connection.execute(sa.text("SELECT CURRENT_TIMESTAMP")).scalar_one()
            transaction.rollback()
    finally:
        engine.dispose()
    off = clock.timestamp() - time.time() if hasattr(clock, "timestamp") else 0.0
    if abs(off) > MOST_SECONDS:
        return Finding(
            "store", Level.FAIL, f"The store's clock and this one are {abs(off):.0f} seconds apart.",
            "Set both clocks, and keep them with NTP.",
        )  # fmt: skip
    return fine("store", "The store can be reached, tables can be made in it, and its clock agrees with this one.")


def _not_there(path: Path) -> Finding:
    """A SQLite file that is yet to be made: whether its folder lets it be; asking makes none."""
    folder = path.resolve().parent
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return fine("store", "The store is not there yet, and can be made.")
    return Finding(
        "store", Level.FAIL, f"The store {path.name} is not there, and its folder may not be written.", _MEND,
        StorageError.exit_code,
    )  # fmt: skip


def _denied(error: Exception) -> bool:
    """Whether the database answered, and said no: SQLSTATE 42501 and 25006, SQLite's readonly."""
    cause = getattr(error, "orig", None)
    return getattr(cause, "sqlstate", None) in ("42501", "25006") or "readonly" in str(cause)

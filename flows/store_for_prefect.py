"""Prefect's tables beside the room's, in a schema of their own: both keep a table `alembic_version`."""

from __future__ import annotations

from factory.core.errors import StorageError

SCHEMA = "prefect"


def environment(store: str) -> dict[str, str]:
    """What Prefect's server is told: where its tables are, and that leases outlive it.

    Without a store, or with one in SQLite, Prefect keeps a file of its own in its home.
    """
    # In memory, as they are by default, leases are forgotten when the server ends, and the slots they held stay taken.
    told = {"PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem"}
    if store.startswith("postgres"):
        address = "//" + store.partition("//")[2]
        _make_schema(f"postgresql+psycopg:{address}")
        told["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = f"postgresql+asyncpg:{address}"
        told["PREFECT_SERVER_DATABASE_SQLALCHEMY_CONNECT_ARGS_SEARCH_PATH"] = f"{SCHEMA}, public"
    return told


def _make_schema(url: str) -> None:
    """Raises: StorageError, without the address, which may hold a password."""
    import sqlalchemy as sa

    engine = sa.create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    except sa.exc.SQLAlchemyError:
        said = "The store cannot be reached, or no schema made in it."
        raise StorageError(said, "See: factory doctor --store URL") from None
    finally:
        engine.dispose()

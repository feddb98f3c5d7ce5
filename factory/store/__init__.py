"""Where the review room keeps what it knows: SQLAlchemy over SQLite or PostgreSQL, with migrations."""

from factory.store.engine import Store, open_store

__all__ = ["Store", "open_store"]

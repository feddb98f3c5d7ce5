"""Versions of the store, run by Alembic from `engine.open_store`; each file is one step, in order of its name."""

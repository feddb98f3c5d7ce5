"""What the log holds of a row of the catalogue: a digest of all of it that never changes again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from factory.core.files import canonical_json, sha256_bytes
from factory.store import schema

_LATER = {
    "releases": {"revoked", "reason", "deprecated", "successor"},
    "licences": {"revoked", "reason"},
    "tokens": {"ended"},
    "clients": {"ended"},
    "pulls": {"bytes", "ended"},
    "withdrawals": {"successor"},
}
"""Columns that acts change later, and other entries tell of."""


def row_digest(table: sa.Table, row: Mapping[Any, Any]) -> str:
    """SHA-256 over a row's name of table and lasting columns; bytes stand in it by their own digest."""
    values = {name: _plain(row[name]) for name in _names(table) if name not in _LATER.get(table.name, set())}
    return sha256_bytes(canonical_json({"table": table.name, "row": values}))


def back_digest(what: str, digest: str, at: str, reason: str) -> str:
    """What is entered of a release or licence that is taken back."""
    return sha256_bytes(canonical_json({"back": what, "digest": digest, "at": at, "reason": reason}))


def record_digest(row: Mapping[Any, Any]) -> str:
    """What is entered of a pull that has ended: all of its row."""
    return sha256_bytes(canonical_json({name: row[name] for name in _names(schema.pulls)}))


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return sha256_bytes(bytes(value))
    return value


def _names(table: sa.Table) -> list[str]:
    return [column.name for column in table.columns]

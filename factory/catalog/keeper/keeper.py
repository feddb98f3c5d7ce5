"""The room's store and the sealed files, and how the two are opened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from factory.catalog.storage import Storage
from factory.core.errors import NotReady
from factory.review.room import Room
from factory.review.room.room import utc_now
from factory.store import Store
from factory.store.schema import licences, releases

Row = sa.Row[tuple[object, ...]]
STAMP = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Keeper:
    """Everything the catalogue's acts need."""

    room: Room
    storage: Storage

    @property
    def store(self) -> Store:
        """The room's store, whose log the catalogue's acts are entered in too."""
        return self.room.store

    @property
    def clock(self) -> Callable[[], dt.datetime]:
        """The room's clock."""
        return self.room.clock


def open_keeper(home: Path, url: str = "", storage: str = "", clock: Callable[[], dt.datetime] = utc_now) -> Keeper:
    """The catalogue of the room in `home`; sealed files lie in `home`/sealed unless `storage` says where.

    Raises: StorageError.
    """
    from factory.review.room import open_room

    return Keeper(open_room(home, url, clock), Storage(storage or str(home / "sealed")))


def release_row(connection: Connection, name: str, version: str = "") -> Row:
    """A release by name and version, or its newest that was not taken back. Raises: NotReady."""
    query = sa.select(releases).where(releases.c.name == name)
    rows = connection.execute(query.where(releases.c.version == version) if version else query).all()
    standing = [row for row in rows if version or row.revoked is None] or rows
    if not standing:
        raise NotReady("There is no such data set in this catalogue.", "See: factory catalog list")
    return max(standing, key=lambda row: ordered(row.version))


def licence_row(connection: Connection, licence: str) -> Row:
    """A licence by its id. Raises: NotReady."""
    row = connection.execute(sa.select(licences).where(licences.c.id == licence)).one_or_none()
    if row is None:
        raise NotReady("There is no such licence in this catalogue.", "Publish the run it was released from.")
    return row


def ordered(version: str) -> tuple[int, ...]:
    """A semantic version as it sorts."""
    return tuple(int(part) for part in version.split("."))


def stamped(moment: dt.datetime) -> str:
    """As the store holds times."""
    return moment.astimezone(dt.UTC).strftime(STAMP)

"""The people of the room, as people.yaml names them; a key is never replaced."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from factory.core.errors import KeyInvalid
from factory.core.files import canonical_json, sha256_bytes
from factory.review.people import People, Person, Role, plain
from factory.store.schema import people as table


def read_people(connection: Connection) -> People:
    """Everybody, by name."""
    rows = connection.execute(sa.select(table).order_by(table.c.name))
    return People(people=tuple(_person(row) for row in rows))


def add_people(connection: Connection, people: People) -> list[str]:
    """Register those who are not yet, and give the known their roles anew; digests of what changed.

    Raises: KeyInvalid when a name has another key already, or a key another name.
    """
    known = {person.name: person for person in read_people(connection).people}
    spelt = {plain(name): name for name in known}
    keys = {person.public_key: person.name for person in known.values()}
    changed = []
    for person in people.people:
        before = known.get(person.name)
        if before is None and (plain(person.name) in spelt or person.public_key in keys):
            raise KeyInvalid(f"{person.name} or that key is registered already.", "Compare the keys with their owners.")
        if before is not None and before.public_key != person.public_key:
            raise KeyInvalid(f"{person.name} is registered with another key.", "Register the person under a new name.")
        if before == person:
            continue
        roles = " ".join(person.roles)
        if before is None:
            values = {"name": person.name, "plain": plain(person.name), "roles": roles, "public_key": person.public_key}
            connection.execute(sa.insert(table).values(values))
        else:
            connection.execute(sa.update(table).where(table.c.name == person.name).values(roles=roles))
        changed.append(sha256_bytes(canonical_json(person.model_dump(mode="json"))))
    return changed


def _person(row: sa.Row[tuple[str, str, str, str]]) -> Person:
    return Person(name=row.name, roles=tuple(Role(role) for role in row.roles.split()), public_key=row.public_key)

"""What is shown of the catalogue: releases found, one with all its versions, requests for a licence."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from factory.audit import Act, Outcome
from factory.catalog.keeper.keeper import Keeper, Row, ordered, stamped
from factory.core.documents import is_text
from factory.core.errors import NotReady, ReviewError
from factory.core.files import canonical_json, sha256_bytes
from factory.core.run import RunState
from factory.release import duo
from factory.store import log
from factory.store.schema import releases, requests, submissions

LONGEST_REQUEST = 2000
MOST_REQUESTS = 50
"""Of one person."""


@dataclass(frozen=True)
class Release:
    """One version of a data set, as the catalogue shows it. `state` is `current`, `deprecated` or `revoked`."""

    candidate: str
    name: str
    version: str
    title: str
    published: str
    state: str
    successor: str
    entry: dict[str, Any]

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(int(table["rows"]) for table in self.entry["tables"].values())

    @property
    def citation(self) -> str:
        """How to cite it: the identifier is the digest that reviewers signed, the same wherever a copy lies."""
        return (
            f"{self.entry['licensor']} ({self.published[:4]}): {' '.join(self.title.split())}, version {self.version}. "
            f"Synthetic data set. urn:sha256:{self.candidate}"
        )


def found(keeper: Keeper, search: str = "") -> list[Release]:
    """The newest version of each data set whose name, title, table or column holds `search`, by name."""
    newest: dict[str, Release] = {}
    for release in _all(keeper):
        there = newest.get(release.name)
        if there is None or _rank(release) > _rank(there):
            newest[release.name] = release
    held = search.strip().lower() if is_text(search) else "\0"
    return [release for _, release in sorted(newest.items()) if held in _words(release)]


def versions(keeper: Keeper, name: str) -> list[Release]:
    """All versions of a data set, newest first. Raises: NotReady."""
    rows = sorted(_all(keeper, name), key=lambda release: ordered(release.version), reverse=True)
    if not rows:
        raise NotReady("There is no such data set in this catalogue.", "See: factory catalog list")
    return rows


def one(keeper: Keeper, name: str, version: str = "") -> Release:
    """One version, or the newest that stands. Raises: NotReady."""
    rows = versions(keeper, name)
    if not version:
        return max(rows, key=_rank)
    for release in rows:
        if release.version == version:
            return release
    raise NotReady("There is no such version in this catalogue.", "See: factory catalog list")


def request(keeper: Keeper, name: str, who: str, purpose: str, text: str) -> str:
    """Ask the owner for a licence; the same request is kept once. Raises: NotReady, ReviewError."""
    one(keeper, name)
    said = text.replace("\r\n", "\n").strip()  # a browser sends a line break as two signs
    if purpose not in duo.PURPOSES:
        raise ReviewError("That is no purpose of GA4GH DUO.", "Choose one of the list.")
    if not said or len(said) > LONGEST_REQUEST or not is_text(said):
        raise ReviewError(f"A request has 1 to {LONGEST_REQUEST} printable signs.", "Write it again.")
    document = {"name": name, "who": who, "purpose": purpose, "text": said}
    digest = sha256_bytes(canonical_json(document))
    now = keeper.clock()
    with keeper.store.writing() as connection:
        log.hold(connection)
        mine = sa.select(sa.func.count()).where(requests.c.who == who)
        if connection.execute(mine).scalar_one() >= MOST_REQUESTS:
            raise ReviewError(f"You made {MOST_REQUESTS} requests already.", "Write to the owner.")
        if connection.execute(sa.select(requests.c.digest).where(requests.c.digest == digest)).first() is None:
            values = {
                "digest": digest, "name": name, "who": who, "at": stamped(now),
                "document": json.dumps(document, ensure_ascii=False),
            }  # fmt: skip
            connection.execute(sa.insert(requests).values(values))
            log.append(connection, who, Act.REQUEST, digest, Outcome.DONE, now)
    return digest


def asked(keeper: Keeper) -> list[dict[str, str]]:
    """Requests for a licence, newest first."""
    with keeper.store.reading() as connection:
        rows = connection.execute(sa.select(requests).order_by(requests.c.at.desc(), requests.c.digest))
        return [{**json.loads(row.document), "at": row.at} for row in rows]


def _all(keeper: Keeper, name: str = "") -> list[Release]:
    query = sa.select(releases, submissions.c.state).outerjoin(
        submissions, submissions.c.digest == releases.c.candidate
    )
    if name:
        query = query.where(releases.c.name == name)
    with keeper.store.reading() as connection:
        return [_release(row) for row in connection.execute(query.order_by(releases.c.name))]


def _release(row: Row) -> Release:
    entry = json.loads(row.entry)
    if row.revoked is not None or row.state == RunState.REVOKED.value:
        state, entry = "revoked", _without_data(entry)
    else:
        state = "deprecated" if row.deprecated is not None else "current"
    return Release(row.candidate, row.name, row.version, row.title, row.published, state, row.successor or "", entry)


def _without_data(entry: dict[str, Any]) -> dict[str, Any]:
    """What is shown of a release that was taken back: what its tables were called, and nothing that was in them."""
    tables = {
        name: {**held, "preview": [], "columns": [{**column, "shares": []} for column in held["columns"]]}
        for name, held in entry["tables"].items()
    }
    return {**entry, "tables": tables, "dossiers": {}}


def _rank(release: Release) -> tuple[bool, tuple[int, ...]]:
    return release.state != "revoked", ordered(release.version)


def _words(release: Release) -> str:
    columns = [column["name"] for table in release.entry["tables"].values() for column in table["columns"]]
    return " ".join([release.name, release.title, *release.entry["tables"], *columns]).lower()

"""The catalogue's rows against the log: nothing is published, pulled or given back that the log does not hold."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from factory.audit import Act, Outcome
from factory.catalog.keeper.keeper import Row
from factory.catalog.keeper.pulls import record_digest
from factory.core.errors import RunError
from factory.core.files import canonical_json, sha256_bytes
from factory.store import Store
from factory.store.schema import licences, log_entries, pulls, releases, requests, tokens

_FIX = "Restore the store from a backup; a checkpoint kept elsewhere tells since when."
_ACTS = (Act.PUBLISH, Act.WITHDRAW, Act.REVOKE_LICENCE, Act.DEPRECATE, Act.TOKEN, Act.END_TOKEN, Act.PULL, Act.REQUEST)


def check_catalogue(store: Store) -> None:
    """Compare every row with the log, which `factory.store.log.verify` proves by itself.

    Raises: RunError that names the first release, licence, token, pull or request that is not as it was entered.
    """
    with store.reading() as connection:
        entered = _entered(connection)
        found = list(connection.execute(sa.select(releases)))
        licensed = list(connection.execute(sa.select(licences)))
        _check_published(entered, found, licensed)
        _check_back(entered, Act.WITHDRAW, "release", found, "revoked", "candidate")
        _check_back(entered, Act.REVOKE_LICENCE, "licence", licensed, "revoked", "digest")
        _check_back(entered, Act.DEPRECATE, "release", found, "deprecated", "candidate")
        _check_tokens(entered, connection.execute(sa.select(tokens)))
        _check_pulls(entered, connection.execute(sa.select(pulls)))
        _check_requests(entered, connection.execute(sa.select(requests)))


_Entered = dict[tuple[Act, Outcome], dict[str, str]]


def _entered(connection: Connection) -> _Entered:
    """When each act was done last, by act, outcome and subject."""
    said: _Entered = defaultdict(dict)
    table = log_entries.c
    query = sa.select(table.act, table.outcome, table.subject, table.at).where(table.act.in_([*_ACTS]))
    for act, outcome, subject, at in connection.execute(query.order_by(table.number)):
        said[Act(act), Outcome(outcome)][subject] = at
    return said


def _check_published(entered: _Entered, found: list[Row], licensed: list[Row]) -> None:
    kept = {row.candidate: row for row in found} | {row.digest: row for row in licensed}
    _same("release or licence", kept.keys(), entered[Act.PUBLISH, Outcome.DONE].keys())
    for digest, row in sorted(kept.items()):
        document = row.document
        if not isinstance(document, bytes | memoryview) or sha256_bytes(bytes(document)) != digest:
            raise _not_so("release or licence", digest)


def _check_back(entered: _Entered, act: Act, what: str, rows: list[Row], column: str, key: str) -> None:
    """What was taken back stands so since just then, and nothing else does."""
    told = entered[act, Outcome.DONE]
    for row in sorted(rows, key=lambda row: str(getattr(row, key))):
        if getattr(row, column) != told.get(getattr(row, key)):
            raise _not_so(what, getattr(row, key))


def _check_tokens(entered: _Entered, rows: Iterable[Row]) -> None:
    told = entered[Act.TOKEN, Outcome.DONE]
    ended = entered[Act.END_TOKEN, Outcome.DONE].keys() | entered[Act.END_TOKEN, Outcome.BEGUN].keys()
    for row in rows:
        if row.digest not in told or (row.digest in ended and row.ended is None):
            raise _not_so("token", row.digest)


def _check_pulls(entered: _Entered, rows: Iterable[Row]) -> None:
    kept = list(rows)
    _same("pull", {row.id for row in kept}, entered[Act.PULL, Outcome.BEGUN].keys())
    ended = {record_digest(row): row.id for row in kept if row.ended is not None}
    _same("record of a pull", ended.keys(), entered[Act.PULL, Outcome.DONE].keys())


def _check_requests(entered: _Entered, rows: Iterable[Row]) -> None:
    kept = {row.digest: sha256_bytes(canonical_json(json.loads(row.document))) for row in rows}
    _same("request", kept.keys(), entered[Act.REQUEST, Outcome.DONE].keys())
    for digest, of_document in sorted(kept.items()):
        if of_document != digest:
            raise _not_so("request", digest)


def _same(what: str, kept: Iterable[str], told: Iterable[str]) -> None:
    for digest in sorted(set(kept) ^ set(told)):
        raise _not_so(what, digest)


def _not_so(what: str, digest: str) -> RunError:
    return RunError(f"The {what} {digest[:12]} of the catalogue is not as the log says.", _FIX)

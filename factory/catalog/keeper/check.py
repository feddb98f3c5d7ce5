"""The catalogue's rows against the log: all of a row that lasts, and each change of it, is what was entered."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from factory.audit import Act, Outcome
from factory.catalog.keeper.entered import back_digest, record_digest, row_digest
from factory.catalog.keeper.keeper import Row, stamped
from factory.catalog.keeper.tokens import GRACE
from factory.core.errors import RunError
from factory.core.files import canonical_json, sha256_bytes
from factory.store import Store
from factory.store.schema import clients, licences, log_entries, pulls, releases, requests, tokens, withdrawals

_FIX = "Restore the store from a backup; a checkpoint kept elsewhere tells since when."
_ACTS = (
    Act.PUBLISH, Act.WITHDRAW, Act.REVOKE_LICENCE, Act.DEPRECATE, Act.TOKEN, Act.END_TOKEN, Act.CLIENT, Act.END_CLIENT,
    Act.PULL, Act.REQUEST,
)  # fmt: skip
_Entered = Mapping[tuple[Act, Outcome], Mapping[str, str]]


def check_catalogue(store: Store) -> None:
    """Compare every row with the log, which `factory.store.log.verify` proves by itself.

    Raises: RunError that names the first release, licence, token, client, pull or request that is not as it was
    entered.
    """
    with store.reading() as connection:
        entered = _entered(connection)
        rows = {
            table.name: list(connection.execute(sa.select(table)))
            for table in (releases, licences, tokens, clients, pulls, requests, withdrawals)
        }
    _check_published(entered, rows["releases"], rows["licences"])
    _check_back(entered[Act.WITHDRAW, Outcome.DONE], "release", rows["releases"], "candidate")
    _check_back(entered[Act.REVOKE_LICENCE, Outcome.DONE], "licence", rows["licences"], "digest")
    _check_deprecated(entered[Act.DEPRECATE, Outcome.DONE], rows["releases"])
    _check_admitted(entered, rows["tokens"], rows["clients"])
    _check_pulls(entered, rows["pulls"])
    _check_asked(entered[Act.REQUEST, Outcome.DONE], rows["requests"], rows["withdrawals"])


def _entered(connection: Connection) -> _Entered:
    """When each act was done last, by act, outcome and subject."""
    said: dict[tuple[Act, Outcome], dict[str, str]] = defaultdict(dict)
    table = log_entries.c
    query = sa.select(table.act, table.outcome, table.subject, table.at).where(table.act.in_([*_ACTS]))
    for act, outcome, subject, at in connection.execute(query.order_by(table.number)):
        said[Act(act), Outcome(outcome)][subject] = at
    return said


def _check_published(entered: _Entered, found: list[Row], licensed: list[Row]) -> None:
    kept = _digests(releases, found) | _digests(licences, licensed)
    _same("release or licence", kept, entered[Act.PUBLISH, Outcome.DONE])
    documents = {row.candidate: row.document for row in found} | {row.digest: row.document for row in licensed}
    for digest, document in sorted(documents.items()):
        if sha256_bytes(bytes(document)) != digest:
            raise _not_so("release or licence", digest)


def _check_back(told: Mapping[str, str], what: str, rows: list[Row], key: str) -> None:
    """What was taken back stands so, since then and for that reason, and nothing else does."""
    back = [row for row in rows if row.revoked is not None]
    kept = {back_digest(what, getattr(row, key), row.revoked, row.reason): getattr(row, key) for row in back}
    _same(what, kept, told)


def _check_deprecated(told: Mapping[str, str], rows: list[Row]) -> None:
    for row in sorted(rows, key=lambda row: str(row.candidate)):
        if row.deprecated != told.get(row.candidate):
            raise _not_so("release", row.candidate)


def _check_admitted(entered: _Entered, given: list[Row], admitted: list[Row]) -> None:
    _same("token", _digests(tokens, given), entered[Act.TOKEN, Outcome.DONE])
    _same("client", _digests(clients, admitted), entered[Act.CLIENT, Outcome.DONE])
    ended, exchanged = entered[Act.END_TOKEN, Outcome.DONE], entered[Act.END_TOKEN, Outcome.BEGUN]
    for row in given:
        if row.digest in exchanged and row.digest not in ended:
            last = stamped(dt.datetime.fromisoformat(exchanged[row.digest]) + GRACE)
            if row.ended is None or not exchanged[row.digest] <= row.ended <= last:
                raise _not_so("token", row.digest)
        elif row.ended != ended.get(row.digest):
            raise _not_so("token", row.digest)
    for row in admitted:
        if row.ended != entered[Act.END_CLIENT, Outcome.DONE].get(row.digest):
            raise _not_so("client", row.digest)


def _check_pulls(entered: _Entered, rows: list[Row]) -> None:
    _same("pull", _digests(pulls, rows), entered[Act.PULL, Outcome.BEGUN])
    ended = {record_digest(row._mapping): row.id for row in rows if row.ended is not None}
    _same("record of a pull", ended, entered[Act.PULL, Outcome.DONE])


def _check_asked(told: Mapping[str, str], asked: list[Row], withdrawn: list[Row]) -> None:
    """Requests for a licence, and for a re-synthesis."""
    kept = {row.digest: row.digest for row in asked} | _digests(withdrawals, withdrawn)
    _same("request", kept, told)
    for row in asked:
        if sha256_bytes(canonical_json(json.loads(row.document))) != row.digest:
            raise _not_so("request", row.digest)


def _digests(table: sa.Table, rows: Iterable[Row]) -> dict[str, str]:
    """What was entered of each row, to what it is called by."""
    return {row_digest(table, row._mapping): str(row[0]) for row in rows}


def _same(what: str, kept: Mapping[str, str], told: Mapping[str, str]) -> None:
    for digest in sorted(kept.keys() ^ told.keys()):
        raise _not_so(what, kept.get(digest, digest))


def _not_so(what: str, digest: str) -> RunError:
    return RunError(f"The {what} {digest[:12]} of the catalogue is not as the log says.", _FIX)

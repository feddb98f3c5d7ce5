"""What the room keeps against its log: each vote, answer, comment and state stands there, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from factory.audit import Act, Outcome
from factory.core.documents import from_canonical
from factory.core.errors import RunError
from factory.core.files import canonical_json, sha256_bytes
from factory.core.run import RunState
from factory.review.attestations import Attestation
from factory.review.people import plain
from factory.review.votes import Vote
from factory.store import Store, schema

_STATES = {
    (Act.SUBMIT, Outcome.DONE): RunState.AWAITING_REVIEW,
    (Act.DECIDE, Outcome.APPROVED): RunState.APPROVED,
    (Act.DECIDE, Outcome.REJECTED): RunState.REFUSED,
    (Act.DECIDE, Outcome.TIMED_OUT): RunState.REFUSED,
    (Act.DECIDE, Outcome.CHANGES_ASKED): RunState.CHANGES_ASKED,
    (Act.RELEASE, Outcome.DONE): RunState.RELEASED,
    (Act.REVOKE, Outcome.DONE): RunState.REVOKED,
    (Act.EXPIRE, Outcome.DONE): RunState.EXPIRED,
}
"""The state in which an act leaves a candidate."""
_KEPT = {Act.VOTE: "vote", Act.ATTEST: "answer", Act.COMMENT: "comment"}


def check_rows(store: Store) -> None:
    """Compare every row with the log, which `factory.store.log.verify` proves by itself.

    Raises: RunError that names the first candidate, vote, answer or comment that is not as it was entered.
    """
    with store.reading() as connection:
        states, entered = _told(connection)
        _compare("candidate", states, dict(_candidates(connection)))
        for act, read in ((Act.VOTE, _votes), (Act.ATTEST, _answers), (Act.COMMENT, _comments)):
            _compare(_KEPT[act], entered[act], dict(read(connection)))


def _told(connection: Connection) -> tuple[dict[str, Any], dict[Act, dict[str, Any]]]:
    """What the log says: the state of each candidate, and who voted, answered or commented under which digest."""
    states: dict[str, Any] = {}
    entered: dict[Act, dict[str, Any]] = {act: {} for act in _KEPT}
    table = schema.log_entries.c
    acts = [*_KEPT, *dict.fromkeys(act for act, _ in _STATES)]
    query = sa.select(table.who, table.act, table.subject, table.outcome).where(table.act.in_(acts))
    for who, act, subject, outcome in connection.execute(query.order_by(table.number)):
        if act in entered:
            entered[Act(act)][subject] = who
        else:
            states[subject] = _STATES.get((act, outcome))
    return states, entered


def _compare(what: str, told: Mapping[str, Any], kept: Mapping[str, Any]) -> None:
    for digest in sorted(told.keys() | kept.keys()):
        if digest not in kept:
            raise RunError(f"The {what} {digest[:12]} of the log is not in the room.", _FIX)
        if told.get(digest) is None or told[digest] != kept[digest]:
            raise RunError(f"The {what} {digest[:12]} of the room is not as the log says.", _FIX)


_FIX = "Restore the store from a backup."


def _candidates(connection: Connection) -> Iterator[tuple[str, Any]]:
    table = schema.submissions.c
    for digest, state, document in connection.execute(sa.select(table.digest, table.state, table.document)):
        yield digest, state if sha256_bytes(bytes(document)) == digest else None


def _votes(connection: Connection) -> Iterator[tuple[str, Any]]:
    table = schema.votes.c
    for row in connection.execute(sa.select(table.digest, table.candidate, table.plain, table.document)):
        payload = _whole(row, lambda data: from_canonical(data, Vote, "The vote", RunError).payload)
        fits = payload and (payload.candidate, plain(payload.name)) == (row.candidate, row.plain)
        yield row.digest, payload.name if payload and fits else None


def _answers(connection: Connection) -> Iterator[tuple[str, Any]]:
    table = schema.attestations.c
    for row in connection.execute(sa.select(table.digest, table.candidate, table.document)):
        payload = _whole(row, lambda data: from_canonical(data, Attestation, "The answer", RunError).payload)
        yield row.digest, payload.name if payload and payload.candidate == row.candidate else None


def _comments(connection: Connection) -> Iterator[tuple[str, Any]]:
    for row in connection.execute(sa.select(schema.comments)):
        said = canonical_json({"candidate": row.candidate, "name": row.name, "text": row.text})
        yield row.digest, row.name if sha256_bytes(said) == row.digest else None


def _whole(row: Any, parse: Callable[[bytes], Any]) -> Any:
    data = bytes(row.document)
    return parse(data) if sha256_bytes(data) == row.digest else None

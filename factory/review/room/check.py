"""What the room keeps against its log: each vote, answer, comment, person and state stands there, nothing else does.

And against the keys of those who are named: who can write into the database, and enter what was written in the log,
still cannot sign for a reviewer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from factory.audit import Act, Outcome
from factory.core import keys
from factory.core.documents import from_canonical
from factory.core.errors import RunError
from factory.core.files import canonical_json, sha256_bytes
from factory.core.run import RunState
from factory.review.attestations import PURPOSE as ANSWER_PURPOSE
from factory.review.attestations import Attestation, check_answered
from factory.review.candidate import Candidate, parse_candidate
from factory.review.people import People, plain, same_person
from factory.review.policies import APPROVALS_NEEDED
from factory.review.room import rows
from factory.review.room.people import read_people
from factory.review.room.submission import summarised
from factory.review.votes import PURPOSE as VOTE_PURPOSE
from factory.review.votes import Decision, Vote, moment
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
_WERE_APPROVED = {RunState.APPROVED, RunState.RELEASED, RunState.REVOKED, RunState.EXPIRED}
_KEPT = {Act.VOTE: "vote", Act.ATTEST: "answer", Act.COMMENT: "comment"}


def check_rows(store: Store, blobs: Path | None = None) -> None:
    """Compare every row with the log, which `factory.store.log.verify` proves by itself, and with signatures.

    With the room's folder of files, what the queue shows of each dossier too. Raises: RunError that names the first
    candidate, vote, answer, comment or person that is not as it was entered.
    """
    with store.reading() as connection:
        states, entered = _told(connection)
        people = read_people(connection)
        _compare("candidate", states, dict(_candidates(connection, blobs)))
        for act, read in ((Act.VOTE, _votes), (Act.ATTEST, _answers)):
            _compare(_KEPT[act], entered[act], dict(read(connection, people)))
        _compare(_KEPT[Act.COMMENT], entered[Act.COMMENT], dict(_comments(connection)))
        _check_people(people, entered[Act.ACCOUNT])
        _check_approvals(connection, states)


def _check_people(people: People, entered: Mapping[str, Any]) -> None:
    for person in people.people:
        if sha256_bytes(canonical_json(person.model_dump(mode="json"))) not in entered:
            raise RunError(f"{person.name} is not registered as the log says.", _FIX)


def _check_approvals(connection: Connection, states: Mapping[str, Any]) -> None:
    """Each candidate that was approved has two approvals, which rest on answers."""
    for digest in sorted(digest for digest, state in states.items() if state in _WERE_APPROVED):
        document = connection.execute(sa.select(schema.submissions.c.document).where(_is(digest))).scalar_one()
        candidate, answers = parse_candidate(bytes(document), RunError), rows.answers(connection, digest)
        approving = [
            vote
            for vote in rows.votes(connection, digest)
            if vote.payload.decision is Decision.APPROVE
            and not same_person(vote.payload.name, candidate.producer)
            and _answered(candidate, answers, vote)
        ]
        if len({plain(vote.payload.name) for vote in approving}) < APPROVALS_NEEDED:
            raise RunError(f"The candidate {digest[:12]} is approved without two approvals.", _FIX)


def _answered(candidate: Candidate, answers: Iterable[Attestation], vote: Vote) -> bool:
    """True when every question had a yes when the vote was signed."""
    try:
        check_answered(candidate, answers, moment(vote.payload.at), RunError)
    except RunError:
        return False
    return True


def _is(digest: str) -> sa.ColumnElement[bool]:
    return schema.submissions.c.digest == digest


def _told(connection: Connection) -> tuple[dict[str, Any], dict[Act, dict[str, Any]]]:
    """What the log says: the state of each candidate, and who voted, answered or commented under which digest."""
    states: dict[str, Any] = {}
    entered: dict[Act, dict[str, Any]] = {act: {} for act in (*_KEPT, Act.ACCOUNT)}
    table = schema.log_entries.c
    acts = [*entered, *dict.fromkeys(act for act, _ in _STATES)]
    query = sa.select(table.who, table.act, table.subject, table.outcome, table.at).where(table.act.in_(acts))
    for who, act, subject, outcome, at in connection.execute(query.order_by(table.number)):
        if act in entered:
            entered[Act(act)][subject] = (who, at) if act == Act.COMMENT else who
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


def _candidates(connection: Connection, blobs: Path | None) -> Iterator[tuple[str, Any]]:
    for row in connection.execute(sa.select(schema.submissions)):
        candidate = _whole(row, parse_candidate)
        fits = candidate and (candidate.name, candidate.title, candidate.review_by.isoformat()) == (
            row.name,
            row.title,
            row.review_by,
        )
        if fits and blobs is not None:
            fits = summarised(blobs, candidate) == (row.summary, row.expires)
        yield row.digest, row.state if fits else None


def _votes(connection: Connection, people: People) -> Iterator[tuple[str, Any]]:
    table = schema.votes.c
    for row in connection.execute(sa.select(table.digest, table.candidate, table.plain, table.document)):
        vote = _whole(row, lambda data: from_canonical(data, Vote, "The vote", RunError))
        fits = vote and (vote.payload.candidate, plain(vote.payload.name)) == (row.candidate, row.plain)
        yield row.digest, vote.payload.name if fits and _signed(vote, VOTE_PURPOSE, people) else None


def _answers(connection: Connection, people: People) -> Iterator[tuple[str, Any]]:
    table = schema.attestations.c
    for row in connection.execute(sa.select(table.digest, table.candidate, table.document)):
        answer = _whole(row, lambda data: from_canonical(data, Attestation, "The answer", RunError))
        fits = answer and answer.payload.candidate == row.candidate and _signed(answer, ANSWER_PURPOSE, people)
        yield row.digest, answer.payload.name if fits else None


def _comments(connection: Connection) -> Iterator[tuple[str, Any]]:
    for row in connection.execute(sa.select(schema.comments)):
        said = canonical_json({"candidate": row.candidate, "name": row.name, "text": row.text})
        yield row.digest, (row.name, row.at) if sha256_bytes(said) == row.digest else None


def _signed(document: Vote | Attestation, purpose: str, people: People) -> bool:
    """True when it bears the signature of the person it names; the roles may be others by now."""
    person = people.get(document.payload.name)
    body = canonical_json(document.payload.model_dump(mode="json"))
    return person is not None and keys.verify(person.public_key, purpose, body, document.signature)


def _whole(row: Any, parse: Callable[[bytes], Any]) -> Any:
    # SQLite keeps a text in a column of bytes, if somebody puts one there.
    data = row.document if isinstance(row.document, bytes) else b""
    return parse(data) if sha256_bytes(data) == row.digest else None

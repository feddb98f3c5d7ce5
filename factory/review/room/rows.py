"""Questions to the store that several acts ask, each within a transaction."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from factory.core.documents import from_canonical
from factory.core.errors import ReviewError
from factory.core.run import RunState
from factory.review.attestations import Attestation
from factory.review.votes import Vote
from factory.store import schema


def counts(connection: Connection, digests: Collection[str]) -> dict[str, int]:
    """How many votes each candidate has."""
    query = sa.select(schema.votes.c.candidate, sa.func.count()).where(schema.votes.c.candidate.in_(list(digests)))
    return {digest: int(count) for digest, count in connection.execute(query.group_by(schema.votes.c.candidate))}


def is_there(connection: Connection, table: sa.Table, digest: str) -> bool:
    """True when a table holds a row of that digest."""
    return connection.execute(sa.select(table.c.digest).where(table.c.digest == digest)).first() is not None


def votes(connection: Connection, digest: str) -> tuple[Vote, ...]:
    """The votes on a candidate, by digest."""
    query = sa.select(schema.votes.c.document).where(schema.votes.c.candidate == digest).order_by(schema.votes.c.digest)
    return tuple(from_canonical(bytes(data), Vote, "The vote", ReviewError) for (data,) in connection.execute(query))


def answers(connection: Connection, digest: str) -> tuple[Attestation, ...]:
    """The answers about a candidate, by digest."""
    query = sa.select(schema.attestations.c.document).where(schema.attestations.c.candidate == digest)
    rows = connection.execute(query.order_by(schema.attestations.c.digest))
    return tuple(from_canonical(bytes(data), Attestation, "The answer", ReviewError) for (data,) in rows)


def blind() -> sa.Select[tuple[str]]:
    """The digests of the votes that may not be shown yet, as a query."""
    open_ = sa.select(schema.submissions.c.digest).where(schema.submissions.c.state == RunState.AWAITING_REVIEW.value)
    return sa.select(schema.votes.c.digest).where(schema.votes.c.candidate.in_(open_))


def subjects(connection: Connection, digest: str) -> set[str]:
    """Everything the log may say about a candidate: itself, its votes, answers and comments."""
    found = {digest}
    for table in (schema.votes, schema.attestations, schema.comments):
        found |= {
            row.digest for row in connection.execute(sa.select(table.c.digest).where(table.c.candidate == digest))
        }
    return found

"""Whether a licence and its release stand, or were taken back."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from factory.catalog.keeper.keeper import Row
from factory.core.errors import Revoked
from factory.core.run import RunState
from factory.store.schema import licences, releases, submissions


def licence_with_release(connection: Connection, digest: str) -> Row:
    """A licence with what is said of its release: `name`, `release` (the version), `withdrawn`, `state` and more."""
    query = sa.select(
        licences, releases.c.name, releases.c.version.label("release"), releases.c.evidence_expires,
        releases.c.revoked.label("withdrawn"), releases.c.deprecated, releases.c.successor, submissions.c.state,
    )  # fmt: skip
    joined = query.join(releases, releases.c.candidate == licences.c.candidate).outerjoin(
        submissions, submissions.c.digest == licences.c.candidate
    )
    return connection.execute(joined.where(licences.c.digest == digest)).one()


def check_standing(connection: Connection, digest: str) -> Row:
    """The same, where neither was taken back, in the catalogue or in the room. Raises: Revoked."""
    row = licence_with_release(connection, digest)
    after = f"Use version {row.successor} instead." if row.successor else "Delete your copy, as the licence says."
    if row.withdrawn is not None or row.state == RunState.REVOKED.value:
        raise Revoked("The release was revoked" + (f" on {row.withdrawn[:10]}." if row.withdrawn else "."), after)
    if row.revoked is not None:
        raise Revoked(f"The licence {row.id} was revoked on {row.revoked[:10]}.", "Delete your copy, as it says.")
    return row

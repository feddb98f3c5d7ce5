"""Taking back: a release from everybody, a licence from its licensee; what waits for a re-synthesis; what is old."""

from __future__ import annotations

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.engine import Connection

from factory.audit import Act, Outcome
from factory.catalog.keeper.entered import back_digest, row_digest
from factory.catalog.keeper.keeper import Keeper, Row, licence_row, ordered, release_row, stamped
from factory.core.errors import NotReady, ReviewError
from factory.core.run import RunState
from factory.release.status import Deprecated, Reason, SignedStatus, TakenBack, signed
from factory.review.people import Role
from factory.review.permissions import check_owns_key
from factory.store import log
from factory.store.schema import licences, log_entries, releases, submissions, withdrawals


def check_officer(keeper: Keeper, name: str, key: Ed25519PrivateKey) -> None:
    """A release officer of the room, with the key listed. Raises: ReviewError, KeyInvalid."""
    if Role.RELEASE_OFFICER not in check_owns_key(keeper.room.people(), name, key).roles:
        raise ReviewError(f"{name} is no release officer of this room.", "See: factory room people FILE")


def revoke_release(keeper: Keeper, name: str, version: str, by: str, reason: Reason) -> str:
    """Take a release back from everybody; returns its candidate. A withdrawal also asks for a re-synthesis.

    Again, it changes nothing. Raises: NotReady.
    """
    now = keeper.clock()
    with keeper.store.writing() as connection:
        log.hold(connection)
        row = release_row(connection, name, version)
        if row.revoked is None:
            values = {"revoked": stamped(now), "reason": reason}
            connection.execute(sa.update(releases).where(releases.c.candidate == row.candidate).values(values))
            entered = back_digest("release", row.candidate, stamped(now), reason)
            log.append(connection, by, Act.WITHDRAW, entered, Outcome.DONE, now)
            _tell_room(connection, row.candidate, by, keeper)
        there = sa.select(withdrawals.c.candidate).where(withdrawals.c.candidate == row.candidate)
        if reason == "withdrawal" and connection.execute(there).first() is None:
            asked = {"candidate": row.candidate, "at": stamped(now), "who": by}
            connection.execute(sa.insert(withdrawals).values(asked))
            log.append(connection, by, Act.REQUEST, row_digest(withdrawals, asked), Outcome.DONE, now)
    return str(row.candidate)


def _tell_room(connection: Connection, candidate: str, by: str, keeper: Keeper) -> None:
    """Where the review room holds the candidate, it is revoked there too, by the same act."""
    state = connection.execute(sa.select(submissions.c.state).where(submissions.c.digest == candidate)).scalar()
    if state in (RunState.RELEASED.value, RunState.EXPIRED.value):
        keeper.room.revoke_within(connection, candidate, by)


def revoke_licence(keeper: Keeper, licence: str, by: str, reason: Reason) -> None:
    """Take one licence back; its tokens are told so. Again, it changes nothing. Raises: NotReady."""
    now = keeper.clock()
    with keeper.store.writing() as connection:
        log.hold(connection)
        row = licence_row(connection, licence)
        if row.revoked is None:
            values = {"revoked": stamped(now), "reason": reason}
            connection.execute(sa.update(licences).where(licences.c.digest == row.digest).values(values))
            entered = back_digest("licence", row.digest, stamped(now), reason)
            log.append(connection, by, Act.REVOKE_LICENCE, entered, Outcome.DONE, now)


def deprecate(keeper: Keeper, name: str, version: str, successor: str, by: str) -> None:
    """Say that a version is old, and which one is better. Raises: NotReady when either is not there."""
    now = keeper.clock()
    with keeper.store.writing() as connection:
        log.hold(connection)
        row = release_row(connection, name, version)
        if successor and ordered(release_row(connection, name, successor).version) <= ordered(row.version):
            raise NotReady("A version is deprecated for a later one.", "See: factory catalog list")
        values = {"deprecated": stamped(now), "successor": successor or None}
        connection.execute(sa.update(releases).where(releases.c.candidate == row.candidate).values(values))
        log.append(connection, by, Act.DEPRECATE, row.candidate, Outcome.DONE, now)


def queued(keeper: Keeper) -> list[Row]:
    """Releases withdrawn for a person, oldest first, with the version that replaced each where there is one."""
    after = releases.alias()
    query = (
        sa.select(withdrawals.c.at, releases.c.name, releases.c.version, after.c.version.label("successor"))
        .join(releases, releases.c.candidate == withdrawals.c.candidate)
        .outerjoin(after, after.c.candidate == withdrawals.c.successor)
    )
    with keeper.store.reading() as connection:
        return list(connection.execute(query.order_by(withdrawals.c.at)))


def status(keeper: Keeper, name: str, key: Ed25519PrivateKey) -> SignedStatus:
    """Everything taken back as of now, signed by the catalogue's keeper. Raises: ReviewError, KeyInvalid."""
    person = check_owns_key(keeper.room.people(), name, key)
    if Role.CATALOGUE not in person.roles:
        raise ReviewError(f"{name} does not have the role {Role.CATALOGUE}.", "Register with: factory keys new")
    with keeper.store.reading() as connection:
        checkpoint = log.checkpoint(connection)
        back = (*_releases_back(connection), *_licences_back(connection))
        old = connection.execute(sa.select(releases).where(releases.c.deprecated.is_not(None)))
        deprecated = tuple(
            Deprecated(candidate=row.candidate, at=row.deprecated, successor=row.successor)
            for row in sorted(old, key=lambda row: str(row.candidate))
        )
    return signed(name, key, checkpoint, back, deprecated, keeper.clock())


def _releases_back(connection: Connection) -> list[TakenBack]:
    rows = connection.execute(sa.select(releases).where(releases.c.revoked.is_not(None))).all()
    gone = {(row.name, row.version) for row in rows}
    found = {
        row.candidate: TakenBack(
            candidate=row.candidate,
            licence=None,
            at=row.revoked,
            reason=row.reason,
            successor=None if (row.name, row.successor) in gone else row.successor,
        )
        for row in rows
    }
    # What was revoked in the review room, published here or not.
    revoked = (
        sa.select(log_entries.c.subject, sa.func.max(log_entries.c.at).label("at"))
        .join(submissions, submissions.c.digest == log_entries.c.subject)
        .where(submissions.c.state == RunState.REVOKED.value, log_entries.c.act == Act.REVOKE.value)
        .group_by(log_entries.c.subject)
    )
    for subject, at in connection.execute(revoked):
        found.setdefault(subject, TakenBack(candidate=subject, licence=None, at=at, reason="other", successor=None))
    return [found[candidate] for candidate in sorted(found)]


def _licences_back(connection: Connection) -> list[TakenBack]:
    rows = connection.execute(sa.select(licences).where(licences.c.revoked.is_not(None)).order_by(licences.c.digest))
    return [
        TakenBack(candidate=row.candidate, licence=row.digest, at=row.revoked, reason=row.reason, successor=None)
        for row in rows
    ]

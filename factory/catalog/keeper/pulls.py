"""Pulls: what a bearer may have now, and the record of what was sent, from which royalties follow."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

import sqlalchemy as sa

from factory.audit import Act, Outcome
from factory.catalog.keeper.keeper import Keeper, Row, stamped
from factory.catalog.keeper.tokens import Bearer
from factory.core.errors import LicenceExpired, NotReady, Revoked, TokenRefused, WrongPurpose
from factory.core.files import canonical_json, sha256_bytes
from factory.core.run import RunState
from factory.release import duo
from factory.release.licence import Licence, check_in_force, parse_licence
from factory.store import log
from factory.store.schema import licences, pulls, releases, submissions


@dataclass(frozen=True)
class Granted:
    """A copy that may be sent now."""

    bearer: Bearer
    licence: Licence
    licence_digest: str
    candidate: str
    name: str
    version: str
    file: str
    size: int
    deprecated: bool
    successor: str


def granted(keeper: Keeper, bearer: Bearer, name: str, version: str = "", purpose: str = "") -> Granted:
    """What a bearer may pull.

    Raises: NotReady for another data set or version than the licence's, Revoked, LicenceError, LicenceExpired,
    WrongPurpose, TokenRefused when the token shows only.
    """
    query = sa.select(licences, releases.c.name, releases.c.version.label("release"), releases.c.evidence_expires)
    query = query.add_columns(
        releases.c.revoked.label("withdrawn"), releases.c.reason.label("why"), releases.c.deprecated,
        releases.c.successor, submissions.c.state,
    )  # fmt: skip
    joined = query.join(releases, releases.c.candidate == licences.c.candidate).outerjoin(
        submissions, submissions.c.digest == licences.c.candidate
    )
    with keeper.store.reading() as connection:
        row = connection.execute(joined.where(licences.c.digest == bearer.licence)).one()
    if name != row.name or version not in ("", row.release):
        raise NotReady(
            "There is no such data set under this token.", f"Its licence {row.id} is for {row.name} {row.release}."
        )
    now = keeper.clock()
    _check_standing(row)
    licence = parse_licence(bytes(row.document), "licence.yaml", NotReady)
    check_in_force(licence, now)
    if row.evidence_expires and row.evidence_expires < now.astimezone(dt.UTC).date().isoformat():
        raise LicenceExpired(
            f"The evidence on these data expired on {row.evidence_expires}.", "Ask the licensor for a newer version."
        )
    if purpose and not duo.covers(licence.purposes, purpose):
        raise WrongPurpose("The licence does not grant that purpose.", f"It grants: {', '.join(licence.purposes)}.")
    if bearer.scope != "pull":
        raise TokenRefused("This token shows the catalogue's entry, and no data.", "Ask for one with the scope `pull`.")
    return Granted(
        bearer, licence, bearer.licence, row.candidate, row.name, row.release, row.file, row.size,
        row.deprecated is not None, row.successor or "",
    )  # fmt: skip


def licence(keeper: Keeper, digest: str) -> Row:
    """A licence's row with the name of its data set."""
    query = sa.select(licences, releases.c.name).join(releases, releases.c.candidate == licences.c.candidate)
    with keeper.store.reading() as connection:
        return connection.execute(query.where(licences.c.digest == digest)).one()


def _check_standing(row: Row) -> None:
    after = f"Use version {row.successor} instead." if row.successor else "Delete your copy, as the licence says."
    if row.withdrawn is not None or row.state == RunState.REVOKED.value:
        raise Revoked("The release was revoked" + (f" on {row.withdrawn[:10]}." if row.withdrawn else "."), after)
    if row.revoked is not None:
        raise Revoked(f"The licence {row.id} was revoked on {row.revoked[:10]}.", "Delete your copy, as it says.")


def begin(keeper: Keeper, grant: Granted, start: int, purpose: str) -> str:
    """Enter a pull before its first byte leaves; returns its id."""
    now, made = keeper.clock(), secrets.token_hex(32)
    values = {
        "id": made,
        "licence": grant.licence_digest,
        "who": grant.bearer.who,
        "purpose": purpose,
        "at": stamped(now),
        "start": start,
        "bytes": 0,
    }
    with keeper.store.writing() as connection:
        log.hold(connection)
        connection.execute(sa.insert(pulls).values(values))
        log.append(connection, grant.bearer.who, Act.PULL, made, Outcome.BEGUN, now)
    return made


def done(keeper: Keeper, pull: str, sent: int) -> None:
    """Enter how many bytes were sent, whole or cut short; the log holds the digest of the record."""
    now = keeper.clock()
    with keeper.store.writing() as connection:
        log.hold(connection)
        values = {"bytes": sent, "ended": stamped(now)}
        connection.execute(sa.update(pulls).where(pulls.c.id == pull, pulls.c.ended.is_(None)).values(values))
        row = connection.execute(sa.select(pulls).where(pulls.c.id == pull)).one()
        log.append(connection, row.who, Act.PULL, record_digest(row), Outcome.DONE, now)


def record_digest(row: Row) -> str:
    """SHA-256 of the record of an ended pull."""
    return sha256_bytes(canonical_json(dict(row._mapping)))

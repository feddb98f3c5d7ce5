"""Pulls: what a bearer may have now, and the record of what was sent, from which royalties follow."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from factory.audit import Act, Outcome
from factory.catalog.keeper.entered import record_digest, row_digest
from factory.catalog.keeper.keeper import Keeper, stamped
from factory.catalog.keeper.standing import check_standing
from factory.catalog.keeper.tokens import Bearer, check_admitted
from factory.core.errors import FactoryError, LicenceExpired, NotReady, TokenRefused
from factory.release.licence import Licence, check_in_force, check_purpose, parse_licence
from factory.store import log
from factory.store.schema import pulls


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
    WrongPurpose, TokenRefused when the token shows only or was ended.
    """
    with keeper.store.reading() as connection:
        return _granted(connection, bearer, name, version, purpose, keeper.clock())


def _granted(
    connection: Connection, bearer: Bearer, name: str, version: str, purpose: str, now: dt.datetime
) -> Granted:
    check_admitted(connection, bearer, now)
    row = check_standing(connection, bearer.licence)
    if name != row.name or version not in ("", row.release):
        raise NotReady(
            "There is no such data set under this token.", f"Its licence {row.id} is for {row.name} {row.release}."
        )
    terms = parse_licence(bytes(row.document), "licence.yaml", NotReady)
    check_in_force(terms, now)
    if row.evidence_expires and row.evidence_expires < now.astimezone(dt.UTC).date().isoformat():
        raise LicenceExpired(
            f"The evidence on these data expired on {row.evidence_expires}.", "Ask the licensor for a newer version."
        )
    check_purpose(terms, purpose)
    if bearer.scope != "pull":
        raise TokenRefused("This token shows the catalogue's entry, and no data.", "Ask for one with the scope `pull`.")
    return Granted(
        bearer, terms, bearer.licence, row.candidate, row.name, row.release, row.file, row.size,
        row.deprecated is not None, row.successor or "",
    )  # fmt: skip


def begin(keeper: Keeper, grant: Granted, start: int, purpose: str) -> str:
    """Enter a pull before its first byte leaves, its grant asked again; returns its id. Raises: as `granted`."""
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
        _granted(connection, grant.bearer, grant.name, grant.version, purpose, now)
        connection.execute(sa.insert(pulls).values(values))
        log.append(connection, grant.bearer.who, Act.PULL, row_digest(pulls, values), Outcome.BEGUN, now)
    return made


def goes_on(keeper: Keeper, grant: Granted, pull: str, sent: int) -> bool:
    """Note how much of a pull went so far; False where what was granted was taken back since."""
    with keeper.store.writing() as connection:
        connection.execute(sa.update(pulls).where(pulls.c.id == pull, pulls.c.ended.is_(None)).values(bytes=sent))
    try:
        granted(keeper, grant.bearer, grant.name, grant.version)
    except FactoryError:
        return False
    return True


def done(keeper: Keeper, pull: str, sent: int) -> None:
    """Enter how many bytes were sent, whole or cut short; the log holds the digest of the record."""
    now = keeper.clock()
    with keeper.store.writing() as connection:
        log.hold(connection)
        values = {"bytes": sent, "ended": stamped(now)}
        connection.execute(sa.update(pulls).where(pulls.c.id == pull, pulls.c.ended.is_(None)).values(values))
        row = connection.execute(sa.select(pulls).where(pulls.c.id == pull)).one()
        log.append(connection, row.who, Act.PULL, record_digest(row._mapping), Outcome.DONE, now)

"""Tokens: each good for one licence, kept as a digest only, until a day, until exchanged for another, until ended."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from factory.audit import Act, Outcome
from factory.catalog.keeper.entered import row_digest
from factory.catalog.keeper.keeper import Keeper, Row, licence_row, stamped
from factory.catalog.keeper.standing import check_standing
from factory.core.errors import LicenceExpired, NotReady, TokenRefused
from factory.store import log
from factory.store.schema import clients, licences, tokens

PREFIX = "cdf_"
DAYS = 90
GRACE = dt.timedelta(hours=1)
"""How long a token that was exchanged stays good, for the jobs that still hold it."""
SCOPES = ("pull", "read")
"""`read` shows the catalogue's entry of the licence's data; `pull` the data too."""
_FIX = "Ask who runs the catalogue for a new one, and give it to: factory login"


@dataclass(frozen=True)
class Bearer:
    """Who asks: a token's or a client's name as the record of pulls has it, its licence, what it may do.

    `digest` is that of the row it was admitted by, which is asked again before anything is sent.
    """

    who: str
    licence: str
    scope: str
    digest: str


def issue(keeper: Keeper, licence: str, by: str, days: int = DAYS, scope: str = "pull") -> str:
    """A new token for a licence given by its id; shown once. Raises: NotReady, Revoked, LicenceExpired."""
    now = keeper.clock()
    with keeper.store.writing() as connection:
        log.hold(connection)
        row = licence_row(connection, licence)
        check_standing(connection, row.digest)
        if row.expires < now.astimezone(dt.UTC).date().isoformat():
            raise LicenceExpired(f"The licence {row.id} expired on {row.expires}.", "Offer the licensee another.")
        return _new(connection, row.digest, scope, now, now + dt.timedelta(days=days), by)


def rotate(keeper: Keeper, token: str) -> str:
    """Another token in place of one that is good, which ends in an hour and is exchanged no second time.

    Raises: TokenRefused, Revoked.
    """
    now = keeper.clock()
    with keeper.store.writing() as connection:
        log.hold(connection)
        row = _good(connection, token, now)
        if row.ended is not None:
            raise TokenRefused("This token was exchanged already.", _FIX)
        check_standing(connection, row.licence)
        life = _moment(row.expires) - _moment(row.created)
        made = _new(connection, row.licence, row.scope, now, now + life, _name(row.digest), row.family)
        ends = min(_moment(row.expires), now + GRACE)
        connection.execute(sa.update(tokens).where(tokens.c.digest == row.digest).values(ended=stamped(ends)))
        log.append(connection, _name(row.digest), Act.END_TOKEN, row.digest, Outcome.BEGUN, now)
    return made


def end(keeper: Keeper, beginning: str, by: str) -> int:
    """End a token, named by its first signs as `listed` shows them, with all it was exchanged for, at once.

    Returns how many ended. Raises: NotReady.
    """
    now = keeper.clock()
    with keeper.store.writing() as connection:
        log.hold(connection)
        rows = [row for row in connection.execute(sa.select(tokens)) if row.digest.startswith(beginning.lower())]
        if len(rows) != 1 or len(beginning) < 6:
            raise NotReady("There is no such token, or more than one.", "See: factory catalog tokens")
        family = connection.execute(sa.select(tokens).where(tokens.c.family == rows[0].family)).all()
        open_ = [row for row in family if row.ended is None or row.ended > stamped(now)]
        for row in open_:
            connection.execute(sa.update(tokens).where(tokens.c.digest == row.digest).values(ended=stamped(now)))
            log.append(connection, by, Act.END_TOKEN, row.digest, Outcome.DONE, now)
    return len(open_)


def listed(keeper: Keeper) -> list[Row]:
    """All tokens with the ids of their licences, newest first."""
    query = sa.select(tokens, licences.c.id).join(licences).order_by(tokens.c.created.desc(), tokens.c.digest)
    with keeper.store.reading() as connection:
        return list(connection.execute(query))


def admit_client(keeper: Keeper, client: str, licence: str, by: str) -> None:
    """Let a client of the OpenID provider pull under a licence, and under no other. Raises: NotReady, Revoked."""
    now = keeper.clock()
    with keeper.store.writing() as connection:
        log.hold(connection)
        row = licence_row(connection, licence)
        check_standing(connection, row.digest)
        _end_client(connection, client, by, now)
        values = {"client": client, "licence": row.digest, "created": stamped(now)}
        values["digest"] = digest_of("\n".join((*values.values(), secrets.token_hex(16))))
        connection.execute(sa.insert(clients).values(values))
        log.append(connection, by, Act.CLIENT, row_digest(clients, values), Outcome.DONE, now)


def end_client(keeper: Keeper, client: str, by: str) -> None:
    """Let a client pull no more. Raises: NotReady."""
    with keeper.store.writing() as connection:
        log.hold(connection)
        if not _end_client(connection, client, by, keeper.clock()):
            raise NotReady("There is no such client in this catalogue.", "See: factory catalog tokens")


def clients_listed(keeper: Keeper) -> list[Row]:
    """All clients with the ids of their licences, newest first."""
    query = sa.select(clients, licences.c.id).join(licences).order_by(clients.c.created.desc(), clients.c.digest)
    with keeper.store.reading() as connection:
        return list(connection.execute(query))


def _end_client(connection: Connection, client: str, by: str, now: dt.datetime) -> bool:
    rows = connection.execute(sa.select(clients).where(clients.c.client == client, clients.c.ended.is_(None))).all()
    for row in rows:
        connection.execute(sa.update(clients).where(clients.c.digest == row.digest).values(ended=stamped(now)))
        log.append(connection, by, Act.END_CLIENT, row.digest, Outcome.DONE, now)
    return bool(rows)


def bearer(keeper: Keeper, token: str) -> Bearer:
    """Who a token of ours belongs to. Raises: TokenRefused."""
    with keeper.store.reading() as connection:
        row = _good(connection, token, keeper.clock())
    return Bearer(_name(row.digest), row.licence, row.scope, row.digest)


def client_bearer(keeper: Keeper, client: str) -> Bearer:
    """Who a client is whose token the OpenID provider signed. Raises: TokenRefused."""
    query = sa.select(clients).where(clients.c.client == client, clients.c.ended.is_(None))
    with keeper.store.reading() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise TokenRefused("The provider knows this client, and the catalogue does not.", _FIX)
    return Bearer(f"client {client}"[:300], row.licence, "pull", row.digest)


def check_admitted(connection: Connection, bearer: Bearer, now: dt.datetime) -> None:
    """The bearer was not shut out since it was let in. Raises: TokenRefused."""
    admitted = connection.execute(sa.select(clients.c.ended).where(clients.c.digest == bearer.digest)).one_or_none()
    if admitted is None:
        _good_row(connection.execute(sa.select(tokens).where(tokens.c.digest == bearer.digest)).one_or_none(), now)
    elif admitted.ended is not None:
        raise TokenRefused("This client may pull no more.", _FIX)


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _good(connection: Connection, token: str, now: dt.datetime) -> Row:
    return _good_row(
        connection.execute(sa.select(tokens).where(tokens.c.digest == digest_of(token))).one_or_none(), now
    )


def _good_row(row: Row | None, now: dt.datetime) -> Row:
    if row is None:
        raise TokenRefused("The catalogue does not know this token.", _FIX)
    if row.ended is not None and row.ended <= stamped(now):
        raise TokenRefused("This token was ended.", _FIX)
    if row.expires <= stamped(now):
        raise TokenRefused("This token's time is over.", _FIX)
    return row


def _new(
    connection: Connection,
    licence: str,
    scope: str,
    now: dt.datetime,
    expires: dt.datetime,
    by: str,
    family: str = "",
) -> str:
    made = PREFIX + secrets.token_urlsafe(32)
    values = {
        "digest": digest_of(made),
        "licence": licence,
        "scope": scope,
        "created": stamped(now),
        "expires": stamped(expires),
        "family": family or digest_of(made),
    }
    connection.execute(sa.insert(tokens).values(values))
    log.append(connection, by, Act.TOKEN, row_digest(tokens, values), Outcome.DONE, now)
    return made


def _name(digest: str) -> str:
    return f"token {digest[:12]}"


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)

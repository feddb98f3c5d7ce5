"""Accounts and sessions of the room, as rows; what they mean is `factory.serve`'s matter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from factory.review.room.submission import moment, stamp
from factory.store import Store
from factory.store.schema import accounts, sessions


@dataclass(frozen=True)
class Account:
    """A local account: Argon2 hash, TOTP secret and the last time step used, failures in a row, until when locked.

    `language` is empty until its owner chooses one.
    """

    name: str
    password: str
    totp: str
    totp_last: int
    failures: int
    locked_until: dt.datetime | None
    language: str


@dataclass(frozen=True)
class Session:
    """A signed-in browser. `token` is the SHA-256 of what its cookie holds."""

    token: str
    name: str
    csrf: str
    created: dt.datetime
    seen: dt.datetime


def get_account(store: Store, name: str) -> Account | None:
    """The account of exactly that name, or None."""
    with store.reading() as connection:
        row = connection.execute(sa.select(accounts).where(accounts.c.name == name)).one_or_none()
    if row is None:
        return None
    locked = None if row.locked_until is None else moment(row.locked_until)
    return Account(row.name, row.password, row.totp, row.totp_last, row.failures, locked, row.language)


def put_account(connection: Connection, account: Account) -> None:
    """Make an account, or replace it."""
    locked = None if account.locked_until is None else stamp(account.locked_until)
    values = {**account.__dict__, "locked_until": locked}
    changed = connection.execute(sa.update(accounts).where(accounts.c.name == account.name).values(values))
    if not changed.rowcount:
        connection.execute(sa.insert(accounts).values(values))


def set_password(connection: Connection, name: str, password: str) -> None:
    """Another hash for an account whose owner knew the one before: attempts that failed are forgotten.

    Nothing else of it changes: a code used meanwhile stays used.
    """
    values = {"password": password, "failures": 0, "locked_until": None}
    connection.execute(sa.update(accounts).where(accounts.c.name == name).values(values))


def set_language(store: Store, name: str, language: str) -> None:
    """Another language for an account, and nothing else of it."""
    with store.writing() as connection:
        connection.execute(sa.update(accounts).where(accounts.c.name == name).values(language=language))


def begin_attempt(
    store: Store, name: str, now: dt.datetime, lock: Callable[[int], dt.timedelta], *, known: bool = False
) -> bool:
    """Count an attempt to sign in before it is looked at; False while the account is locked, or is not there.

    `lock` says for how long so many failures in a row lock an account. Counted first, attempts made at once are no
    more guesses than those made one after the other; who is right clears the count. The lock does not hold for an
    attempt from where its owner is `known`.
    """
    with store.writing() as connection:
        query = sa.select(accounts.c.failures, accounts.c.locked_until).where(accounts.c.name == name)
        row = connection.execute(query.with_for_update()).one_or_none()
        locked = row is not None and row.locked_until is not None and moment(row.locked_until) > now
        if row is None or (locked and not known):
            return False
        pause = lock(row.failures + 1)
        until = stamp(now + pause) if pause else None
        changed = sa.update(accounts).where(accounts.c.name == name)
        connection.execute(changed.values(failures=row.failures + 1, locked_until=until))
    return True


def use_step(store: Store, name: str, step: int) -> bool:
    """Take a time step of the second factor; False when it, or a later one, was used already. Clears the failures."""
    query = sa.update(accounts).where(accounts.c.name == name, accounts.c.totp_last < step)
    with store.writing() as connection:
        taken = connection.execute(query.values(totp_last=step, failures=0, locked_until=None))
        return taken.rowcount == 1


def put_session(connection: Connection, session: Session) -> None:
    """Keep a session."""
    values = {**session.__dict__, "created": stamp(session.created), "seen": stamp(session.seen)}
    connection.execute(sa.insert(sessions).values(values))


def get_session(store: Store, token: str) -> Session | None:
    """The session of a token's digest, however old, or None."""
    with store.reading() as connection:
        row = connection.execute(sa.select(sessions).where(sessions.c.token == token)).one_or_none()
    return None if row is None else Session(row.token, row.name, row.csrf, moment(row.created), moment(row.seen))


def touch_session(store: Store, token: str, at: dt.datetime) -> None:
    """Note that a session was used."""
    with store.writing() as connection:
        connection.execute(sa.update(sessions).where(sessions.c.token == token).values(seen=stamp(at)))


def end_sessions(connection: Connection, *, token: str | None = None, name: str | None = None) -> None:
    """End one session, or all of a person."""
    which = sessions.c.token == token if token is not None else sessions.c.name == name
    connection.execute(sa.delete(sessions).where(which))


def end_old_sessions(connection: Connection, before: dt.datetime) -> None:
    """End every session begun before a time."""
    connection.execute(sa.delete(sessions).where(sessions.c.created < stamp(before)))

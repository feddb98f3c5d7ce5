"""Who somebody is: a password and a one-time code, lock-out after failures, and sessions that end.

Passwords are kept as Argon2id (RFC 9106), codes are TOTP (RFC 6238), tokens 256 random bits of which only the digest is
kept. What is said of a refusal is the same whatever was wrong. An attempt is counted before it is looked at, so that
guesses made at once are no more than those made one after the other.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import threading
import unicodedata
from dataclasses import dataclass

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from factory.audit import Act, Outcome
from factory.core.errors import ReviewError
from factory.core.files import sha256_bytes
from factory.review.people import Person
from factory.review.room import Room
from factory.review.room.accounts import (
    Account,
    Session,
    begin_attempt,
    end_old_sessions,
    end_sessions,
    get_account,
    get_session,
    put_account,
    put_session,
    set_language,
    set_password,
    touch_session,
    use_step,
)
from factory.serve.addresses import Addresses
from factory.words import LANGUAGES, Said

SHORTEST, LONGEST = 12, 256
FREE_FAILURES = 5
LONGEST_LOCK = dt.timedelta(hours=1)
IDLE = dt.timedelta(minutes=30)
ABSOLUTE = dt.timedelta(hours=8)
NOT_PRESENT = Said("The present password is not right, or the account is locked for a while.")
REFUSED = Said("Name, password or code is not right, or the account is locked for a while.")
STEP = 30
_HASHES_AT_ONCE = 4

_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody has this password")
_hashing = threading.BoundedSemaphore(_HASHES_AT_ONCE)  # each takes 64 MiB


@dataclass(frozen=True)
class Visitor:
    """Who is signed in, and the session."""

    person: Person
    session: Session
    language: str


def create_account(room: Room, name: str, password: str) -> str:
    """Give a registered person a password and a second factor; returns the URI for the person's authenticator app.

    An account that was there gets both anew and its sessions end. Raises: ReviewError.
    """
    if room.people().get(name) is None:
        raise ReviewError(f"{name} is not registered in this room.", "Register first: factory room people FILE")
    check_password(password)
    secret, hashed = pyotp.random_base32(32), _hashed(password)
    with room.acting(name, Act.ACCOUNT, _subject(name)) as connection:
        put_account(connection, Account(name, hashed, secret, 0, 0, None, ""))
        end_sessions(connection, name=name)
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Clinical data factory")


def check_password(password: str) -> None:
    """Length is what is asked for, after NIST SP 800-63B. Raises: ReviewError."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ReviewError(
            Said("A password has {shortest} to {longest} signs.", shortest=SHORTEST, longest=LONGEST),
            Said("Choose another."),
        )


def sign_in(room: Room, addresses: Addresses, name: str, password: str, code: str, address: str) -> str:
    """A fresh session's token. Raises: ReviewError, always with the same sentence."""
    now = room.clock()
    if addresses.closed(address, now) or not name.isprintable():
        raise ReviewError(REFUSED)
    open_ = begin_attempt(room.store, name, now, _pause, known=addresses.knows(name, address))
    account = get_account(room.store, name)
    right = _password_right(account, password)
    step = _step(account, code, now) if account else None
    if not (open_ and right and step is not None and use_step(room.store, name, step)):
        addresses.failed(address, now)
        if open_ and account is not None and account.locked_until is not None:
            room.log_act(name, Act.SIGN_IN, _subject(name), Outcome.REFUSED)
        raise ReviewError(REFUSED)
    addresses.entered(name, address)
    return open_session(room, name)


def open_session(room: Room, name: str) -> str:
    """A fresh session of a person who has shown who they are; returns its token, of which only a digest is kept."""
    token, now = secrets.token_urlsafe(32), room.clock()
    with room.acting(name, Act.SIGN_IN, _subject(name)) as connection:
        end_old_sessions(connection, now - ABSOLUTE)
        put_session(connection, Session(_digest(token), name, secrets.token_urlsafe(32), now, now))
    return token


def visitor(room: Room, token: str) -> Visitor | None:
    """Who holds a token, if its session has not ended."""
    if not token:
        return None
    now = room.clock()
    session = get_session(room.store, _digest(token))
    if session is None:
        return None
    if now - session.created > ABSOLUTE or now - session.seen > IDLE:
        with room.store.writing() as connection:
            end_sessions(connection, token=session.token)
        return None
    if now - session.seen > dt.timedelta(minutes=1):
        touch_session(room.store, session.token, now)
    person = room.people().get(session.name)
    if person is None:
        return None
    account = get_account(room.store, session.name)
    return Visitor(person, session, account.language if account else "")


def sign_out(room: Room, token: str) -> None:
    """End the session of a token, if there is one."""
    if token:
        with room.store.writing() as connection:
            end_sessions(connection, token=_digest(token))


def change_password(room: Room, who: Visitor, before: str, after: str) -> None:
    """Replace the password; every session of the person ends. Wrong guesses lock as at sign-in. Raises: ReviewError."""
    name = who.person.name
    check_password(after)
    open_ = begin_attempt(room.store, name, room.clock(), _pause)
    if not _password_right(get_account(room.store, name), before) or not open_:
        raise ReviewError(NOT_PRESENT)
    hashed = _hashed(after)
    with room.acting(name, Act.ACCOUNT, _subject(name)) as connection:
        set_password(connection, name, hashed)
        end_sessions(connection, name=name)


def choose_language(room: Room, who: Visitor, language: str) -> None:
    """Keep the language of a person's pages."""
    if language in LANGUAGES:
        set_language(room.store, who.person.name, language)


def _hashed(password: str) -> str:
    with _hashing:
        return _hasher.hash(_bytes(password))


def _password_right(account: Account | None, password: str) -> bool:
    try:
        with _hashing:
            right = _hasher.verify(account.password if account else _NOBODY, _bytes(password[:LONGEST]))
    except (VerificationError, InvalidHashError):
        return False
    return right and account is not None


def _step(account: Account, code: str, now: dt.datetime) -> int | None:
    """The time step a code belongs to, one before or after now allowed, and not used before."""
    digits = unicodedata.normalize("NFKC", "".join(code.split()[:4]))
    if not (digits.isascii() and digits.isdigit()):
        return None
    here = int(now.timestamp()) // STEP
    for step in (here, here - 1, here + 1):
        if step > account.totp_last and secrets.compare_digest(pyotp.TOTP(account.totp).at(step * STEP), digits):
            return step
    return None


def _bytes(password: str) -> bytes:
    """The same bytes from whatever keyboard wrote it."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace")


def _pause(failures: int) -> dt.timedelta:
    """For how long so many failures in a row lock an account."""
    if failures < FREE_FAILURES:
        return dt.timedelta()
    return min(LONGEST_LOCK, dt.timedelta(minutes=1 << min(failures - FREE_FAILURES, 10)))


def _subject(name: str) -> str:
    return sha256_bytes(name.encode("utf-8"))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()

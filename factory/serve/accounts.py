"""Who somebody is: a password and a one-time code, lock-out after failures, and sessions that end.

Passwords are kept as Argon2id (RFC 9106), codes are TOTP (RFC 6238), tokens 256 random bits of which only the digest is
kept. What is said of a refusal is the same whatever was wrong, and takes as long.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import threading
from dataclasses import dataclass, replace

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
    end_sessions,
    get_account,
    get_session,
    put_account,
    put_session,
    touch_session,
    use_step,
)
from factory.words import LANGUAGES

SHORTEST, LONGEST = 12, 256
FREE_FAILURES = 5
LONGEST_LOCK = dt.timedelta(hours=1)
IDLE = dt.timedelta(minutes=30)
ABSOLUTE = dt.timedelta(hours=8)
ADDRESS_FAILURES = 30
ADDRESS_WINDOW = dt.timedelta(minutes=10)
REFUSED = "Name, password or code is not right, or the account is locked for a while."
STEP = 30

_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody has this password")


@dataclass(frozen=True)
class Visitor:
    """Who is signed in, and the session."""

    person: Person
    session: Session
    language: str


class Addresses:
    """Failures by network address, within this process: slows who tries many names from one place."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: dict[str, list[dt.datetime]] = {}

    def closed(self, address: str, now: dt.datetime) -> bool:
        """True when too many sign-ins from there failed lately."""
        with self._lock:
            recent = [at for at in self._failures.get(address, []) if now - at < ADDRESS_WINDOW]
            if recent:
                self._failures[address] = recent
            else:
                self._failures.pop(address, None)
            return len(recent) >= ADDRESS_FAILURES

    def failed(self, address: str, now: dt.datetime) -> None:
        """Note a failure."""
        with self._lock:
            self._failures.setdefault(address, []).append(now)


def create_account(room: Room, name: str, password: str) -> str:
    """Give a registered person a password and a second factor; returns the URI for the person's authenticator app.

    An account that was there gets both anew and its sessions end. Raises: ReviewError.
    """
    if room.people().get(name) is None:
        raise ReviewError(f"{name} is not registered in this room.", "Register first: factory room people FILE")
    check_password(password)
    secret = pyotp.random_base32(32)
    put_account(room.store, Account(name, _hasher.hash(password), secret, 0, 0, None, ""))
    end_sessions(room.store, name=name)
    room.log_act(name, Act.ACCOUNT, sha256_bytes(name.encode("utf-8")), Outcome.DONE)
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Clinical data factory")


def check_password(password: str) -> None:
    """Length is what is asked for, after NIST SP 800-63B. Raises: ReviewError."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ReviewError(f"A password has {SHORTEST} to {LONGEST} signs.", "Choose another.")


def sign_in(room: Room, addresses: Addresses, name: str, password: str, code: str, address: str) -> str:
    """A fresh session's token. Raises: ReviewError, always with the same sentence."""
    now = room.clock()
    account = get_account(room.store, name)
    locked = account is not None and account.locked_until is not None and account.locked_until > now
    right = _password_right(account, password)
    step = _step(account, code, now) if account else None
    if addresses.closed(address, now) or locked or account is None or not right or step is None:
        addresses.failed(address, now)
        if account is not None and not locked:
            _count_failure(room, account, now)
        raise ReviewError(REFUSED)
    if not use_step(room.store, name, step):
        raise ReviewError(REFUSED)
    return open_session(room, name)


def open_session(room: Room, name: str) -> str:
    """A fresh session of a person who has shown who they are; returns its token, of which only a digest is kept."""
    token, now = secrets.token_urlsafe(32), room.clock()
    put_session(room.store, Session(_digest(token), name, secrets.token_urlsafe(32), now, now))
    room.log_act(name, Act.SIGN_IN, sha256_bytes(name.encode("utf-8")), Outcome.DONE)
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
        end_sessions(room.store, token=session.token)
        return None
    if now - session.seen > dt.timedelta(minutes=1):
        touch_session(room.store, session.token, now)
    person = room.people().get(session.name)
    if person is None:
        return None
    account = get_account(room.store, session.name)
    return Visitor(person, session, account.language if account else "")


def sign_out(room: Room, who: Visitor) -> None:
    """End the visitor's session."""
    end_sessions(room.store, token=who.session.token)


def change_password(room: Room, who: Visitor, before: str, after: str) -> None:
    """Replace the password; every session of the person ends. Raises: ReviewError."""
    account = get_account(room.store, who.person.name)
    if account is None or not _password_right(account, before):
        raise ReviewError("The present password is not right.")
    check_password(after)
    put_account(room.store, replace(account, password=_hasher.hash(after), failures=0))
    end_sessions(room.store, name=who.person.name)
    room.log_act(who.person.name, Act.ACCOUNT, sha256_bytes(who.person.name.encode("utf-8")), Outcome.DONE)


def choose_language(room: Room, who: Visitor, language: str) -> None:
    """Keep the language of a person's pages."""
    account = get_account(room.store, who.person.name)
    if account is not None and language in LANGUAGES:
        put_account(room.store, replace(account, language=language))


def _password_right(account: Account | None, password: str) -> bool:
    try:
        right = _hasher.verify(account.password if account else _NOBODY, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return right and account is not None


def _step(account: Account, code: str, now: dt.datetime) -> int | None:
    """The time step a code belongs to, one before or after now allowed, and not used before."""
    digits = "".join(code.split())
    here = int(now.timestamp()) // STEP
    for step in (here, here - 1, here + 1):
        if step > account.totp_last and secrets.compare_digest(pyotp.TOTP(account.totp).at(step * STEP), digits):
            return step
    return None


def _count_failure(room: Room, account: Account, now: dt.datetime) -> None:
    failures = account.failures + 1
    locked = None
    if failures >= FREE_FAILURES:
        locked = now + min(LONGEST_LOCK, dt.timedelta(minutes=1) * 2 ** min(failures - FREE_FAILURES, 10))
        room.log_act(account.name, Act.SIGN_IN, sha256_bytes(account.name.encode("utf-8")), Outcome.REFUSED)
    put_account(room.store, replace(account, failures=failures, locked_until=locked))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()

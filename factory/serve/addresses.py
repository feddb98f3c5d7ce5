"""Failures to sign in by network address, within this process: slows who tries many names from one place."""

from __future__ import annotations

import datetime as dt
import threading

FAILURES = 30
WINDOW = dt.timedelta(minutes=10)
MOST = 10_000
"""Addresses remembered at once; beyond that those whose last failure is oldest are forgotten."""


class Addresses:
    """When sign-ins from where failed lately, and who has signed in from where.

    An account that strangers keep locked stays open to its owner where the owner has signed in before.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: dict[str, list[dt.datetime]] = {}
        self._known: dict[tuple[str, str], None] = {}

    def knows(self, name: str, address: str) -> bool:
        """True when that person has signed in from there since this process began."""
        with self._lock:
            return (name, address) in self._known

    def entered(self, name: str, address: str) -> None:
        """Note a sign-in that succeeded."""
        with self._lock:
            self._known[name, address] = None
            while len(self._known) > MOST:
                del self._known[next(iter(self._known))]

    def closed(self, address: str, now: dt.datetime) -> bool:
        """True when too many sign-ins from there failed lately."""
        with self._lock:
            return len(self._recent(address, now)) >= FAILURES

    def failed(self, address: str, now: dt.datetime) -> None:
        """Note a failure."""
        with self._lock:
            recent = self._recent(address, now)
            self._failures.pop(address, None)
            self._failures[address] = [*recent, now][-FAILURES:]
            while len(self._failures) > MOST:
                del self._failures[next(iter(self._failures))]

    def _recent(self, address: str, now: dt.datetime) -> list[dt.datetime]:
        return [at for at in self._failures.get(address, []) if now - at < WINDOW]

"""Addresses of sources: a path, `format:PATH`, or a URL; none that holds a password."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

from factory.core.errors import StorageError

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_PREFIXED = re.compile(r"([a-z][a-z0-9-]+):(?!//)(.+)", re.DOTALL)
BARE = r"^(?!.*://[^@]*:[^@]*@)(?![A-Za-z][A-Za-z0-9+.-]*:[^/:@]+:[^@]*@)"
"""What an address matches that holds no `user:password@`: for forms whose values are kept before they are read."""
_SECRET = re.compile(
    r"(?:password|passwd|passwort|pwd|secret|token|sig|signature|credential|\w*_?key)\s*=", re.IGNORECASE
)
_SQLITE = re.compile(r"sqlite(\+\w+)?:///(?!/)(?P<path>[^?]+)")


def scheme(address: str) -> str:
    """The scheme of a URL in lower case, or nothing."""
    found = _URL.match(address)
    return found[1].lower() if found else ""


def prefixed(address: str) -> tuple[str, str]:
    """The format an address asks for by a prefix, and the rest; nothing and the address where it asks for none."""
    found = _PREFIXED.fullmatch(address)
    if found is None or Path(address).exists():
        return "", address
    return found[1], found[2]


def absolute(address: str) -> str:
    """An address that means the same from any folder, as it is kept with a run. Raises: StorageError for a password."""
    check_no_password(address)
    if found := _SQLITE.match(address):
        path = found["path"]
        return address.replace(f"///{path}", f"///{Path(path).resolve()}", 1)
    if scheme(address):
        return address
    prefix, rest = prefixed(address)
    if prefix:
        return f"{prefix}:{absolute(rest)}"
    return str(Path(address).expanduser().resolve())


def check_no_password(address: str) -> None:
    """Refuse an address with a password: addresses are kept with runs and said in messages. Raises: StorageError."""
    if not re.match(BARE, address) or _SECRET.search(unquote(address)):
        raise StorageError(
            "The address holds a password, which would be kept with the run.",
            "Leave it out: give it by PGPASSWORD, ~/.pgpass or a service= of pg_service.conf.",
        )

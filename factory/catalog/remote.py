"""Asking a catalogue over HTTP, and taking a file from it: in pieces, going on where it was cut off.

Nothing but the standard library, so that a licensee installs little.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import http.client
import json
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from factory import __version__
from factory.core import errors
from factory.core.errors import CatalogueUnreachable, FactoryError
from factory.core.files import storage_errors

_PIECE = 1 << 20
_LARGEST = 4 << 20
_TIMEOUT = 60.0
TRIES = 8
"""How often in a row a pull begins again without having got a byte more."""
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_KINDS: dict[int, type[FactoryError]] = {
    kind.exit_code: kind
    for kind in (
        errors.NotReady, errors.StorageError, errors.LicenceError, errors.LicenceExpired, errors.Revoked,
        errors.TokenRefused, errors.WrongPurpose, errors.BundleInvalid, errors.ReviewError, errors.KeyInvalid,
    )
}  # fmt: skip
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Offered:
    """What a catalogue has for a token: the file's SHA-256 and bytes, its version, and what it says beside."""

    sha256: str
    size: int
    version: str
    expires: str
    deprecated: str


def check_url(url: str) -> str:
    """An address without a slash at its end. Raises: CatalogueUnreachable unless https, or http to this machine."""
    parts = urlsplit(url)
    near = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if not parts.hostname or parts.scheme not in ("https", "http") or (parts.scheme == "http" and not near):
        raise CatalogueUnreachable(
            "That is no https address of a catalogue.", "A token is sent over https, or to this machine itself."
        )
    return url.rstrip("/")


def get(url: str, path: str, token: str = "", method: str = "GET") -> bytes:
    """The body of an answer of at most 4 MiB. Raises: what the catalogue says, CatalogueUnreachable."""
    with _answer(url, path, token, {}, method) as answer:
        data = bytes(_read(answer, _LARGEST + 1))
    if len(data) > _LARGEST:
        raise CatalogueUnreachable("The catalogue's answer is larger than it should be.", "")
    return data


def get_json(url: str, path: str, token: str = "", method: str = "GET") -> dict[str, Any]:
    """The same as JSON. Raises: as `get`."""
    try:
        found = json.loads(get(url, path, token, method))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise CatalogueUnreachable("The catalogue does not answer as one would.", "Check its address.")
    return found


def offered(url: str, token: str, name: str, version: str = "", purpose: str = "") -> Offered:
    """What a token can pull now. Raises: as `get`."""
    said = get_json(url, f"/api/v1/offer/{name}{_asked(version, purpose)}", token)
    try:
        made = Offered(**{key: said[key] for key in Offered.__dataclass_fields__})
    except KeyError:
        made = None
    if made is None or not _DIGEST.match(str(made.sha256)) or not isinstance(made.size, int):
        raise CatalogueUnreachable("The catalogue does not answer as one would.", "Check its address.")
    return made


def fetch(
    url: str, token: str, name: str, offer: Offered, target: Path, purpose: str = "", told: Told | None = None
) -> None:
    """Write the offered file to `target`, whole and of its digest, or leave what there is of it in `target`.part.

    A part that is there already, from a process that was killed, is gone on with. Memory does not grow with the file.
    Raises: what the catalogue says, CatalogueUnreachable when it does not come back, StorageError, DiskFull.
    """
    part = target.with_suffix(".part")
    if target.exists():
        return
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("a+b") as out, _alone(out.fileno()), ThreadPoolExecutor(1) as beside:
            if target.exists():
                return  # another process was faster
            digest = _Digest(beside)
            _read_again(out, offer.size, digest)
            _rest(url, token, name, offer, purpose, out, digest, told or (lambda _, __: None))
            out.flush()
            os.fsync(out.fileno())
            if digest.hexdigest() != offer.sha256:
                out.truncate(0)
                raise CatalogueUnreachable("What came is not the file that was offered.", "Pull it again.")
            part.replace(target)


def _rest(url: str, token: str, name: str, offer: Offered, purpose: str, out: Any, digest: Any, told: Told) -> None:
    """Append what is missing, beginning again where the connection was cut."""
    idle = 0
    path = f"/data/{name}.zip{_asked(offer.version, purpose)}"
    while (here := out.tell()) < offer.size:
        headers = {"range": f"bytes={here}-", "if-range": f'"{offer.sha256}"'} if here else {}
        try:
            with _answer(url, path, token, headers, "GET") as answer:
                _check_part(answer, offer, here)
                while piece := answer.read(min(_PIECE, offer.size - out.tell()) or 1):
                    out.write(piece)
                    digest.update(piece)
                    told(out.tell(), offer.size)
        except (OSError, http.client.HTTPException) as problem:
            if isinstance(problem, OSError) and problem.errno in _OURS:
                raise
        except CatalogueUnreachable:
            if idle >= TRIES:
                raise
        idle = 0 if out.tell() > here else idle + 1
        if idle > TRIES:
            raise CatalogueUnreachable("The catalogue does not send the file.", "The same command goes on from here.")
        if out.tell() < offer.size:
            time.sleep(min(8.0, 0.25 * 2**idle))


_OURS = (28, 122, 27)  # ENOSPC, EDQUOT, EFBIG: the disk here, not the line


def _check_part(answer: Any, offer: Offered, here: int) -> None:
    """The answer is the offered file from byte `here` on. Raises: CatalogueUnreachable."""
    begins = f"bytes {here}-"
    right = answer.headers.get("content-range", "").startswith(begins) if here else answer.status == 200
    if answer.headers.get("etag") != f'"{offer.sha256}"' or not right:
        raise CatalogueUnreachable("Another file was published meanwhile.", "Pull it again.")


class _Digest:
    """The SHA-256 of what comes, worked out by a thread beside while the next piece comes."""

    def __init__(self, beside: ThreadPoolExecutor) -> None:
        self._beside, self._sha256 = beside, hashlib.sha256()
        self._before: Future[None] | None = None

    def update(self, piece: bytes) -> None:
        """Take a piece on, once the one before it is done."""
        self._wait()
        self._before = self._beside.submit(self._sha256.update, piece)

    def hexdigest(self) -> str:
        """The digest of all pieces."""
        self._wait()
        return self._sha256.hexdigest()

    def _wait(self) -> None:
        if self._before is not None:
            self._before.result()


def _read_again(out: Any, most: int, digest: _Digest) -> None:
    """Digest what is there already, and stand where to go on from."""
    out.seek(0, os.SEEK_END)
    if out.tell() > most:
        out.truncate(0)
    out.seek(0)
    while piece := out.read(_PIECE):
        digest.update(piece)
    out.seek(0, os.SEEK_END)


@contextlib.contextmanager
def _alone(handle: int) -> Iterator[None]:
    """One process at a time takes a file; another waits, and finds it there."""
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)


def _asked(version: str, purpose: str) -> str:
    asked = {key: value for key, value in (("version", version), ("purpose", purpose)) if value}
    return f"?{urlencode(asked)}" if asked else ""


class _Strict(urllib.request.HTTPRedirectHandler):
    """No redirect is followed: a token goes to whom it was given for."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """None."""


_OPENER = urllib.request.build_opener(_Strict)


@contextlib.contextmanager
def _answer(url: str, path: str, token: str, headers: dict[str, str], method: str) -> Iterator[Any]:
    request = urllib.request.Request(check_url(url) + path, method=method)  # noqa: S310 - checked to be http(s)
    request.add_header("user-agent", f"clinical-data-factory/{__version__}")
    for key, value in headers.items():
        request.add_header(key, value)
    if token:
        try:
            request.add_unredirected_header("authorization", f"Bearer {token.encode('ascii').decode()}")
        except UnicodeEncodeError:
            raise errors.TokenRefused("That is no token: it holds other signs than a token has.", "") from None
    try:
        answer = _OPENER.open(request, timeout=_TIMEOUT)
    except urllib.error.HTTPError as problem:
        with problem:
            raise _told_by(problem) from None
    except (OSError, http.client.HTTPException):
        raise CatalogueUnreachable(
            f"The catalogue at {urlsplit(url).netloc} does not answer.", "Is the address right, and the way open?"
        ) from None
    except ValueError:
        raise CatalogueUnreachable("The catalogue cannot be asked that way.", "Check its address and token.") from None
    with answer:
        yield answer


def _told_by(problem: urllib.error.HTTPError) -> FactoryError:
    """The catalogue's own sentence, of the kind it names."""
    try:
        said = json.loads(_read(problem, _LARGEST))
        message, fix, code = str(said["message"]), str(said["fix"]), int(said["code"])
        if message.isprintable() and fix.isprintable() and len(message) + len(fix) < 1000:
            return _KINDS[code](message, fix)
    except (ValueError, KeyError, TypeError):
        pass
    if problem.code == 401:
        return errors.TokenRefused("The catalogue does not take this token.", "Sign in again: factory login")
    return CatalogueUnreachable(f"The catalogue answers with status {problem.code}.", "Try again, or ask its owner.")


def _read(answer: Any, most: int) -> bytes:
    try:
        return bytes(answer.read(most))
    except (OSError, http.client.HTTPException):
        raise CatalogueUnreachable("The catalogue's answer was cut off.", "Try again.") from None

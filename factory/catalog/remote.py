"""Asking a catalogue over HTTP, and taking a file from it: in pieces, going on where it was cut off.

Nothing but the standard library, so that a licensee installs little.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import http.client
import os
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, TypeVar
from urllib.parse import urlencode, urlsplit

from pydantic import BaseModel

from factory import __version__
from factory.catalog.answers import Offered, Refusal
from factory.core import errors
from factory.core.errors import CatalogueUnreachable, DiskFull, FactoryError
from factory.core.files import storage_errors

_PIECE = 1 << 20
_SYNC = 64 << 20
"""Bytes after which the disk is asked to take them, rather than all at the end."""
_LARGEST = 4 << 20
_TIMEOUT = 60.0
TRIES = 8
"""How often in a row a pull begins again without having got a byte more."""
_KINDS: dict[int, type[FactoryError]] = {
    kind.exit_code: kind
    for kind in (
        errors.NotReady, errors.StorageError, errors.LicenceError, errors.LicenceExpired, errors.Revoked,
        errors.TokenRefused, errors.WrongPurpose, errors.BundleInvalid, errors.ReviewError, errors.KeyInvalid,
    )
}  # fmt: skip
Told = Callable[[int, int], None]
A = TypeVar("A", bound=BaseModel)


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
        data = _read(answer, _LARGEST + 1)
    if len(data) > _LARGEST:
        raise CatalogueUnreachable("The catalogue's answer is larger than it should be.", "")
    return data


def ask(url: str, path: str, model: type[A], token: str = "", method: str = "GET") -> A:
    """The same, as the model it must be. Raises: as `get`."""
    try:
        return model.model_validate_json(get(url, path, token, method))
    except ValueError:
        raise CatalogueUnreachable("The catalogue does not answer as one would.", "Check its address.") from None


def offered(url: str, token: str, name: str, version: str = "", purpose: str = "") -> Offered:
    """What a token can pull now. Raises: as `get`."""
    return ask(url, f"/api/v1/offer/{name}{_asked(version, purpose)}", Offered, token)


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
        with part.open("a+b") as out, _alone(out.fileno()), ThreadPoolExecutor(2) as beside:
            if target.exists():
                return  # another process was faster
            kept = _Kept(out, beside)
            kept.read_again(offer.size)
            if shutil.disk_usage(target.parent).free < offer.size - kept.size:
                raise DiskFull(f"The disk has no room for {offer.size:,} bytes.", "Free some, and pull again.")
            _rest(url, token, name, offer, purpose, kept, told or (lambda _, __: None))
            if kept.ended() != offer.sha256:
                out.truncate(0)
                raise CatalogueUnreachable("What came is not the file that was offered.", "Pull it again.")
            part.replace(target)


def _rest(url: str, token: str, name: str, offer: Offered, purpose: str, kept: _Kept, told: Told) -> None:
    """Append what is missing, beginning again where the connection was cut."""
    idle = 0
    path = f"/data/{name}.zip{_asked(offer.version, purpose)}"
    while (here := kept.size) < offer.size:
        headers = {"range": f"bytes={here}-", "if-range": f'"{offer.sha256}"'} if here else {}
        try:
            with _answer(url, path, token, headers, "GET") as answer:
                _check_part(answer, offer, here)
                while kept.size < offer.size and (piece := answer.read(min(_PIECE, offer.size - kept.size))):
                    kept.add(piece)
                    told(kept.size, offer.size)
        except (OSError, http.client.HTTPException) as problem:
            if isinstance(problem, OSError) and problem.errno in _OURS:
                raise
        except CatalogueUnreachable:
            if idle >= TRIES:
                raise
        idle = 0 if kept.size > here else idle + 1
        if idle > TRIES:
            raise CatalogueUnreachable("The catalogue does not send the file.", "The same command goes on from here.")
        if kept.size < offer.size:
            time.sleep(min(8.0, 0.25 * 2**idle))


_OURS = (28, 122, 27, 5)  # ENOSPC, EDQUOT, EFBIG, EIO: the disk here, not the line


def _check_part(answer: Any, offer: Offered, here: int) -> None:
    """The answer is the offered file from byte `here` on. Raises: CatalogueUnreachable."""
    begins = f"bytes {here}-"
    right = answer.headers.get("content-range", "").startswith(begins) if here else answer.status == 200
    if answer.headers.get("etag") != f'"{offer.sha256}"' or not right:
        raise CatalogueUnreachable("Another file was published meanwhile.", "Pull it again.")


class _Kept:
    """What came so far: written here, digested by a thread beside and brought to the disk by another, as more comes."""

    def __init__(self, out: BinaryIO, beside: ThreadPoolExecutor) -> None:
        self.size = 0
        self._out, self._beside, self._sha256 = out, beside, hashlib.sha256()
        self._digesting: Future[None] | None = None
        self._syncing: Future[None] | None = None

    def read_again(self, most: int) -> None:
        """Digest what is there already, unless it is more than there should be; the next piece goes after it."""
        if self._out.seek(0, os.SEEK_END) > most:
            self._out.truncate(0)
        self._out.seek(0)
        while piece := self._out.read(_PIECE):
            self._digest(piece)
        self._out.seek(0, os.SEEK_END)

    def add(self, piece: bytes) -> None:
        """Take a piece on. Raises: OSError, of this piece or of one before."""
        self._out.write(piece)
        self._digest(piece)
        if self.size // _SYNC > (self.size - len(piece)) // _SYNC and (self._syncing is None or self._syncing.done()):
            _result(self._syncing)
            self._syncing = self._beside.submit(os.fdatasync, self._out.fileno())

    def ended(self) -> str:
        """Bring all of it to the disk; returns its SHA-256. Raises: OSError."""
        _result(self._syncing)
        self._out.flush()
        os.fsync(self._out.fileno())
        _result(self._digesting)
        return self._sha256.hexdigest()

    def _digest(self, piece: bytes) -> None:
        _result(self._digesting)
        self._digesting = self._beside.submit(self._sha256.update, piece)
        self.size += len(piece)


def _result(before: Future[None] | None) -> None:
    if before is not None:
        before.result()


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
_NEAR = urllib.request.build_opener(_Strict, urllib.request.ProxyHandler({}))
"""For http, which is to this machine itself: a proxy would read the token."""


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
        answer = (_NEAR if request.type == "http" else _OPENER).open(request, timeout=_TIMEOUT)
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
    """The catalogue's own sentence, of the kind it names; what is broken beyond it counts as out of reach."""
    try:
        said = Refusal.model_validate_json(_read(problem, _LARGEST))
        message, fix = said.message, said.fix if said.fix.isprintable() else ""
        kind = _KINDS.get(said.code, errors.NotReady)
    except ValueError:
        message, fix = f"The catalogue answers with status {problem.code}.", "Check its address, or ask its owner."
        kind = errors.TokenRefused if problem.code == 401 else errors.NotReady
    return CatalogueUnreachable(message, fix) if problem.code >= 500 else kind(message, fix)


def _read(answer: Any, most: int) -> bytes:
    """At most so many bytes, within a minute. Raises: CatalogueUnreachable."""
    data, until = bytearray(), time.monotonic() + _TIMEOUT
    try:
        while len(data) < most and (piece := answer.read1(min(1 << 16, most - len(data)))):
            data += piece
            if time.monotonic() > until:
                raise TimeoutError
    except (OSError, http.client.HTTPException):
        raise CatalogueUnreachable("The catalogue's answer was cut off.", "Try again.") from None
    return bytes(data)

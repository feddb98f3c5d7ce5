"""Sending a sealed file whole or in part, and knowing how much of it went (RFC 9110, sections 13 and 14)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import time
from collections.abc import AsyncIterator, Callable
from typing import BinaryIO

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_PIECE = 512 << 10
"""Bytes that are read and handed on at once; more are not faster, and each who pulls has two of them in memory."""
_PATIENCE, _ASKED_AGAIN = 60.0, 3.0
"""Seconds: how long a reader may take nothing, and after how many it is asked again whether a pull goes on."""
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})\Z")


def wanted(request: Request, size: int, etag: str) -> tuple[int, int] | None:
    """First byte and the one after the last that a request asks for; None where there are no such bytes.

    What is no single range of bytes, or holds for another file (`If-Range`), asks for the whole; so does `HEAD`, for
    which a range has no meaning.
    """
    found = _RANGE.match(request.headers.get("range", "").replace(" ", ""))
    if request.method != "GET" or request.headers.get("if-range", etag) != etag:
        return 0, size
    if found is None or found.group(0) == "bytes=-":
        return 0, size
    first, last = found.groups()
    if not first:
        return (max(0, size - int(last)), size) if int(last) else None
    stop = min(size, int(last) + 1) if last else size
    return (int(first), stop) if int(first) < stop else None


class _Stopped(Exception):
    """No more may be sent; the connection is cut, since a length was promised."""


class Sent(Response):
    """A part of a file. `ended` is told how many bytes went when all did, or the other side left or takes no more.

    Every few seconds `goes_on` is told the same, and no more is sent once it says no.
    """

    def __init__(
        self, open_file: Callable[[], BinaryIO], part: tuple[int, int], size: int, headers: dict[str, str],
        goes_on: Callable[[int], bool], ended: Callable[[int], None],
    ) -> None:  # fmt: skip
        first, stop = part
        whole = part == (0, size)
        super().__init__(status_code=200 if whole else 206, headers=headers, media_type="application/zip")
        self.headers["content-length"] = str(stop - first)
        self.headers["accept-ranges"] = "bytes"
        if not whole:
            self.headers["content-range"] = f"bytes {first}-{stop - 1}/{size}"
        self._open, self._part, self._goes_on, self._ended = open_file, part, goes_on, ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, a piece at a time, until all went or the other side left."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        gone = asyncio.create_task(_left(receive))
        sent, size, asked = 0, self._part[1] - self._part[0], time.monotonic()
        try:
            handle = await to_thread.run_sync(self._open)
            try:
                async for piece in _pieces(handle, *self._part):
                    more = sent + len(piece) < size
                    async with asyncio.timeout(_PATIENCE):
                        await send({"type": "http.response.body", "body": piece, "more_body": more})
                    if gone.done():
                        break
                    sent += len(piece)
                    if time.monotonic() > asked + _ASKED_AGAIN:
                        if not await to_thread.run_sync(self._goes_on, sent):
                            raise _Stopped
                        asked = time.monotonic()
                    await asyncio.sleep(0)  # a quick reader is not all that is served
            finally:
                handle.close()
        finally:
            gone.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await gone
            # Even where this request is being cancelled, what was sent is entered.
            await asyncio.shield(asyncio.create_task(to_thread.run_sync(self._ended, sent)))


async def _pieces(handle: BinaryIO, here: int, stop: int) -> AsyncIterator[bytes]:
    """The bytes of a file from `here` to `stop`; a thread is asked only where the disk or a store is waited for.

    Raises: OSError where the file does not hold them.
    """
    number = _number(handle)
    while here < stop:
        size = min(_PIECE, stop - here)
        if number is not None and _at_hand(number, here + size - 1):
            piece = os.pread(number, size, here)
        else:
            piece = await to_thread.run_sync(_read, handle, here, size)
        if not piece:
            raise OSError("the sealed file is shorter than it was")
        yield piece
        here += len(piece)


def _number(handle: BinaryIO) -> int | None:
    """The kernel's number of an open file; None of one that lies elsewhere, or where it cannot be asked as below."""
    try:
        return handle.fileno() if hasattr(os, "RWF_NOWAIT") else None
    except OSError:
        return None


def _at_hand(number: int, here: int) -> bool:
    """Whether the kernel has that byte of a file in memory, and so most likely those that were read before it."""
    try:
        return os.preadv(number, [bytearray(1)], here, os.RWF_NOWAIT) == 1
    except OSError:  # it would have to wait, or the file system does not know the question
        return False


def _read(handle: BinaryIO, here: int, size: int) -> bytes:
    handle.seek(here)
    return handle.read(size)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

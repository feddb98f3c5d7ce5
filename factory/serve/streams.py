"""Sending a sealed file whole or in part, and knowing how much of it went (RFC 9110, sections 13 and 14)."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable
from typing import BinaryIO

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_PIECE = 1 << 20
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


class Sent(Response):
    """A part of a file. `ended` is told how many bytes went, when all did or the other side left."""

    def __init__(
        self, open_file: Callable[[], BinaryIO], part: tuple[int, int], size: int, headers: dict[str, str],
        ended: Callable[[int], None],
    ) -> None:  # fmt: skip
        first, stop = part
        whole = part == (0, size)
        super().__init__(status_code=200 if whole else 206, headers=headers, media_type="application/zip")
        self.headers["content-length"] = str(stop - first)
        self.headers["accept-ranges"] = "bytes"
        if not whole:
            self.headers["content-range"] = f"bytes {first}-{stop - 1}/{size}"
        self._open, self._part, self._ended = open_file, part, ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, a piece at a time: one is read while the one before it goes."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        gone = asyncio.create_task(_left(receive))
        sent = 0
        try:
            handle = await to_thread.run_sync(self._open)
            try:
                sent = await self._pieces(handle, gone, send)
            finally:
                handle.close()
        finally:
            gone.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await gone
            # Even where this request is being cancelled, what was sent is entered.
            await asyncio.shield(asyncio.create_task(to_thread.run_sync(self._ended, sent)))

    async def _pieces(self, handle: BinaryIO, gone: asyncio.Task[None], send: Send) -> int:
        first, stop = self._part
        here = first
        await to_thread.run_sync(handle.seek, first)
        reading = asyncio.create_task(to_thread.run_sync(handle.read, min(_PIECE, stop - here)))
        try:
            while here < stop and not gone.done():
                piece = await reading
                if not piece:
                    raise OSError("the sealed file is shorter than it was")
                following = here + len(piece)
                if following < stop:
                    reading = asyncio.create_task(to_thread.run_sync(handle.read, min(_PIECE, stop - following)))
                await send({"type": "http.response.body", "body": piece, "more_body": following < stop})
                if not gone.done():
                    here = following
        finally:
            if not reading.done():
                await asyncio.wait([reading])  # the handle is not closed under a read
        return here - first


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

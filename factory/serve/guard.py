"""What every answer carries and every request must meet, before any page sees it. Plain ASGI, no framework."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from factory.core import logs
from factory.core.guard import sentence_of
from factory.serve.settings import LARGEST_BODY, Settings

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
DOSSIER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox allow-popups"
)
"""The dossier's own pages: style within them, no script, no form, an origin of its own."""
_TOO_MUCH = "That is more than the room takes in one piece."
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # with none at all a browser says its forms come from nowhere
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), usb=()",
    "cache-control": "no-store",
}


class Guard:
    """Refuses foreign host names, foreign origins and oversized bodies; adds the headers that browsers obey."""

    def __init__(self, app: App, settings: Settings) -> None:
        self.app, self.settings = app, settings

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        answer = self._headed(send)
        if refused := self._refused(scope, headers):
            await _say(answer, *refused)
            return
        try:
            async with asyncio.timeout(self.settings.patience):
                body = await _whole(receive)
        except TimeoutError:
            await _say(answer, 408, "The request did not come to its end in time.")
            return
        if body is None:
            await _say(answer, 413, _TOO_MUCH)
            return
        try:
            await self.app(scope, _again(body, receive), answer)
        except Exception as error:  # noqa: BLE001 - the application has answered 500; its own words may hold anything
            _tell(error)

    def _refused(self, scope: Message, headers: dict[bytes, bytes]) -> tuple[int, str] | None:
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if _name(host) not in self.settings.hosts:
            return 421, "This room is not served under that name."
        if scope["method"] not in ("GET", "HEAD"):
            origin = headers.get(b"origin", b"").decode("latin-1").lower()
            scheme = "https" if self.settings.https else "http"
            if origin and origin != f"{scheme}://{host}":
                return 403, "The request comes from another site."
            if headers.get(b"sec-fetch-site", b"same-origin") not in (b"same-origin", b"none"):
                return 403, "The request comes from another site."
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            return 413, _TOO_MUCH
        return None

    def _headed(self, send: Send) -> Send:
        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name.lower() for name, _ in message["headers"]}
                more = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in there]
                if self.settings.https:
                    more.append((b"strict-transport-security", b"max-age=31536000"))
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        return headed


async def _whole(receive: Receive) -> bytes | None:
    """A request's body, whatever its length was said to be; None where it grows too long."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(parts)
        size += len(message.get("body", b""))
        if size > LARGEST_BODY:
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """The body as one message, then whatever the server says next."""
    given = False

    async def once() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once


def _tell(error: Exception) -> None:
    if logs.is_json():
        logs.event("defect", error=type(sentence_of(error)).__name__)
    else:
        sys.stderr.write(f"factory serve: {sentence_of(error).message}\n")


def _name(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


async def _say(send: Send, status: int, sentence: str) -> None:
    body = json.dumps({"error": sentence}).encode()
    head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})

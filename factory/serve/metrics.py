"""Figures of a running room in Prometheus' text format: counts and durations, by route and status.

No name, no id of a licence, no query, no path that was asked for: a route is written as the application declares it,
and all that is no route as `none`. Served at a port of their own, so that who may ask is settled by where it listens.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from factory.core import logs
from factory.serve.guard import App, Message, Receive, Send

BUCKETS = (0.01, 0.05, 0.25, 1.0, 5.0, 30.0)
"""Upper ends in seconds of the classes of durations."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE"})
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SIGN_IN = "/sign-in"
# A vote, an answer and a comment are one route here: voting is blind, and one more request to a route of votes would
# say that a first vote is in.
_WRITTEN = re.compile(r"/(votes|answers|comments)\Z")


@dataclass
class Requests:
    """What has been asked since this process began."""

    counts: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    classes: Counter[tuple[str, float]] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    refused_sign_ins: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, method: str, route: str, status: int, seconds: float, sent: int) -> None:
        """One request that has ended."""
        with self._lock:
            self.counts[method, route, status] += 1
            self.seconds[route] += seconds
            self.sent[route] += sent
            for end in BUCKETS:
                self.classes[route, end] += seconds <= end
            self.refused_sign_ins += method == "POST" and route == _SIGN_IN and status == 401

    def lines(self) -> Iterable[str]:
        """The text format's lines."""
        with self._lock:
            yield from _head("factory_requests_total", "counter", "Requests by route and status.")
            for (method, route, status), count in sorted(self.counts.items()):
                yield f'factory_requests_total{{method="{method}",route="{route}",status="{status}"}} {count}'
            yield from _head("factory_request_seconds", "histogram", "Seconds until an answer had gone.")
            for route in sorted(self.seconds):
                every = sum(count for (_, named, _), count in self.counts.items() if named == route)
                for end in BUCKETS:
                    label = f'{{route="{route}",le="{end:g}"}}'
                    yield f"factory_request_seconds_bucket{label} {self.classes[route, end]}"
                yield f'factory_request_seconds_bucket{{route="{route}",le="+Inf"}} {every}'
                yield f'factory_request_seconds_sum{{route="{route}"}} {self.seconds[route]:.6f}'
                yield f'factory_request_seconds_count{{route="{route}"}} {every}'
            yield from _head("factory_sent_bytes_total", "counter", "Bytes of answers' bodies.")
            for route, sent in sorted(self.sent.items()):
                yield f'factory_sent_bytes_total{{route="{route}"}} {sent}'
            yield from _head("factory_sign_ins_refused_total", "counter", "Sign-ins that were refused.")
            yield f"factory_sign_ins_refused_total {self.refused_sign_ins}"


class Counted:
    """An application whose requests are counted; stands outside of everything, so that refusals are counted too."""

    def __init__(self, app: App, requests: Requests) -> None:
        self.app, self.requests = app, requests

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status, sent = time.monotonic(), 500, 0

        async def counted(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)
            sent += len(message.get("body", b""))

        try:
            await self.app(scope, receive, counted)
        finally:
            method = scope["method"] if scope["method"] in METHODS else "other"
            seconds = time.monotonic() - began
            self.requests.add(method, route_of(scope), status, seconds, sent)
            logs.event("request", method=method, status=status, seconds=round(seconds, 4), bytes=sent)


def route_of(scope: Message) -> str:
    """The route as it was declared, with the names of its parts in place of what was asked for."""
    declared = getattr(scope.get("route"), "path", None)
    if declared is None:
        return "/static" if str(scope.get("root_path", "")).endswith("/static") else "none"
    return _WRITTEN.sub("/(written)", str(declared)).replace("\\", "").replace('"', "")


def _head(name: str, kind: str, said: str) -> tuple[str, str]:
    return f"# HELP {name} {said}", f"# TYPE {name} {kind}"


def gauge(name: str, said: str, values: Iterable[tuple[str, int]], kind: str = "gauge") -> Iterable[str]:
    """A figure's lines; `values` are labels as they are written, with their braces or empty, and numbers."""
    yield from _head(name, kind, said)
    for labels, value in values:
        yield f"{name}{labels} {value}"

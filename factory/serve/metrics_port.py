"""The port where figures are asked for, and the figures that lie in the store."""

from __future__ import annotations

import socket
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import sqlalchemy as sa

from factory import __version__
from factory.catalog.keeper import Keeper
from factory.core.errors import FactoryError, StorageError
from factory.core.guard import sentence_of
from factory.core.run import RunState
from factory.serve.metrics import CONTENT_TYPE, Requests, gauge
from factory.store.schema import pulls, releases, requests, submissions, votes, withdrawals

PATH = "/metrics"
_PATIENCE = 10.0
"""Seconds a connection may say nothing."""


def place(text: str) -> tuple[str, int]:
    """Address and port of `[ADDRESS:]PORT`; this machine's own where no address is given. Raises: StorageError."""
    address, _, port = text.rpartition(":")
    if not port.isdigit() or int(port) > 65535:
        raise StorageError("The place of the figures is no port.", "Give --metrics 9321, or --metrics ADDRESS:9321.")
    return address.strip("[]") or "127.0.0.1", int(port)


def listen(at: tuple[str, int], counted: Requests, keeper: Keeper) -> int:
    """Answer at a port until the process ends; returns the port. Raises: StorageError."""

    class Handler(_Handler):
        def figures(self) -> str:
            return "\n".join([*counted.lines(), *stored(keeper)]) + "\n"

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in at[0] else socket.AF_INET
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """A connection that was cut is nobody's business."""

    try:
        server = Server(at, Handler)
    except OSError:
        raise StorageError("The port of the figures cannot be listened at.", "Name another with --metrics.") from None
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return int(server.server_address[1])


def stored(keeper: Keeper) -> Iterable[str]:
    """Figures of the store. Votes are those of reviews that are decided: that a first one is in is nobody's to know."""
    decided = (
        sa.select(sa.func.count())
        .select_from(votes.join(submissions, submissions.c.digest == votes.c.candidate))
        .where(submissions.c.state != RunState.AWAITING_REVIEW.value)
    )
    count = sa.func.count()
    with keeper.store.reading() as connection:
        rows = connection.execute(sa.select(submissions.c.state, count).group_by(submissions.c.state))
        states = {str(state): int(number) for state, number in rows}
        counted_votes = connection.execute(decided).scalar_one()
        pulled, sent = connection.execute(sa.select(count, sa.func.coalesce(sa.func.sum(pulls.c.bytes), 0))).one()
        open_pulls = connection.execute(sa.select(count).select_from(pulls).where(pulls.c.ended.is_(None))).scalar_one()
        asked = connection.execute(sa.select(count).select_from(requests)).scalar_one()
        known = connection.execute(sa.select(count).select_from(releases)).scalar_one()
        waiting = sa.select(count).select_from(withdrawals).where(withdrawals.c.successor.is_(None))
        queue = connection.execute(waiting).scalar_one()
    by_state = [(f'{{state="{state.value}"}}', states.get(state.value, 0)) for state in RunState]
    yield from gauge("factory_info", "The version that runs.", [(f'{{version="{__version__}"}}', 1)])
    yield from gauge("factory_reviews", "Candidates by state; what awaits review is the queue.", by_state)
    yield from gauge("factory_votes_total", "Votes of decided reviews.", [("", counted_votes)], "counter")
    yield from gauge("factory_pulls_total", "Pulls begun.", [("", pulled)], "counter")
    yield from gauge("factory_pulls_open", "Pulls begun of which no end is entered.", [("", open_pulls)])
    yield from gauge("factory_pulled_bytes_total", "Bytes pulled.", [("", int(sent))], "counter")
    yield from gauge("factory_releases", "Releases in the catalogue.", [("", known)])
    yield from gauge("factory_licence_requests", "Requests for a licence.", [("", asked)])
    yield from gauge("factory_withdrawn_waiting", "Withdrawn releases that wait for a new synthesis.", [("", queue)])


class _Handler(BaseHTTPRequestHandler, ABC):
    timeout = _PATIENCE
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "factory", ""

    @abstractmethod
    def figures(self) -> str:
        """All lines of the text format."""

    def do_GET(self) -> None:
        """The figures, or that there is nothing else here."""
        if self.path != PATH:
            self._answer(404, "Ask for /metrics.\n")
            return
        try:
            said = self.figures()
        except FactoryError:
            self._answer(503, "The store cannot be reached.\n")
        except Exception as error:  # noqa: BLE001 - a defect here must not say what it was about
            sys.stderr.write(f"factory serve: {sentence_of(error).message}\n")
            self._answer(503, "The figures cannot be had.\n")
        else:
            self._answer(200, said)

    def _answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("content-type", CONTENT_TYPE)
        self.send_header("content-length", str(len(body)))
        self.send_header("cache-control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing of a request is said."""

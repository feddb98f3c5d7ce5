"""Stages that hold records reach no network: Python's own sockets are refused while one runs.

An audit hook (PEP 578) sees every connection that Python code opens, a dependency's too, before it is made. What a
library written in C opens by itself, and other processes, are held by the zone's firewall: docs/security-properties.md.
"""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import os
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from factory.core import logs
from factory.core.errors import InternalError
from factory.core.progress import say

_EVENTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"})
_lock = threading.Lock()
_schedulers: list[str] = []
_state = {"hooked": 0, "inside": 0}


class NetworkRefused(InternalError):
    """A stage of the source zone tried to reach another machine."""


@contextlib.contextmanager
def offline(scheduler: str | None = None) -> Iterator[None]:
    """Refuse every connection of this process but to itself, to Prefect's server and to the `scheduler` where named.

    In the block a connection elsewhere raises NetworkRefused, and is said, for a library may swallow the error.
    """
    with _lock:
        if not _state["hooked"]:
            # A hook cannot be taken away again; outside of a block it does nothing.
            sys.addaudithook(_hook)
            _state["hooked"] = 1
        _state["inside"] += 1
        if scheduler:
            _schedulers.append(scheduler)
    try:
        yield
    finally:
        with _lock:
            _state["inside"] -= 1
            if scheduler:
                _schedulers.remove(scheduler)


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if not _state["inside"] or event not in _EVENTS:
        return
    host = _host(event, args)
    if host is None or _is_near(host) or host == _prefect() or _is_scheduler(host):
        return
    # Neither the address nor a name is said: what a record holds may have been put into one.
    say("a connection to another machine was refused")
    logs.event("refused connection")
    raise NetworkRefused(
        "A stage of the source zone tried to reach another machine.",
        "Nothing was sent; please report which stage it was, and the versions installed (factory doctor).",
    )


def _host(event: str, args: tuple[Any, ...]) -> str | None:
    """Whom an event is about, or None for a socket of this machine's file system."""
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        name = args[0]
        return name.decode("ascii", "replace") if isinstance(name, bytes) else str(name or "localhost")
    address = args[1]
    return str(address[0]) if isinstance(address, tuple) and address else None


def _is_near(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _is_scheduler(host: str) -> bool:
    """Whether a host, or an address a name was resolved to, is a scheduler's."""
    if host in _schedulers:
        return True
    return any(host in _addresses(name) for name in list(_schedulers))


@functools.cache
def _addresses(name: str) -> frozenset[str]:
    try:
        return frozenset(str(found[4][0]) for found in socket.getaddrinfo(name, None))
    except OSError:
        return frozenset()


def _prefect() -> str | None:
    """The host of Prefect's API, which hears of names, paths and states."""
    return urlsplit(os.environ.get("PREFECT_API_URL", "")).hostname

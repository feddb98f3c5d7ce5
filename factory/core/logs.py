"""Lines of JSON on standard error for machines that gather logs, where FACTORY_LOG=json; silent otherwise.

What may be in a line is listed here, by event, field and word. Everything else is dropped before it is written: a
text nobody listed may hold what a record holds. Sentences, names of runs and files, and messages are not said.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

from factory.core import errors

VARIABLE = "FACTORY_LOG"

EVENTS = frozenset({
    "stage begins", "stage ends", "stage skipped", "failed", "refused connection", "serving", "request", "defect",
    "service ended", "up",
})  # fmt: skip
STAGES = frozenset({"intake", "batch", "deid", "split", "synth", "checks", "gates", "dossier", "reassess"})
SERVICES = frozenset({"prefect-server", "worker-source", "worker-release", "room"})
WORDS: Mapping[str, frozenset[str]] = {
    "stage": STAGES,
    "outcome": frozenset({"done", "failed"}),
    "service": SERVICES,
    "method": frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "other"}),
    "error": frozenset(errors.__all__),
}
"""Fields that hold a word, and the words they may hold."""
FIGURES = frozenset({"wall_s", "cpu_s", "peak_bytes", "exit_code", "status", "seconds", "bytes", "port", "pid"})
"""Fields that hold a number."""


def is_json() -> bool:
    """Whether lines of JSON were asked for."""
    return os.environ.get(VARIABLE, "") == "json"


def event(name: str, **fields: object) -> None:
    """Write one line, if lines of JSON were asked for; what is not listed is left out of it."""
    if is_json():
        _logger().info(name, pid=os.getpid(), **fields)


def allowed(_: object, __: str, said: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: what of a line is listed. An event that is not listed is said to be unlisted."""
    kept: dict[str, Any] = {"event": said["event"] if said.get("event") in EVENTS else "unlisted"}
    for name, value in said.items():
        is_figure = name in FIGURES and isinstance(value, (int, float)) and not isinstance(value, bool)
        is_word = isinstance(value, str) and value in WORDS.get(name, ())
        if is_figure or is_word:
            kept[name] = value
    return kept


@functools.cache
def _logger() -> Any:
    import structlog

    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True, key="at")
    processors: list[Any] = [allowed, stamp, structlog.processors.JSONRenderer(sort_keys=True)]
    return structlog.wrap_logger(structlog.PrintLogger(sys.stderr), processors=processors)

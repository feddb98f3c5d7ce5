"""A run's stages as spans of OpenTelemetry, in a file (OTLP/JSON): the source zone has no network to send them by.

Written by hand after the protocol's JSON form, so that no library of telemetry is loaded where records are. A span
holds a stage's name, when, how it ended and what it cost. Ids follow from the run's folder name and the attempt.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from factory import __version__
from factory.core.run import Run
from factory.line.timings import DONE, Timing, timings

_OK, _ERROR = 1, 2


def spans(run: Run) -> dict[str, Any]:
    """Every attempt at every stage of a run, as an ExportTraceServiceRequest. Raises: StorageError."""
    trace = hashlib.sha256(run.root.resolve().name.encode()).hexdigest()[:32]
    made = [_span(trace, number, each) for number, each in enumerate(timings(run))]
    resource = {"attributes": [_text("service.name", "factory"), _text("service.version", __version__)]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": "factory"}, "spans": made}]}]}


def _span(trace: str, number: int, timing: Timing) -> dict[str, Any]:
    began = int(dt.datetime.fromisoformat(timing.began).timestamp()) * 10**9
    return {
        "traceId": trace,
        "spanId": hashlib.sha256(f"{trace} {number}".encode()).hexdigest()[:16],
        "name": timing.stage,
        "kind": 1,
        "startTimeUnixNano": str(began),
        "endTimeUnixNano": str(began + round(timing.wall_s * 10**9)),
        "status": {"code": _OK if timing.outcome == DONE else _ERROR},
        "attributes": [
            {"key": "cpu_s", "value": {"doubleValue": timing.cpu_s}},
            {"key": "peak_bytes", "value": {"intValue": str(timing.peak_bytes)}},
        ],
    }


def _text(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}

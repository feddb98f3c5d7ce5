"""What each stage of a run cost, a line a time in RUN/source/timings.jsonl, beside the stages and no part of them.

Seconds and bytes differ from one run to the next; what stages make does not, so these stay out of what is digested.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from factory.core import logs
from factory.core.errors import StorageError
from factory.core.files import append_durably, canonical_json, storage_errors
from factory.core.run import Run
from factory.core.usage import Usage, measured

DONE, FAILED = "done", "failed"


@dataclass(frozen=True)
class Timing:
    """One attempt at a stage: when it began (UTC, ISO 8601), how it ended, and what it cost; see `core.usage.Usage`."""

    stage: str
    began: str
    outcome: str
    wall_s: float
    cpu_s: float
    peak_bytes: int
    peak_of: str


def path_of(run: Run) -> Path:
    """Where the timings of a run lie."""
    return run.source / "timings.jsonl"


@contextlib.contextmanager
def timed(run: Run, stage: str) -> Iterator[None]:
    """Measure the block, an attempt at `stage`, and write it down whether it ends well or not.

    A line that cannot be written is left out: a stage that is whole does not fail for it.
    """
    began = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    outcome = FAILED
    usage = Usage()
    logs.event("stage begins", stage=stage)
    try:
        with measured() as usage:
            yield
        outcome = DONE
    finally:
        cost = Timing(stage, began, outcome, **asdict(usage))
        logs.event("stage ends", **asdict(cost))
        with contextlib.suppress(StorageError):
            append_durably(path_of(run), canonical_json(asdict(cost)) + b"\n")


def timings(run: Run) -> list[Timing]:
    """Every attempt, oldest first; a line torn by a crash is passed over. Raises: StorageError."""
    found: list[Timing] = []
    path = path_of(run)
    with storage_errors(path):
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
    for line in lines:
        with contextlib.suppress(ValueError, TypeError):
            item = Timing(**json.loads(line))
            if all(isinstance(cost, int | float) for cost in (item.wall_s, item.cpu_s, item.peak_bytes)):
                found.append(item)
    return found

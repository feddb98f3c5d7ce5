"""The runs of a folder: how far each is, whether somebody works on it, and what its stages cost."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from factory.core.errors import NotReady, StorageError
from factory.core.files import storage_errors
from factory.core.run import Run
from factory.line.reassess import REASSESS
from factory.line.stages import STAGES
from factory.line.timings import DONE, Timing, timings


@dataclass(frozen=True)
class StageCost:
    """The latest attempt at a stage that ended well, or the latest of all, and how many attempts there were."""

    latest: Timing
    attempts: int


@dataclass(frozen=True)
class RunLine:
    """A run as it is listed. `stages` in the order of the line; None where this user may not read the source zone."""

    name: str
    state: str
    busy: bool
    stages: tuple[StageCost, ...] | None


def runs(folder: Path) -> list[RunLine]:
    """The runs directly in `folder` that this user may read, by name; or `folder` itself where it is one.

    Raises: NotReady when it is neither a run nor a folder that holds one, StorageError.
    """
    with storage_errors(folder):
        inside = sorted(folder.iterdir()) if folder.is_dir() else []
        found = [path for path in (folder, *inside) if _is_run(path)]
    if not found:
        raise NotReady(f"{folder} holds no run.", "Name the folder of a run, or one with runs in it.")
    locked = _locked()
    return [_line(Run(path), locked) for path in found]


def _is_run(path: Path) -> bool:
    with contextlib.suppress(PermissionError):
        return (path / "run.json").is_file()
    return False


def _line(run: Run, locked: frozenset[int]) -> RunLine:
    costs: tuple[StageCost, ...] | None = None
    with contextlib.suppress(StorageError):
        costs = _costs(timings(run))
    lock = run.root / ".lock"
    busy = lock.exists() and lock.stat().st_ino in locked
    return RunLine(run.root.resolve().name, str(run.state()["state"]), busy, costs)


def _costs(attempts: list[Timing]) -> tuple[StageCost, ...]:
    costs = []
    for name in (*(stage.name for stage in STAGES), REASSESS):
        if own := [item for item in attempts if item.stage == name]:
            whole = [item for item in own if item.outcome == DONE]
            costs.append(StageCost((whole or own)[-1], len(own)))
    return tuple(costs)


def _locked() -> frozenset[int]:
    """Inodes that some process holds a flock on; none where the kernel does not say (proc(5), /proc/locks).

    Asked of the kernel rather than tried: who tries takes the lock for a moment, and a run that starts then is refused.
    """
    found = set()
    with contextlib.suppress(OSError):
        for line in Path("/proc/locks").read_text().splitlines():
            words = line.split()
            if len(words) > 5 and words[1] == "FLOCK":
                found.add(int(words[5].rsplit(":", 1)[1]))
    return frozenset(found)

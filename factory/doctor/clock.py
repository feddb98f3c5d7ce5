"""The clock, held against what else knows the time: the file system, the logs, the day the software came here."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from factory.doctor.finding import Finding, Level, Machine, fine

MOST_SECONDS = 30
"""The room refuses a document that is dated more than half a minute after its own clock."""
_MEND = "Set the clock, and keep it with NTP: timedatectl set-ntp true (or chrony)."
_TAIL = 1 << 15
"""Bytes: longer than the longest line of a log."""


def clock(machine: Machine) -> Iterator[Finding]:
    """This clock against the file system's, the newest entries of the logs in `home`, and the software's own files."""
    now = time.time()
    compared = ["the file system's time", "the day of installation"]
    wrong: list[str] = []
    with contextlib.suppress(OSError):
        off = _file_system(machine.ground)
        if abs(off) > MOST_SECONDS:
            wrong.append(f"the file system of {machine.ground} says {_apart(off)}")
    installed = max((path.stat().st_mtime for path in Path(__file__).parent.glob("*.py")), default=now)
    if installed - now > MOST_SECONDS:
        wrong.append(f"this software was installed {_apart(installed - now)}")
    logs = _logs(machine.home)
    if logs:
        compared.append(f"the last entry of {len(logs)} logs" if len(logs) > 1 else "the last entry of the log")
    for path, at in logs.items():
        if at - now > MOST_SECONDS:
            wrong.append(f"the last entry of {path} is {_apart(at - now)}")
    if wrong:
        yield Finding("clock", Level.FAIL, f"The clock is wrong: {'; '.join(wrong)}.", _MEND)
    else:
        yield fine("clock", f"The clock agrees with {' and '.join(compared)}.")


def _apart(seconds: float) -> str:
    """A difference as people say it: positive is later than this clock."""
    size = abs(seconds)
    said = f"{size / 86400:.1f} days" if size >= 86400 else f"{size / 60:.1f} minutes"
    return f"{said} {'later' if seconds > 0 else 'earlier'} than this clock"


def _file_system(folder: Path) -> float:
    """Seconds by which the file system's clock is ahead: a server's own, where the folder is on one."""
    with tempfile.NamedTemporaryFile(prefix=".factory-doctor-", dir=folder) as handle:
        handle.write(b"\0")
        handle.flush()
        return Path(handle.name).stat().st_mtime - time.time()


def _logs(home: Path) -> dict[Path, float]:
    """When the last entry of each log in `home` was made, in seconds since 1970: of runs, and of a room in SQLite."""
    found: dict[Path, float] = {}
    with contextlib.suppress(OSError):
        for path in sorted({*home.glob("audit.jsonl"), *home.glob("*/audit.jsonl"), *home.glob("*/*/audit.jsonl")}):
            with contextlib.suppress(OSError, ValueError, KeyError, IndexError):
                found[path] = _seconds(json.loads(_last_line(path))["entry"]["at"])
        for path in sorted({*home.glob("room.db"), *home.glob("*/room.db")}):
            with contextlib.suppress(sqlite3.Error, ValueError, TypeError):
                found[path] = _seconds(_last_row(path))
    return found


def _last_line(path: Path) -> bytes:
    with path.open("rb") as handle:
        handle.seek(0, os.SEEK_END)
        handle.seek(max(0, handle.tell() - _TAIL))
        return handle.read().splitlines()[-1]


def _last_row(path: Path) -> str:
    # Read only, and without our own opening of a store, which would bring an old one up to date.
    with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        row: tuple[str] = connection.execute("SELECT at FROM log_entries ORDER BY number DESC LIMIT 1").fetchone()
        return row[0]


def _seconds(at: str) -> float:
    return dt.datetime.fromisoformat(at).timestamp()

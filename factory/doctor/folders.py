"""The folders work is done in: may we write there, do locks hold, and is there room."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from factory.core.errors import DiskFull, StorageError
from factory.core.files import storage_errors
from factory.doctor.finding import Finding, Level, Machine, Purpose, fine, nearest

GB = 1 << 30
LEAST_SPACE = 2 * GB
"""Bytes: a run on a few thousand people and Prefect's database take about this much."""
GOOD_SPACE = 20 * GB
LEAST_FILES = 10_000


def _folders(machine: Machine) -> dict[str, Path]:
    """What each folder is called, and where it is."""
    found = {"work": machine.ground, "temporary": Path(tempfile.gettempdir())}
    if Purpose.LINE in machine.purposes:
        found["Prefect's"] = nearest(Path(os.environ.get("PREFECT_HOME") or "~/.prefect").expanduser())
    return found


def writable(machine: Machine) -> Iterator[Finding]:
    """Write, sync, lock and remove a file in each folder."""
    failed = False
    for what, folder in _folders(machine).items():
        try:
            _try(folder)
        except StorageError as error:
            failed = True
            fix = "Name another folder, or let this user write there: chown or chmod."
            full = isinstance(error, DiskFull)
            yield Finding(
                "write access", Level.FAIL, f"The {what} folder {folder} cannot be used: {_reason(error, folder)}",
                error.fix if full else fix, error.exit_code,
            )  # fmt: skip
    if not failed:
        yield fine("write access", "Files can be written, synced and locked in every folder that is used.")


def _try(folder: Path) -> None:
    with storage_errors(folder), tempfile.NamedTemporaryFile(prefix=".factory-doctor-", dir=folder) as handle:
        handle.write(bytes(1 << 20))
        handle.flush()
        os.fsync(handle.fileno())
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _reason(error: StorageError, folder: Path) -> str:
    if isinstance(error, DiskFull):
        return "the disk is full."
    return error.message.removeprefix(f"{folder}: ")


def space(machine: Machine) -> Iterator[Finding]:
    """Free bytes and files of each file system, as an ordinary user may take them."""
    seen = set()
    for what, folder in _folders(machine).items():
        device = folder.stat().st_dev
        if device in seen:
            continue
        seen.add(device)
        yield _space(what, folder)


def _space(what: str, folder: Path) -> Finding:
    room = os.statvfs(folder)
    free = room.f_bavail * room.f_frsize
    name = f"disk of the {what} folder"
    mend = "Free some space, or name a folder on a larger disk (--home, TMPDIR, PREFECT_HOME)."
    # Some file systems have no fixed number of files, and say 0 of 0.
    if room.f_files and room.f_favail < LEAST_FILES:
        return Finding(name, Level.FAIL, f"{folder}: {room.f_favail:,} more files fit.", mend, DiskFull.exit_code)
    sentence = f"{folder}: {free / GB:.1f} GB free"
    if free < LEAST_SPACE:
        return Finding(
            name,
            Level.FAIL,
            f"{sentence}, less than the {LEAST_SPACE // GB} GB of a small run.",
            mend,
            DiskFull.exit_code,
        )
    if free < GOOD_SPACE:
        return Finding(name, Level.WARN, f"{sentence}; a large run takes more.", mend)
    return fine(name, f"{sentence}.")

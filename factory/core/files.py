"""Files that are either whole or not there: atomic writes, digests, canonical JSON."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from factory.core.errors import DiskFull, NotReady, OutputExists, StorageError

_CHUNK = 1 << 20


def sha256_bytes(data: bytes) -> str:
    """Lower-case hex SHA-256 of `data`."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """Lower-case hex SHA-256 of a file, read in pieces of 1 MiB."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while piece := handle.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def canonical_json(value: Any) -> bytes:
    """The one way a JSON value is written where its bytes are signed or digested (after RFC 8785).

    Keys sorted, no spaces, UTF-8, no NaN.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def pretty_json(value: Any) -> bytes:
    """A JSON value for people to read, its bytes determined by the value alone."""
    text = json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8") + b"\n"


@contextlib.contextmanager
def storage_errors(what: Path) -> Iterator[None]:
    """Turn the operating system's errors on `what` into a `StorageError` that names the file.

    Raises: DiskFull, StorageError.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise DiskFull(
                f"The disk is full: {what.name} could not be written.",
                "Free some space and run the same command again; nothing half-written is kept.",
            ) from None
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        raise StorageError(f"{what}: {reason}.", "Check the path and its permissions.") from None


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def atomic_path(path: Path, mode: int = 0o644) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place, synced, when the block ends well.

    Raises: DiskFull, StorageError.
    """
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".part-", dir=path.parent)
        os.close(handle)
        part = Path(name)
        try:
            yield part
            part.chmod(mode)
            _sync(part)
            part.replace(path)
            _sync(path.parent)
        finally:
            part.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write `data` to `path` atomically. Raises: DiskFull, StorageError."""
    with atomic_path(path, mode) as part:
        part.write_bytes(data)


def append_durably(path: Path, data: bytes) -> None:
    """Append `data` in one write and sync it. Raises: DiskFull, StorageError."""
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        size = path.stat().st_size if path.exists() else 0
        try:
            with path.open("ab", buffering=0) as handle:
                written = handle.write(data)
                if written != len(data):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(handle.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                os.truncate(path, size)
            raise


@contextlib.contextmanager
def atomic_folder(path: Path, mode: int = 0o755) -> Iterator[Path]:
    """A temporary folder beside `path` that becomes `path`, with that mode, when the block ends well.

    `path` may exist only as an empty folder. Raises: OutputExists, DiskFull, StorageError.
    """
    check_free(path)
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".part-{path.name}-", dir=path.parent))
        try:
            yield part
            part.chmod(mode)
            for name in sorted(part.rglob("*")):
                _sync(name)
            if path.exists():
                path.rmdir()
            part.replace(path)
            _sync(path.parent)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def check_free(path: Path) -> None:
    """Raise OutputExists unless `path` is absent or an empty folder."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise OutputExists(f"{path} exists and is not empty.", "Name another folder, or remove it first.")


def read_json(path: Path) -> Any:
    """Parse a JSON file of this software. Raises: NotReady when absent, StorageError when damaged."""
    if not path.exists():
        raise NotReady(f"{path} is not there.", "Run the stage that makes it first.")
    with storage_errors(path):
        try:
            return json.loads(path.read_bytes())
        except ValueError:
            raise StorageError(f"{path} is not valid JSON.", "Remove it and run the stage again.") from None

"""The key of one batch: from which row ids, date shifts and surrogates are drawn, and which does not outlive it.

While a batch runs its key lies in a file that only its owner may read, so that a process killed at any point leaves
something that can be found and destroyed; the next run into the same place does so first.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from factory.core.files import storage_errors

_BYTES = 32
_FILE = "batch.key"


def now() -> str:
    """The time in UTC, to the second."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class BatchKey:
    """A key in use. `identifier` is random and says nothing of the key; `rows`: by operator, how many drew on it."""

    secret: bytearray
    seeded: bool
    identifier: str = field(default_factory=lambda: secrets.token_hex(8))
    created: str = field(default_factory=now)
    rows: dict[str, int] = field(default_factory=dict)

    def used(self, operator: str, rows: int) -> None:
        """Note that an operator drew on the key for some rows."""
        self.rows[operator] = self.rows.get(operator, 0) + rows

    def number(self) -> int:
        """A seed for the generators of factory.core.seeds, in [0, 2**63)."""
        return int.from_bytes(self.for_purpose("generators")[:8], "big") >> 1

    def for_purpose(self, *purpose: str) -> bytes:
        """A key of 32 bytes for one purpose, independent of every other purpose's."""
        text = "\x1f".join(purpose).encode()
        return hashlib.blake2b(text, key=bytes(self.secret), digest_size=_BYTES).digest()

    def wipe(self) -> None:
        """Overwrite the key in memory."""
        self.secret[:] = bytes(len(self.secret))

    def receipt(self) -> dict[str, Any]:
        """What the audit log keeps: which key, when it was made and destroyed, what drew on it. Never the key."""
        return {
            "format": 1,
            "key": self.identifier,
            "created": self.created,
            "destroyed": now(),
            "operators": dict(sorted(self.rows.items())),
            # Who keeps the seed can make the key again; then what was made with it is pseudonymous, not anonymous.
            "from_seed": self.seeded,
        }


@contextlib.contextmanager
def batch_key(home: Path | None, seed: int | None) -> Iterator[BatchKey]:
    """A key for one batch, fresh or from `seed`, in a file below `home` (or in memory only), destroyed at the end.

    Raises: StorageError, DiskFull.
    """
    secret = bytearray(secrets.token_bytes(_BYTES) if seed is None else _from_seed(seed))
    key = BatchKey(secret, seed is not None)
    try:
        if home is not None:
            _write(home, bytes(secret))
        yield key
    finally:
        key.wipe()
        if home is not None:
            destroy(home)


def destroy(home: Path) -> bool:
    """Overwrite and remove the key below `home`; False when none is there. Raises: StorageError."""
    path = home / _FILE
    there = path.exists()
    with storage_errors(path):
        if there:
            with path.open("r+b", buffering=0) as handle:
                handle.write(secrets.token_bytes(max(_BYTES, path.stat().st_size)))
                os.fsync(handle.fileno())
            path.unlink()
    return there


def _write(home: Path, secret: bytes) -> None:
    with storage_errors(home):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(home / _FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(secret)
            out.flush()
            os.fsync(out.fileno())


def _from_seed(seed: int) -> bytes:
    return hashlib.blake2b(f"factory/batch-key\x1f{seed}".encode(), digest_size=_BYTES).digest()

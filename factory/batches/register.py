"""The register of a source zone: its key, and the digests by which a person is known again in a later batch.

The key of a batch is destroyed with the batch, so that nothing made with it can be tied to anybody; this key has to
outlive batches, or nobody would be known again. It is never used for anything released: row ids, date shifts and
surrogates know nothing of it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from factory.core.errors import StorageError
from factory.core.files import storage_errors

FOLDER = ".register"
"""Where the register lies when nobody names a place: beside the run folders."""
_KEY, _LEDGER, _LOCK = "register.key", "ledger.sqlite", ".lock"
_BYTES = 32
SHORT = 16
"""Bytes of a digest: two of 2**40 people share one with a chance below 10**-14."""


@dataclass(frozen=True)
class Register:
    """A folder only its owner may read: the key, and the ledger of who was in which batch."""

    home: Path
    secret: bytes = field(repr=False)

    @property
    def ledger(self) -> Path:
        """The file of `ledger.Ledger`."""
        return self.home / _LEDGER

    @property
    def mark(self) -> str:
        """Says which key this is, and nothing of it."""
        return self._digest("mark", b"").hex()

    def person(self, owner: str, key: str) -> bytes:
        """Digest of a person, by the key under which `owner` of the data knows them."""
        return self._digest("person", repr((owner, key)).encode("utf-8", "surrogatepass"))

    def rows(self, content: int) -> bytes:
        """Digest of what a person's rows hold, from `people.content_of`."""
        return self._digest("rows", content.to_bytes(_BYTES, "big"))

    def _digest(self, purpose: str, data: bytes) -> bytes:
        return hmac.digest(self.secret, purpose.encode() + b"\x1f" + data, hashlib.sha256)[:SHORT]

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the register until the block ends; the kernel lets go if this process dies. Raises: StorageError."""
        with storage_errors(self.home):
            handle = os.open(self.home / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            with storage_errors(self.home):
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def open_register(home: Path) -> Register:
    """The register in the folder `home`, begun where there is none.

    Raises: StorageError when it cannot be read, or has lost its key.
    """
    path = home / _KEY
    with storage_errors(home):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            if (home / _LEDGER).exists():
                raise StorageError(f"The register {home} has lost its key.", "Restore it from a backup.")
            _begin(path)
        secret = path.read_bytes()
    if len(secret) != _BYTES:
        raise StorageError(f"{path} is not a key of a register.", "Restore it from a backup.")
    return Register(home, secret)


def _begin(path: Path) -> None:
    """Write a fresh key, unless another process does at the same time: then its key stands."""
    handle, name = tempfile.mkstemp(prefix=".part-", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(secrets.token_bytes(_BYTES))
            out.flush()
            os.fsync(out.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(part, path)
    finally:
        part.unlink(missing_ok=True)

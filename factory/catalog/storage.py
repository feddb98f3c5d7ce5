"""Where sealed files lie, each under its SHA-256: a folder by default, or whatever fsspec reaches, as S3.

Source: fsspec's specification of file systems; credentials are the environment's, as its drivers read them.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

from factory.core.errors import BundleInvalid, StorageError
from factory.core.files import atomic_path, sha256_file, storage_errors

_BLOCK, _BLOCKS = 2 << 20, 2
"""Bytes asked of a store at once, and how many such blocks a reader holds: the next comes while one is read."""
_FIX = "Is it there, and do the environment's credentials open it?"


@dataclass(frozen=True)
class Storage:
    """Files by digest. `url` is a folder, or an address as `s3://bucket/prefix`."""

    url: str

    def put(self, source: Path, digest: str) -> None:
        """Keep a file; it is there whole or not at all, and again it changes nothing.

        Raises: BundleInvalid when its bytes are not of that digest, StorageError, DiskFull.
        """
        if sha256_file(source) != digest:
            raise BundleInvalid(f"{source.name} changed while it was published.", "Publish it again.")
        if self.size(digest) == source.stat().st_size:
            return
        if self.local is not None:
            with atomic_path(self.local / digest) as part:
                shutil.copyfile(source, part)
            return
        with _said(self.url):
            fs, root = self._remote
            fs.put_file(str(source), f"{root}/{digest}")

    def size(self, digest: str) -> int | None:
        """Bytes of a file, or None where it is not there. Raises: StorageError."""
        if self.local is not None:
            with storage_errors(self.local):
                path = self.local / digest
                return path.stat().st_size if path.is_file() else None
        with _said(self.url):
            fs, root = self._remote
            fs.invalidate_cache()
            try:
                return int(fs.info(f"{root}/{digest}")["size"])
            except FileNotFoundError:
                return None

    def open(self, digest: str) -> BinaryIO:
        """A file to read and seek in. Raises: StorageError."""
        if self.local is not None:
            with storage_errors(self.local / digest):
                return (self.local / digest).open("rb", buffering=0)
        with _said(self.url):
            fs, root = self._remote
            ahead = {"block_size": _BLOCK, "cache_type": "background", "cache_options": {"maxblocks": _BLOCKS}}
            opened: BinaryIO = fs.open(f"{root}/{digest}", "rb", **ahead)
            return opened

    def read(self, digest: str, most: int) -> bytes:
        """All bytes of a small file, proven. Raises: StorageError."""
        with self.open(digest) as handle:
            data = handle.read(most + 1)
        if len(data) > most or hashlib.sha256(data).hexdigest() != digest:
            raise StorageError("A file of the catalogue is not the one that was published.", "Publish it again.")
        return data

    @property
    def local(self) -> Path | None:
        """The folder, where it is one."""
        return None if "://" in self.url else Path(self.url)

    @cached_property
    def _remote(self) -> tuple[Any, str]:
        """The driver, one for all threads: fsspec would make one for each, with connections of its own."""
        from fsspec.core import url_to_fs

        fs, root = url_to_fs(self.url)
        return fs, str(root).rstrip("/")


@contextlib.contextmanager
def _said(url: str) -> Iterator[None]:
    """Failures of a driver as one sentence: its own may hold keys."""
    scheme = url.partition("://")[0]
    try:
        yield
    except ImportError:
        raise StorageError(f"The driver of {scheme} addresses is not installed.", "Install the extra `s3`.") from None
    except StorageError:
        raise
    except Exception:  # noqa: BLE001 - drivers raise what they like
        raise StorageError(f"The storage at {scheme}://… cannot be used now.", _FIX) from None

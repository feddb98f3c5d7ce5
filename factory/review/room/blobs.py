"""The files of candidates, each stored once under the digest of its bytes, so that reviewed bytes cannot change."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Collection
from pathlib import Path

from factory.core.errors import ReviewError, StorageError
from factory.core.files import atomic_path, sha256_file, storage_errors
from factory.review.candidate import Candidate

_PIECE = 1 << 20
_YOUNG = 3600.0
"""Seconds for which a blob nobody refers to is left alone: a submission may be under way."""


def place(blobs: Path, digest: str) -> Path:
    """Where the blob of a digest lies."""
    return blobs / digest[:2] / digest


def bring_in(blobs: Path, folder: Path, candidate: Candidate) -> None:
    """Copy every file of a candidate, durably, under the digest it was listed with.

    Raises: ReviewError when a file is not what the candidate lists, StorageError, DiskFull.
    """
    for path, entry in sorted(candidate.files.items()):
        target = place(blobs, entry.sha256)
        with storage_errors(target):
            if target.is_file() and target.stat().st_size == entry.bytes and sha256_file(target) == entry.sha256:
                os.utime(target)  # it counts as young again, so that nobody sweeps it before we refer to it
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            _copy(folder / path, target, path, entry.sha256)


def check_there(blobs: Path, candidate: Candidate) -> None:
    """Every file of a candidate has been brought in. Raises: StorageError."""
    if not all(place(blobs, entry.sha256).is_file() for entry in candidate.files.values()):
        raise StorageError("Files of the candidate were cleared away while it came in.", "Submit it again.")


def proven(blobs: Path, digest: str, path: str) -> Path:
    """Where a blob lies, after its bytes were digested anew. Raises: ReviewError, StorageError."""
    file = place(blobs, digest)
    with storage_errors(file):
        if sha256_file(file) != digest:
            raise ReviewError(f"{path} is not as it was submitted.", "Restore the room's blobs from a backup.")
    return file


def _copy(source: Path, target: Path, path: str, digest: str) -> None:
    seen = hashlib.sha256()
    with atomic_path(target, mode=0o444) as part:
        with source.open("rb") as handle, part.open("wb") as out:
            while piece := handle.read(_PIECE):
                seen.update(piece)
                out.write(piece)
        if seen.hexdigest() != digest:
            raise ReviewError(f"{path} was changed after the candidate was made.", "Produce the run again.")


def sweep(blobs: Path, wanted: Collection[str]) -> int:
    """Remove blobs that no submission refers to and nobody is bringing in; returns how many."""
    gone = 0
    with storage_errors(blobs):
        for path in sorted(blobs.glob("*/*")):
            young = time.time() - path.stat().st_mtime < _YOUNG
            if path.name not in wanted and not young:
                path.unlink()
                gone += 1
    return gone

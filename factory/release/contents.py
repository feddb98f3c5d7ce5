"""The files of a bundle, folder or ZIP alike: names, digests, and bytes checked as they are read."""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from factory.core.documents import LARGEST_DOCUMENT
from factory.core.errors import BundleInvalid, StorageError
from factory.core.files import sha256_file, storage_errors
from factory.release import ziparchive
from factory.review.candidate import FileEntry, walk

_PIECE = 1 << 20


@dataclass(frozen=True)
class Contents:
    """Files of a bundle by path. `members` holds the places in the archive, where it is one."""

    root: Path
    files: dict[str, FileEntry]
    members: dict[str, ziparchive.Member] | None = None

    def copy(self, path: str, out: BinaryIO) -> None:
        """Copy a file to `out`, and be sure that its bytes are those digested when it was opened.

        Raises: BundleInvalid, OSError.
        """
        entry, digest, size = self.files[path], hashlib.sha256(), 0
        with self._open(path) as (handle, left):
            while size < left and (piece := handle.read(min(_PIECE, left - size))):
                out.write(piece)
                digest.update(piece)
                size += len(piece)
        if size != entry.bytes or digest.hexdigest() != entry.sha256:
            raise BundleInvalid(f"{path} changed while the bundle was read.", "Verify it again.")

    def document(self, path: str) -> bytes:
        """All bytes of a small file. Raises: BundleInvalid when missing or too large, StorageError."""
        if path not in self.files:
            raise BundleInvalid(f"{path} is missing from the bundle.")
        if self.files[path].bytes > LARGEST_DOCUMENT:
            raise BundleInvalid(f"{path} is larger than {LARGEST_DOCUMENT} bytes.")
        return self.whole(path)

    def whole(self, path: str) -> bytes:
        """All bytes of a file, whatever its size. Raises: BundleInvalid, StorageError."""
        out = io.BytesIO()
        with storage_errors(self.root):
            self.copy(path, out)
        return out.getvalue()

    @contextlib.contextmanager
    def _open(self, path: str) -> Iterator[tuple[BinaryIO, int]]:
        if self.members is None:
            with (self.root / path).open("rb") as handle:
                yield handle, self.files[path].bytes + 1
        else:
            with self.root.open("rb") as handle:
                handle.seek(self.members[path].start)
                yield handle, self.members[path].size


def open_contents(bundle: Path) -> Contents:
    """Read names and digests of a bundle's files. Raises: BundleInvalid, StorageError."""
    if not bundle.exists():
        raise StorageError(f"{bundle} is not there.", "Name a bundle's folder or its .zip file.")
    return _of_folder(bundle) if bundle.is_dir() else _of_zip(bundle)


def _of_folder(root: Path) -> Contents:
    files: dict[str, FileEntry] = {}
    for path in sorted(walk(root, BundleInvalid)):
        if len(files) >= ziparchive.MOST_FILES:
            raise BundleInvalid(f"The bundle holds more than {ziparchive.MOST_FILES} files.")
        with storage_errors(root / path):
            size = (root / path).stat().st_size
            files[path] = FileEntry(sha256=sha256_file(root / path), bytes=size)
    return Contents(root, files)


def _of_zip(root: Path) -> Contents:
    if not root.is_file():
        raise BundleInvalid(f"{root.name} is neither a folder nor a file.")
    with storage_errors(root), root.open("rb") as handle:
        members = ziparchive.read(handle)
    files = {name: FileEntry(sha256=member.sha256, bytes=member.size) for name, member in members.items()}
    return Contents(root, files, members)

"""ZIP and gzip: each member is read as the file it is."""

from __future__ import annotations

import gzip
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO, BinaryIO, cast

from factory.scan.cells import CellScan
from factory.scan.opened import Opened
from factory.scan.report import FileRead
from factory.scan.tally import Tally

DEEPEST = 4
_IN_MEMORY = 32 << 20
_LARGEST_RATIO, _ALWAYS_FINE = 500, 256 << 20
_BLOCK = 1 << 20


class TooLarge(Exception):
    """A member that unpacks to so much more than it is packed that it is taken for a trap."""


def members(opened: Opened, tally: Tally, file: FileRead) -> Iterator[Opened]:
    """The members of a ZIP archive, each unpacked while it is looked at; comments are scanned with the archive."""
    file.how = "ZIP"
    cells = CellScan(tally, file)
    with zipfile.ZipFile(opened.handle) as archive:
        if archive.comment:
            cells.feed("", "comment", {archive.comment.decode("utf-8", "replace"): (1, 1)}, tabular=False)
        for info in archive.infolist():
            name = f"{opened.name}!{info.filename}"
            if info.is_dir():
                continue
            if info.comment:
                cells.feed("", "comment", {info.comment.decode("utf-8", "replace"): (1, 1)}, tabular=False)
            try:
                with archive.open(info) as packed, _unpacked(packed, info.compress_size) as handle:
                    yield Opened(name, handle, info.file_size, opened.depth + 1)
            except (RuntimeError, zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, TooLarge) as error:
                tally.files.append(
                    FileRead(name, "not read", info.file_size, unread=f"member ({type(error).__name__})")
                )
    cells.close()


def ungzipped(opened: Opened, file: FileRead) -> Iterator[Opened]:
    """What a gzip file holds."""
    file.how = "gzip"
    inner = PurePosixPath(opened.name).name.removesuffix(".gz")
    with gzip.GzipFile(fileobj=opened.handle) as packed, _unpacked(cast("IO[bytes]", packed), opened.size) as handle:
        size = handle.seek(0, 2)
        handle.seek(0)
        yield Opened(f"{opened.name}!{inner}", handle, size, opened.depth + 1)


def _unpacked(packed: IO[bytes], packed_size: int) -> BinaryIO:
    """A seekable copy, in memory while it is small. Raises: TooLarge."""
    copy = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the caller closes it
    size = 0
    while data := packed.read(_BLOCK):
        size += len(data)
        if size > _ALWAYS_FINE and size > _LARGEST_RATIO * max(packed_size, 1):
            copy.close()
            raise TooLarge
        copy.write(data)
    copy.seek(0)
    return cast("BinaryIO", copy)

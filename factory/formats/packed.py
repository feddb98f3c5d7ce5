"""Compressed files as streams that end where a bomb would begin."""

from __future__ import annotations

import io
from pathlib import PurePosixPath
from typing import BinaryIO

import pyarrow as pa

from factory.core.errors import BrokenFile

PACKINGS = {".gz": "gzip", ".zst": "zstd"}
"""Suffix of a compressed file, and the codec."""
MOST_EXPANSION = 200
"""How many times its size a compressed file may grow. Tables of real rows grow 3 to 30 times; zeros in gzip 1,000."""
FREE = 64 << 20
"""Bytes a file may grow to whatever its size: a small one with one value throughout is no attack."""


def packing(name: str) -> str | None:
    """The codec of a file, by its suffix."""
    return PACKINGS.get(PurePosixPath(name).suffix)


def check_expansion(name: str, packed: int, unpacked: int) -> None:
    """Refuse a file that grows as no table does. Raises: BrokenFile."""
    if unpacked > FREE and unpacked > MOST_EXPANSION * max(packed, 1):
        raise BrokenFile(
            f"{name} grows to more than {MOST_EXPANSION} times its size, as no table does.",
            "Look at what it holds; a file you trust may be unpacked by hand.",
        )


class Unpacked(io.RawIOBase):
    """What a compressed stream holds, read in pieces. Raises: BrokenFile when it is cut short, broken or a bomb."""

    def __init__(self, raw: BinaryIO, codec: str, name: str) -> None:
        super().__init__()
        self._raw = raw
        self._stream = pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), codec)
        self._name = name
        self._out = 0

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill a buffer. Raises: BrokenFile."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        try:
            piece = self._stream.read(len(view))
        except (OSError, pa.ArrowException):
            raise BrokenFile(
                f"{self._name} is not a whole compressed file.", "It may be cut short; copy or export it again."
            ) from None
        view[: len(piece)] = piece
        self._out += len(piece)
        check_expansion(self._name, self._raw.tell(), self._out)
        return len(piece)

    def close(self) -> None:
        """Close the file below too."""
        if not self.closed:
            self._raw.close()
        super().close()


def unpacked(raw: BinaryIO, name: str) -> BinaryIO:
    """The stream of a file's content, whether it is compressed or not."""
    codec = packing(name)
    return raw if codec is None else io.BufferedReader(Unpacked(raw, codec, name), 1 << 20)

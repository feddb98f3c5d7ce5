"""Arrays on disk for what must be known of every row or person: memory holds a piece of them at a time.

They lie in files without a name inside the folder of the run, in the source zone: the operating system takes them back
when the process ends, however it ends, and what a kill between making and un-naming one leaves goes with that folder.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from factory.core.files import storage_errors

Array = npt.NDArray[Any]
PIECE = 1 << 18
"""Entries in memory at once when an array is gone through."""
_PROBES = 1 << 12
"""Entries looked up before the pages they touched are let go: 16 MB of pages at most, each of 4 kB."""
_SMALL = 1 << 22
"""Bytes of an array whose pages may stay."""


class Spill:
    """Makes arrays on disk below `folder` (by default that of temporary files); all are closed with it."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(tempfile.gettempdir())
        self._made = contextlib.ExitStack()

    def __enter__(self) -> Spill:
        return self

    def __exit__(self, *error: object) -> None:
        self._made.close()

    def array(self, kind: npt.DTypeLike) -> Spilled:
        """A new, empty array. Raises: DiskFull, StorageError."""
        return self._made.enter_context(contextlib.closing(Spilled(self.folder, kind)))


class Spilled:
    """An array of numbers on disk: appended to, read in order, looked up by position.

    Writes end in DiskFull or StorageError. Reading may be done from several threads, writing from one.
    """

    def __init__(self, folder: Path, kind: npt.DTypeLike) -> None:
        self.dtype = np.dtype(kind)
        self._folder = folder
        self._length = 0
        self._map: mmap.mmap | None = None
        with storage_errors(folder):
            self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - lives as long as the array

    def __len__(self) -> int:
        return self._length

    def append(self, values: npt.ArrayLike) -> None:
        """Write entries after the last."""
        data = np.ascontiguousarray(values, dtype=self.dtype)
        view, at = data.view(np.uint8).data, self._length * self.dtype.itemsize
        with storage_errors(self._folder):
            while view:
                put = os.pwrite(self._file.fileno(), view, at)
                view, at = view[put:], at + put
        self._length += len(data)

    def grow(self, length: int, fill: Any) -> None:
        """Append `fill` up to `length` entries."""
        while len(self) < length:
            self.append(np.full(min(PIECE, length - len(self)), fill, dtype=self.dtype))

    def read(self, start: int, stop: int) -> Array:
        """Entries from `start` to before `stop`, as far as there are."""
        made = np.empty(max(0, min(stop, len(self)) - start), dtype=self.dtype)
        view, at = made.view(np.uint8).data, start * self.dtype.itemsize
        with storage_errors(self._folder):
            while view:
                got = os.preadv(self._file.fileno(), [view], at)
                view, at = view[got:], at + got
        return made

    def pieces(self, most: int | None = None) -> Iterator[tuple[int, Array]]:
        """The entries in order, `most` at a time (by default PIECE), each piece with where it starts."""
        size = most or PIECE
        for start in range(0, len(self), size):
            yield start, self.read(start, start + size)

    def take(self, at: Array) -> Array:
        """The entries at positions (n, from 0)."""
        made = np.empty(len(at), dtype=self.dtype)
        for here in self._batches(at):
            made[here] = self._view()[at[here]]
            self._let_go()
        return made

    def merge(self, ufunc: np.ufunc, at: Array, values: Array) -> None:
        """Entry = ufunc(entry, value) for each position (n, some maybe equal) and value (n)."""
        for here in self._batches(at):
            ufunc.at(self._view(), at[here], values[here].astype(self.dtype))
            self._let_go()

    def searchsorted(
        self, values: Array, side: Literal["left", "right"] = "left", first: int = 0, last: int | None = None
    ) -> npt.NDArray[np.int64]:
        """Where values (n) belong among the entries from `first` to before `last`, which ascend."""
        made = np.full(len(values), first, dtype=np.int64)
        if len(self):
            for here in self._batches(values):
                made[here] += self._view()[first:last].searchsorted(values[here], side)
                self._let_go()
        return made

    def shuffle(self, rng: np.random.Generator) -> None:
        """Put the entries into a random order, the one that `rng` gives an array in memory."""
        if len(self):
            rng.shuffle(self._view())
            self._let_go()

    def close(self) -> None:
        """Give the space back."""
        self._map, self._length = None, 0
        self._file.close()

    def _batches(self, keys: Array) -> Iterator[Array | slice]:
        """Parts of the keys such that the entries near each part are few pages."""
        if len(self) * self.dtype.itemsize <= _SMALL:
            yield slice(None)
            return
        order = np.argsort(keys, kind="stable")
        for start in range(0, len(order), _PROBES):
            yield order[start : start + _PROBES]

    def _view(self) -> Array:
        size = self._length * self.dtype.itemsize
        held = self._map
        if held is None or len(held) != size:
            with storage_errors(self._folder):
                held = self._map = mmap.mmap(self._file.fileno(), size)
        return np.frombuffer(held, dtype=self.dtype)

    def _let_go(self) -> None:
        held = self._map
        if held is not None and len(held) > _SMALL:
            held.madvise(mmap.MADV_DONTNEED)

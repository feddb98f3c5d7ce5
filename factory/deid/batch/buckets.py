"""Records on disk by bucket, so that all of one bucket can be in memory together and no two buckets need be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from factory.deid.batch.spill import PIECE, Array, Spill

_MIX = np.uint64(0x9E3779B97F4A7C15)
_MOST = 1 << 12


class Buckets:
    """Columns of records. Each piece added is written in the order of its buckets; a bucket is read from all pieces."""

    def __init__(self, spill: Spill, count: int, kinds: Sequence[npt.DTypeLike]) -> None:
        self.count = count
        self._columns = [spill.array(kind) for kind in kinds]
        self._edges: list[npt.NDArray[np.int64]] = []

    def add(self, bucket: Array, *columns: Array) -> None:
        """Add records (n): the bucket of each, and its entry in each column. Raises: DiskFull, StorageError."""
        start = len(self._columns[0])
        order = np.argsort(bucket, kind="stable") if self.count > 1 else slice(None)
        for held, values in zip(self._columns, columns, strict=True):
            held.append(values[order])
        sizes = np.bincount(bucket, minlength=self.count)
        self._edges.append(start + np.concatenate([[0], np.cumsum(sizes)]))

    def read(self, bucket: int) -> list[Array]:
        """The records of one bucket in the order they were added, a column each."""
        edges = [(int(one[bucket]), int(one[bucket + 1])) for one in self._edges]
        return [
            np.concatenate([np.zeros(0, held.dtype), *(held.read(start, stop) for start, stop in edges)])
            for held in self._columns
        ]

    def parts(self, bucket: int) -> Iterator[list[Array]]:
        """The same, a piece at a time."""
        for one in self._edges:
            yield [held.read(int(one[bucket]), int(one[bucket + 1])) for held in self._columns]


def buckets_for(records: int) -> int:
    """A power of two: how many buckets make each small enough."""
    return min(_MOST, 1 << max(0, (records - 1) // PIECE).bit_length())


def spread_evenly(keys: Sequence[Array], count: int) -> npt.NDArray[np.int64]:
    """Bucket of each record (n), the same for equal keys; a key is one or more columns of whole numbers."""
    mixed = np.zeros(len(keys[0]), dtype=np.uint64)
    for key in keys:
        mixed = (mixed ^ key.astype(np.uint64)) * _MIX
        mixed ^= mixed >> np.uint64(32)
    return (mixed % np.uint64(count)).astype(np.int64)

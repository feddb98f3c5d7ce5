"""Measurements of a table's columns with their people, on disk, and each column in the order of its values."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from factory.deid.batch.buckets import Buckets, buckets_for
from factory.deid.batch.spill import PIECE, Array, Spill, Spilled
from factory.deid.operators.base import Ints

Floats = npt.NDArray[np.float64]
_RECORD = np.dtype([("value", np.float64), ("person", np.int32)])
_SAMPLE = 1 << 16


class Measured:
    """Values and people by column, all columns in one file: a table may have more of them than files may be open.

    `starts`, `means`: room for the pools that are made of them, by column in the same way.
    """

    def __init__(self, spill: Spill) -> None:
        self.spill = spill
        self.starts = spill.array(np.float64)
        self.means = spill.array(np.float64)
        self._held = spill.array(_RECORD)
        self._parts: dict[str, list[tuple[int, int]]] = {}

    def add(self, column: str, values: Floats, people: Ints) -> None:
        """Add measurements (n), none missing, with their people. Raises: DiskFull, StorageError."""
        records = np.empty(len(values), dtype=_RECORD)
        records["value"], records["person"] = values, people
        start = len(self._held)
        self._held.append(records)
        self._parts.setdefault(column, []).append((start, len(self._held)))

    def count(self, column: str) -> int:
        """Measurements of a column."""
        return sum(stop - start for start, stop in self._parts.get(column, ()))

    def pieces(self, column: str) -> Iterator[tuple[Floats, Ints]]:
        """Values and people of a column as they were added."""
        for first, last in self._parts.get(column, ()):
            for start in range(first, last, PIECE):
                records = self._held.read(start, min(start + PIECE, last))
                yield np.ascontiguousarray(records["value"]), np.ascontiguousarray(records["person"])

    def ascending(self, column: str, spill: Spill) -> tuple[Spilled, Spilled]:
        """Values in ascending order, and the person of each. Raises: DiskFull, StorageError."""
        values, people = spill.array(np.float64), spill.array(np.int32)
        edges = self._edges(column)
        # A value that many share could fill a bucket alone, so that each edge has a bucket which needs no sorting.
        with Spill(spill.folder) as scratch:
            buckets = Buckets(scratch, 2 * len(edges) + 1, (np.float64, np.int32))
            for value, person in self.pieces(column):
                at = np.searchsorted(edges, value)
                on = edges[np.minimum(at, len(edges) - 1)] == value if len(edges) else np.zeros(len(at), dtype=bool)
                buckets.add(2 * at + on, value, person)
            for bucket in range(buckets.count):
                for value, person in buckets.parts(bucket) if bucket % 2 else [buckets.read(bucket)]:
                    order: Array | slice = slice(None) if bucket % 2 else np.argsort(value, kind="stable")
                    values.append(value[order])
                    people.append(person[order])
        return values, people

    def _edges(self, column: str) -> Floats:
        """Values that part the column into buckets small enough, by a sample of it."""
        rows = self.count(column)
        step, count = max(1, rows // _SAMPLE), buckets_for(rows)
        sample = np.sort(np.concatenate([np.zeros(0), *(values[::step] for values, _ in self.pieces(column))]))
        at = np.arange(1, count) * len(sample) // count
        edges: Floats = np.unique(sample[at])
        return edges

"""The keys of a table on disk: whether they are unique, and which row a link points to.

A key is held as two keyed 64-bit hashes (SipHash), 128 bits in all, under salts drawn for the process: two keys of a
billion alike in both have a chance of one in 10^20. Sorted buckets are looked up by position, so memory holds neither
keys nor hashes of all rows.
"""

from __future__ import annotations

import secrets

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pandas.util import hash_array

from factory.core.errors import DuplicateKey
from factory.deid.batch.buckets import Buckets, buckets_for
from factory.deid.batch.spill import Spill
from factory.deid.operators.base import Ints

Hashes = npt.NDArray[np.uint64]


class KeyIndex:
    """Keys by row number: added in row order, then sorted, then looked up."""

    def __init__(self, spill: Spill) -> None:
        self._spill = spill
        self._salts = secrets.token_hex(8), secrets.token_hex(8)
        self._given = spill.array(np.uint64), spill.array(np.uint64)
        self._first, self._second = spill.array(np.uint64), spill.array(np.uint64)
        self._row = spill.array(np.int32)
        self._missing = 0
        self._twice = 0

    def add(self, keys: pa.Array) -> None:
        """Add the keys of the next rows (strings). Raises: DiskFull, StorageError."""
        self._missing += keys.null_count
        for held, hashes in zip(self._given, self._hashes(keys), strict=True):
            held.append(hashes)

    def finish(self) -> None:
        """Sort what was added, after which rows can be looked up. Raises: DiskFull, StorageError."""
        count = buckets_for(len(self._given[0]))
        with Spill(self._spill.folder) as scratch:
            buckets = Buckets(scratch, count, (np.uint64, np.uint64, np.int32))
            for start, first in self._given[0].pieces():
                second = self._given[1].read(start, start + len(first))
                # By the leading bits, so that the buckets one after the other are in order.
                bucket = (first >> np.uint64(64 - 12)).astype(np.int64) * count >> 12
                buckets.add(bucket, first, second, np.arange(start, start + len(first), dtype=np.int32))
            for number in range(count):
                self._sorted(*buckets.read(number))
        for held in self._given:
            held.close()

    def check(self, name: str, file: str) -> None:
        """Raise DuplicateKey where a row has no key, or two have one."""
        if self._missing:
            raise DuplicateKey(f"{file}: key {name} is empty in {self._missing:,} rows.", "A key names each row.")
        if self._twice:
            raise DuplicateKey(
                f"{file}: key {name} is not unique in {self._twice:,} rows.", "Each row needs a key of its own."
            )

    def rows_of(self, keys: pa.Array) -> Ints:
        """Row number of each key (n strings), -1 where there is none such."""
        made = np.full(len(keys), -1, dtype=np.int32)
        asked = np.flatnonzero(keys.is_valid().to_numpy(zero_copy_only=False))
        if not len(self._row) or not len(asked):
            return made
        first, second = (hashes[asked] for hashes in self._hashes(keys))
        at = self._first.searchsorted(first)
        while len(asked):
            near = np.minimum(at, len(self._row) - 1)
            same = (at < len(self._row)) & (self._first.take(near) == first)
            found = same & (self._second.take(near) == second)
            made[asked[found]] = self._row.take(near[found])
            # Two keys alike in the first hash stand side by side.
            on = same & ~found
            asked, first, second, at = asked[on], first[on], second[on], at[on] + 1
        return made

    def _hashes(self, keys: pa.Array) -> tuple[Hashes, Hashes]:
        texts = keys.fill_null("").to_numpy(zero_copy_only=False)
        first, second = (hash_array(texts, hash_key=salt, categorize=False) for salt in self._salts)
        return first, second

    def _sorted(self, first: Hashes, second: Hashes, row: Ints) -> None:
        order = np.lexsort((second, first))
        first, second = first[order], second[order]
        self._twice += int(((first[1:] == first[:-1]) & (second[1:] == second[:-1])).sum())
        self._first.append(first)
        self._second.append(second)
        self._row.append(row[order])

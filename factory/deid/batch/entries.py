"""What a search needs of the rows, counted over partitions: entries on disk, fewer than rows where people are alike.

Rows alike in all quasi-identifiers, at the finest level, are one entry once k people have them: no generalisation parts
them, so any class that holds them is large enough, and who they are matters no more. Other rows are an entry a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.deid.anonymity.classes import BoolArray, IntArray, combine, compact
from factory.deid.anonymity.table import Combinations
from factory.deid.batch.buckets import Buckets, buckets_for, spread_evenly
from factory.deid.batch.quasi import Counts, Rows
from factory.deid.batch.spill import PIECE, Array, Spill
from factory.deid.operators.base import Ints

SETTLED = -1
"""Person of an entry that stands for k people or more."""
_WIDEST = 2**62


@dataclass(frozen=True)
class Classes:
    """Records of one bucket by class: class of each (n), and whether it holds fewer than k people."""

    ids: IntArray
    small: BoolArray


def words_of(codes: Sequence[Array], sizes: Sequence[int]) -> list[IntArray]:
    """Coded columns (each n) as few whole numbers, alike for rows alike: digits of mixed radix, 62 bits a number."""
    made: list[IntArray] = []
    span = 1
    for column, size in zip(codes, sizes, strict=True):
        if not made or span * size > _WIDEST:
            made.append(column.astype(np.int64))
            span = size
        else:
            made[-1] = made[-1] * size + column
            span *= size
    return made


def classes_of(words: Sequence[IntArray], people: Ints, k: int) -> Classes:
    """Classes of records, all those of a class among them. Few enough to be in memory."""
    coded = [pd.factorize(word) for word in words]
    ids, count = combine([codes.astype(np.int64) for codes, _ in coded], [len(found) for _, found in coded])
    settled = np.zeros(count, dtype=np.bool_)
    settled[ids[people == SETTLED]] = True
    open_ = people != SETTLED
    size = int(people.max(initial=0)) + 1
    pairs = pd.unique(ids[open_] * size + people[open_])
    return Classes(ids, (np.bincount(pairs // size, minlength=count) < k) & ~settled)


class Entries:
    """Entries of the rows of a table: leaves by column, person, rows. `people`: distinct people of all rows."""

    def __init__(self, rows: Rows, k: int, spill: Spill) -> None:
        self.k = k
        self.domains = rows.domains
        self.leaf_rows = rows.leaf_rows
        self.rows = len(rows)
        self.spill = spill
        self.people = rows.people(spill)
        self._leaves = [spill.array(np.int32) for _ in self.domains]
        self._people, self._counts = spill.array(np.int32), spill.array(np.int32)
        with Spill(spill.folder) as scratch:
            count = buckets_for(len(rows))
            buckets = Buckets(scratch, count, [np.int32] * (len(self.domains) + 1))
            for leaves, people in rows.pieces():
                buckets.add(spread_evenly(words_of(leaves, self._sizes), count), *leaves, people)
            for bucket in range(count):
                *leaves, people = buckets.read(bucket)
                self._collapse(leaves, people)

    def __len__(self) -> int:
        return len(self._people)

    def pieces(self) -> Iterator[tuple[list[Ints], Ints, Counts]]:
        """Leaves by column, person and number of rows of each entry."""
        for start in range(0, len(self), PIECE):
            stop = start + PIECE
            leaves = [held.read(start, stop) for held in self._leaves]
            yield leaves, self._people.read(start, stop), self._counts.read(start, stop).astype(np.int64)

    def combinations(self) -> Combinations:
        """All entries in memory, as cells starred one by one need them."""
        leaves = [held.read(0, len(self)) for held in self._leaves]
        people, rows = self._people.read(0, len(self)), self._counts.read(0, len(self))
        coded = [pd.factorize(word) for word in words_of(leaves, self._sizes)]
        ids, count = combine([codes.astype(np.int64) for codes, _ in coded], [len(found) for _, found in coded])
        first = np.zeros(count, dtype=np.int64)
        first[ids] = np.arange(len(ids))
        settled = people == SETTLED
        several = np.zeros(len(ids), dtype=np.bool_)
        several[~settled] = np.bincount(people[~settled], minlength=1)[people[~settled]] > 1
        alone = np.bincount(ids[~several & ~settled], minlength=count)
        alone[ids[settled]] = self.k
        size = int(people.max(initial=0)) + 1
        return Combinations(
            self.k,
            tuple(held[first].astype(np.int64) for held in leaves),
            np.bincount(ids, rows, count).astype(np.int64),
            alone,
            ids[several],
            compact(people[several].astype(np.int64), size)[0],
            (),
            self.people,
        )

    @property
    def _sizes(self) -> list[int]:
        return [len(d.loss[0]) for d in self.domains]

    def _collapse(self, leaves: list[Ints], people: Ints) -> None:
        if not len(people):
            return
        classes = classes_of(words_of(leaves, self._sizes), people, self.k)
        person = np.where(classes.small[classes.ids], people, SETTLED).astype(np.int64)
        size = int(people.max()) + 2
        codes, found = pd.factorize(classes.ids * size + person + 1)
        first: npt.NDArray[np.int64] = np.zeros(len(found), dtype=np.int64)
        first[codes[::-1]] = np.arange(len(codes))[::-1]
        for held, column in zip(self._leaves, leaves, strict=True):
            held.append(column[first])
        self._people.append(person[first])
        self._counts.append(np.bincount(codes, minlength=len(found)))

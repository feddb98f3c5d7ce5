"""The levels that lose least in classes of k people, searched over entries on disk, and what they make of each row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.core.errors import ContractError, TooFewPeople
from factory.deid.anonymity.classes import FloatArray, IntArray
from factory.deid.anonymity.lattice import Levels, Verdict, explore
from factory.deid.anonymity.local import Refined, descend, plain
from factory.deid.anonymity.node import Problem
from factory.deid.batch.buckets import Buckets, buckets_for, spread_evenly
from factory.deid.batch.entries import Entries, classes_of, words_of
from factory.deid.batch.exceptions import GONE, Exceptions
from factory.deid.batch.spill import Array, Spill
from factory.deid.operators.base import Ints


@dataclass(frozen=True)
class Found:
    """The level of each column, counted from the finest allowed, and the rows that are not shown at it."""

    node: Levels
    exceptions: Exceptions


def search(entries: Entries, max_suppressed: float, max_local: float) -> Found:
    """The levels of least loss at which a share `max_suppressed` of the people, at most, lose a row.

    `max_local`: share of people whose rows may have cells starred one by one before rows are suppressed; 0 for none.
    Raises: TooFewPeople, ContractError, DiskFull, StorageError.
    """
    if entries.people < entries.k:
        raise TooFewPeople(
            f"The table holds {entries.people} people, and {entries.k} are to be alike.",
            f"Ask for a k of {entries.people} at most.",
        )
    judge = _Judge(entries, max_suppressed)
    node = explore(judge.losses, judge).best
    if max_local:
        problem = Problem(entries.combinations(), entries.domains, judge.weights)
        best = descend(problem, plain(problem, node) if node else None, max_suppressed, max_local)
        if best is not None:
            return Found(best.node, _starred(problem, best))
    if node is None:
        raise ContractError(
            f"No levels allowed keep the limits with {max_suppressed:.1%} of the people suppressed at most.",
            "Allow more general levels, or a smaller k.",
        )
    return Found(node, judge.exceptions(node))


class _Judge:
    """Judges nodes, all columns of one weight, with the records of one bucket of classes in memory at a time."""

    def __init__(self, entries: Entries, allowed: float) -> None:
        self.entries = entries
        self.allowed = allowed
        count = len(entries.domains)
        self.weights: FloatArray = np.ones(count) / count
        shares = [rows / entries.rows for rows in entries.leaf_rows]
        self.losses: list[FloatArray] = [
            np.array([weight * float(share @ loss) for loss in d.loss])
            for d, weight, share in zip(entries.domains, self.weights, shares, strict=True)
        ]

    def __call__(self, node: Levels) -> Verdict:
        """Verdict on a node; one that cannot be released is not judged to the end."""
        gone: Ints = np.zeros(0, dtype=np.int32)
        more = 0.0
        with Spill(self.entries.spill.folder) as scratch:
            buckets, words = self._classes(node, scratch)
            for bucket in range(buckets.count):
                *keys, people, lost = buckets.read(bucket)
                if not len(people):
                    continue
                classes = classes_of(keys[:words], people, self.entries.k)
                small = classes.small[classes.ids]
                more += float(lost[small].sum())
                gone = pd.unique(np.concatenate([gone, people[small]]))
                if len(gone) / self.entries.people > self.allowed:
                    return Verdict(np.inf, np.inf, len(gone) / self.entries.people, False, True)
        penalty = more / self.entries.rows
        loss = sum(float(column[level]) for column, level in zip(self.losses, node, strict=True))
        return Verdict(loss + penalty, penalty, len(gone) / self.entries.people, True, False)

    def exceptions(self, node: Levels) -> Exceptions:
        """The classes of a node that hold fewer than k people."""
        domains = self.entries.domains
        made = Exceptions(
            [d.groups[level] for d, level in zip(domains, node, strict=True)],
            [d.sizes[level] for d, level in zip(domains, node, strict=True)],
        )
        with Spill(self.entries.spill.folder) as scratch:
            buckets, words = self._classes(node, scratch)
            for bucket in range(buckets.count):
                *keys, people, _ = buckets.read(bucket)
                if len(people):
                    classes = classes_of(keys[:words], people, self.entries.k)
                    first = np.zeros(len(classes.small), dtype=np.int64)
                    first[classes.ids] = np.arange(len(classes.ids))
                    at = first[classes.small]
                    made.add([key[at] for key in keys[:words]], np.full(len(at), GONE, dtype=np.int64))
        made.finish()
        return made

    def _classes(self, node: Levels, scratch: Spill) -> tuple[Buckets, int]:
        """Records of all entries by class: words of the class, person, what suppressing its rows loses more."""
        domains = list(zip(self.entries.domains, node, self.weights, strict=True))
        sizes = [d.sizes[level] for d, level, _ in domains]
        words = len(words_of([np.zeros(0, dtype=np.int64)] * len(sizes), sizes))
        count = buckets_for(len(self.entries))
        buckets = Buckets(scratch, count, (*[np.int64] * words, np.int32, np.float64))
        penalties = [d.loss[level] * weight for d, level, weight in domains]
        for leaves, people, rows in self.entries.pieces():
            groups: list[Array] = [d.groups[level][leaf] for (d, level, _), leaf in zip(domains, leaves, strict=True)]
            key = words_of(groups, sizes)
            lost = rows * (1.0 - _summed(penalties, leaves))
            buckets.add(spread_evenly(key, count), *key, people, lost)
        return buckets, words


def _summed(penalties: Sequence[FloatArray], leaves: Sequence[Ints]) -> FloatArray:
    made: FloatArray = np.zeros(len(leaves[0]))
    for penalty, leaf in zip(penalties, leaves, strict=True):
        made += penalty[leaf]
    return made


def _starred(problem: Problem, found: Refined) -> Exceptions:
    """Combinations of leaves of which cells are starred, or that are suppressed."""
    sizes = [len(d.loss[0]) for d in problem.domains]
    made = Exceptions([np.arange(size) for size in sizes], sizes)
    bits: npt.NDArray[np.int64] = found.stars.astype(np.int64) @ (1 << np.arange(len(sizes), dtype=np.int64))
    masks: IntArray = np.where(found.gone, GONE, bits)
    at = np.flatnonzero(masks)
    made.add(words_of([codes[at] for codes in problem.table.codes], sizes), masks[at])
    made.finish()
    return made

"""Rows of which something else is released than their levels say: all that are suppressed, and those with stars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from factory.deid.anonymity.classes import BoolArray, IntArray
from factory.deid.batch.entries import words_of
from factory.deid.batch.spill import Array

GONE = -1
Masks = npt.NDArray[np.int64]
"""GONE for a suppressed row, else the columns with a star as bits, 0 for a row that is as its levels say."""


class Exceptions:
    """Masks by class, or by combination of leaves. There are few: a policy says how many people may be concerned.

    `groups`: what a leaf of each column is in the key; `sizes`: how many such there are.
    """

    def __init__(self, groups: Sequence[Array], sizes: Sequence[int]) -> None:
        self._groups = groups
        self._sizes = sizes
        self._words: list[list[IntArray]] = []
        self._given: list[Masks] = []
        self._steps: list[IntArray] = []
        self._masks: Masks = np.zeros(0, dtype=np.int64)

    def add(self, words: list[IntArray], masks: Masks) -> None:
        """Add masks (n) by key, each once."""
        self._words.append(words)
        self._given.append(masks)

    def finish(self) -> None:
        """Sort what was added, after which rows can be looked up."""
        masks = np.concatenate([np.zeros(0, dtype=np.int64), *self._given])
        key = np.zeros(len(masks), dtype=np.int64)
        if len(masks):
            for word in (np.concatenate(parts) for parts in zip(*self._words, strict=True)):
                # Key and word as one number: ranks among those that are there.
                for values in (key, word):
                    self._steps.append(np.unique(values))
                key = self._fold(key, word, len(self._steps) - 2)[0]
        self._steps.append(np.unique(key))
        self._masks = masks[np.argsort(key, kind="stable")]
        self._words, self._given = [], []

    def of(self, leaves: Sequence[Array]) -> Masks:
        """Mask of each row (n) by its leaves, a column each."""
        made = np.zeros(len(leaves[0]), dtype=np.int64)
        if not len(self._masks):
            return made
        groups = [group[leaf] for group, leaf in zip(self._groups, leaves, strict=True)]
        key, known = np.zeros(len(made), dtype=np.int64), np.ones(len(made), dtype=np.bool_)
        for step, word in enumerate(words_of(groups, self._sizes)):
            key, there = self._fold(key, word, 2 * step)
            known &= there
        at, there = _rank(self._steps[-1], key)
        return np.where(known & there, self._masks[at], made)

    def _fold(self, key: IntArray, word: IntArray, step: int) -> tuple[IntArray, BoolArray]:
        high, there = _rank(self._steps[step], key)
        low, also = _rank(self._steps[step + 1], word)
        return high * len(self._steps[step + 1]) + low, there & also


def _rank(known: IntArray, values: IntArray) -> tuple[IntArray, BoolArray]:
    """Place of each value (n) among those known, and whether it is one of them."""
    at = np.minimum(np.searchsorted(known, values), len(known) - 1)
    return at, known[at] == values

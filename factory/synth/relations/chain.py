"""Which event follows which: a Markov chain over items, backed off where too few people show a step."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.synth.relations.prepare import Rows
from factory.synth.rows import People

# Wider chains take a table of steps that no longer fits a small machine; the rarer items then follow no item.
_MOST_ITEMS = 1500


class Chain:
    """P(item | item before, whether at the same moment); a step fewer than `fewest` people begin from is not used.

    Items held by fewer than `fewest` people have no code (-1) and are never drawn.
    """

    def __init__(self, fewest: int) -> None:
        self._fewest = fewest

    @property
    def items(self) -> int:
        """Number of items that can be drawn."""
        return len(self._levels)

    def fit(self, items: pd.Series, nth: Rows, same: npt.NDArray[np.bool_], people: People) -> None:
        """Learn from events (n) in order of parent and time: item, position, whether no time passed before it."""
        named = items.to_numpy(dtype=object)
        there = pd.DataFrame({"item": named, "person": people}).dropna()
        holders = there.drop_duplicates().groupby("item").size()
        kept = holders[holders >= self._fewest].sort_values(ascending=False, kind="stable")
        self._levels: list[str] = sorted(str(name) for name in kept.index[:_MOST_ITEMS])
        codes = self.codes(items)
        size = self.items
        steps = np.zeros((2, size + 1, max(size, 1)))
        held = np.zeros((2, size + 1))
        drawable = codes >= 0
        before = np.r_[-1, codes[:-1]]
        before[nth == 0] = -1
        now = drawable & (nth > 0)
        flag = same.astype(int)
        np.add.at(steps, (flag[now], before[now] + 1, codes[now]), 1.0)
        started = drawable & (nth == 0)
        first = np.bincount(codes[started], minlength=max(size, 1)).astype(float)
        for f in (0, 1):
            seen = np.unique(np.stack([before[now & (flag == f)], people[now & (flag == f)]]), axis=1)
            if seen.size:
                held[f] = np.bincount(seen[0] + 1, minlength=size + 1)
        overall = np.bincount(codes[drawable], minlength=max(size, 1)).astype(float)
        self._cumulated = np.zeros_like(steps)
        for f in (0, 1):
            margin = steps[f].sum(0) if steps[f].sum() else overall
            for b in range(size + 1):
                row = steps[f, b] if held[f, b] >= self._fewest else margin
                self._cumulated[f, b] = _cumulated(row)
        self._first = _cumulated(first if first.sum() else overall)
        self._chances = np.diff(self._cumulated, axis=2, prepend=0.0).reshape(2 * (size + 1), -1)
        self.shares = np.maximum(overall, 1e-9) / max(overall.sum(), 1e-9)

    def codes(self, items: pd.Series) -> Rows:
        """Code of each item (n), -1 where it is missing or too rare."""
        return np.asarray(pd.Index(self._levels, dtype=object).get_indexer(pd.Index(items.to_numpy(dtype=object))))

    def names(self, codes: Rows) -> npt.NDArray[np.object_]:
        """Item of each code (n), None for -1."""
        table = np.array([*self._levels, None], dtype=object)
        return table[codes]

    def draw(
        self,
        before: Rows,
        same: npt.NDArray[np.bool_],
        first: bool,
        rng: np.random.Generator,
        wanted: npt.NDArray[np.float64] | None = None,
    ) -> Rows:
        """The next item of each parent (n), given the item before and whether no time has passed.

        `wanted` (n, items) are shares that each parent's events to come should have; a step's chances are weighed by
        how far they exceed what is usual.
        """
        if not self.items:
            return np.full(len(before), -1)
        dice = rng.random(len(before))
        state = same.astype(np.int64) * (self.items + 1) + before + 1
        if wanted is not None:
            return self._weighed(state, first, dice, wanted)
        if first:
            return np.searchsorted(self._first, dice, side="right").clip(max=self.items - 1)
        made = np.empty(len(before), dtype=np.int64)
        order = np.argsort(state, kind="stable")
        edges = np.flatnonzero(np.r_[True, np.diff(state[order]) != 0, True])
        flat = self._cumulated.reshape(-1, self._cumulated.shape[2])
        for a, b in itertools.pairwise(edges):
            rows = order[a:b]
            made[rows] = np.searchsorted(flat[state[rows[0]]], dice[rows], side="right")
        return made.clip(max=self.items - 1)

    def _weighed(
        self, state: Rows, first: bool, dice: npt.NDArray[np.float64], wanted: npt.NDArray[np.float64]
    ) -> Rows:
        usual = np.diff(self._first, prepend=0.0) if first else self._chances[state]
        chances = usual * (wanted / self.shares)
        total = chances.sum(1)
        # Where no wanted item can follow, the wanted ones are drawn as such.
        lost = total <= 0
        chances[lost] = wanted[lost] + 1e-12
        cumulated = np.cumsum(chances, axis=1)
        made: Rows = (cumulated <= (dice * cumulated[:, -1])[:, None]).sum(1)
        return made.clip(max=self.items - 1)


def _cumulated(weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    total = weights.sum()
    made: npt.NDArray[np.float64] = np.cumsum(weights) / total if total else np.linspace(0, 1, len(weights) + 1)[1:]
    return made

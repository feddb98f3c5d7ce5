"""Search of a generalisation lattice for the node that loses least, exact, with few nodes judged.

A node is one level a column. The loss of a node is what generalising every row loses (a sum over columns, known
without looking at the data's classes) plus a penalty for the rows it must suppress. The penalty of the limits that
only falls as levels rise bounds every finer node from below; a node that breaks those limits beyond the allowance
rules all finer ones out. Paths are searched by halving, as in Flash (Kohlmayer et al. 2012, PASSAT) and OLA (El Emam
et al. 2009, JAMIA 16:670); the bound is branch and bound over the whole lattice, so the node found is the best one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from factory.core.errors import ContractError
from factory.deid.anonymity.classes import FloatArray

Levels = tuple[int, ...]

MOST_NODES = 4_000_000
_EQUAL = 1e-12


@dataclass(frozen=True)
class Verdict:
    """What a node costs.

    `loss`: its loss in all. `penalty`: the part no finer node is without. `suppressed`: share of people suppressed.
    `fits`: it may be released. `hopeless`: neither it nor any finer node may.
    """

    loss: float
    penalty: float
    suppressed: float
    fits: bool
    hopeless: bool


@dataclass(frozen=True)
class Exploration:
    """The best node, or None where none fits; the nodes there are; the verdict on each node judged."""

    best: Levels | None
    nodes: int
    judged: dict[Levels, Verdict]


def explore(losses: list[FloatArray], judge: Callable[[Levels], Verdict]) -> Exploration:
    """Find the node of least loss among those that fit.

    `losses`: for each column, what each of its levels loses, rising. Raises: ContractError for too large a lattice.
    """
    return _Search(losses, judge).run()


class _Search:
    def __init__(self, losses: list[FloatArray], judge: Callable[[Levels], Verdict]) -> None:
        self.shape = tuple(len(column) for column in losses)
        nodes = int(np.prod([float(height) for height in self.shape]))
        if nodes > MOST_NODES:
            raise ContractError(
                f"The hierarchies make a lattice of {nodes} nodes; {MOST_NODES} can be searched.",
                "Protect fewer columns at once, or allow fewer levels.",
            )
        self.losses = losses
        self.judge = judge
        self.bound = np.zeros(self.shape)
        for axis, column in enumerate(losses):
            self.bound = self.bound + column.reshape([-1 if at == axis else 1 for at in range(len(losses))])
        self.base = self.bound.copy()
        self.penalty = np.zeros(self.shape)
        self.judged: dict[Levels, Verdict] = {}
        self.best: Levels | None = None
        self.least = np.inf

    def run(self) -> Exploration:
        """Take the open node with the lowest bound until none can be better than the best."""
        while True:
            at = tuple(int(level) for level in np.unravel_index(int(np.argmin(self.bound)), self.shape))
            if self.bound[at] >= self.least - _EQUAL:
                return Exploration(self.best, int(self.bound.size), self.judged)
            path = self._path(at)
            low, high = 0, len(path) - 1
            while low <= high:
                middle = (low + high) // 2
                if self._visit(path[middle]).fits:
                    high = middle - 1
                else:
                    low = middle + 1
            if np.isfinite(self.bound[at]):
                self._visit(at)

    def _path(self, start: Levels) -> list[Levels]:
        """Nodes from `start` upward, each step the cheapest, as far as they could still be better than the best."""
        path, node = [start], start
        while True:
            steps = [
                (self.losses[axis][level + 1] - self.losses[axis][level], axis)
                for axis, level in enumerate(node)
                if level + 1 < self.shape[axis]
            ]
            if not steps:
                return path
            axis = min(steps)[1]
            node = (*node[:axis], node[axis] + 1, *node[axis + 1 :])
            if self.base[node] >= self.least - _EQUAL:
                return path
            path.append(node)

    def _visit(self, node: Levels) -> Verdict:
        if node in self.judged:
            return self.judged[node]
        verdict = self.judged[node] = self.judge(node)
        finer = tuple(slice(0, level + 1) for level in node)
        penalty = np.inf if verdict.hopeless else verdict.penalty
        self.penalty[finer] = np.maximum(self.penalty[finer], penalty)
        closed = np.isinf(self.bound[finer])
        self.bound[finer] = np.where(closed, np.inf, self.base[finer] + self.penalty[finer])
        self.bound[node] = np.inf
        if verdict.fits and verdict.loss < self.least - _EQUAL:
            self.best, self.least = node, verdict.loss
        return verdict

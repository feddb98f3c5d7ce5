"""Where rows land in a forest: all trees as one, entered by a die; and the chances there of what is a class alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from factory.synth.trees.forest import Forest, Nodes
from factory.synth.trees.walk import packed, worth

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Matrix = npt.NDArray[np.float32]

# Classes up to which each node keeps the chances of all; a longer list is drawn through donors.
MOST_CLASSES = 24


class Landing:
    """A forest's trees as one tree, so that rows of all trees land in one pass and none is copied.

    The first splits look at feature 0, which is a die in [0, 1): each tree gets its equal share of rows.
    """

    def __init__(self, forest: Forest, places: Ints) -> None:
        """`places` (p,) are the rows of the matrix that hold the features the forest was grown on."""
        many = len(forest.trees)
        self._heads = many - 1
        self._alone = all(tree.node_count == 1 for tree in forest.trees)
        self._nodes = forest.nodes
        states = [tree.__getstate__() for tree in forest.trees]
        heads = np.zeros(self._heads, dtype=states[0]["nodes"].dtype)
        parts = [heads]
        for state, first in zip(states, forest.first_node.tolist(), strict=True):
            nodes = state["nodes"].copy()
            inner = nodes["left_child"] >= 0
            for side in ("left_child", "right_child"):
                nodes[side][inner] += first + self._heads
            nodes["feature"][inner] = places[nodes["feature"][inner]]
            parts.append(nodes)
        roots = (forest.first_node + self._heads).tolist()
        free = iter(range(self._heads))
        _split(heads, roots, 0, many, free)
        nodes = np.concatenate(parts)
        self._packed = packed(nodes)
        deepest = max(state["max_depth"] for state in states) + many
        kind, _, _ = forest.trees[0].__reduce__()
        self._tree: Any = kind(int(places.max(initial=0)) + 1, np.ones(1, dtype=np.intp), 1)
        values = np.zeros((len(nodes), 1, 1))
        self._tree.__setstate__({"max_depth": deepest, "node_count": len(nodes), "nodes": nodes, "values": values})

    def leaves(self, matrix: Matrix) -> Ints:
        """The leaf of each column of the matrix (rows, n), whose row 0 holds dice."""
        if self._alone:
            which: Ints = (matrix[0] * (self._heads + 1)).astype(np.int64)
            return which
        walk = worth.walk(matrix.shape[1])
        if walk is None:
            leaf: Ints = self._tree.apply(matrix.T)
        else:
            leaf = np.empty(matrix.shape[1], dtype=np.int64)
            walk(self._packed, matrix, leaf)
        leaf -= self._heads
        return leaf

    def climbed(self, node: Ints, rng: np.random.Generator) -> Ints:
        """The node each row climbs to from its leaf (n,)."""
        node = node.copy()
        moving = np.arange(len(node))
        while len(moving):
            moving = moving[rng.random(len(moving)) < self._nodes.climb[node[moving]]]
            node[moving] = self._nodes.parent[node[moving]]
        return node


def _split(heads: Any, roots: list[int], low: int, high: int, free: Iterator[int]) -> int:
    """A balanced tree of dice over the trees from `low` to `high`; the number of its first node."""
    if high - low == 1:
        return roots[low]
    at, middle = next(free), (low + high) // 2
    heads["feature"][at] = 0
    # A value equal to the threshold goes to the left.
    heads["threshold"][at] = np.nextafter(np.float32(middle / len(roots)), np.float32(0))
    heads["n_node_samples"][at] = heads["weighted_n_node_samples"][at] = 1
    heads["left_child"][at] = _split(heads, roots, low, middle, free)
    heads["right_child"][at] = _split(heads, roots, middle, high, free)
    return at


def chances(nodes: Nodes, classes: Ints, kinds: Ints) -> Floats:
    """For each of the `kinds` of classes (k,) but the last, and each node, the chance (k - 1, m) of it or an earlier.

    Those of a row that landed in a node, climbs from it by the nodes' own chances, and takes a donor where it stays.
    """
    size = np.maximum(nodes.end - nodes.start, 1)
    stays = np.empty((len(kinds), len(size)))
    for at, kind in enumerate(kinds):
        sums = np.concatenate([[0], np.cumsum(classes == kind)])
        stays[at] = (sums[nodes.end] - sums[nodes.start]) / size
    depth, up = np.zeros(len(size), dtype=np.int64), np.arange(len(size))
    while (moving := nodes.parent[up] != up).any():
        depth += moving
        up = nodes.parent[up]
    # From the roots, which nobody leaves, downwards.
    for level in range(1, int(depth.max(initial=0)) + 1):
        here = np.flatnonzero(depth == level)
        climb = nodes.climb[here]
        stays[:, here] = (1 - climb) * stays[:, here] + climb * stays[:, nodes.parent[here]]
    found: Floats = np.cumsum(stays, axis=0)[:-1]
    return found

"""Rows walked down a tree by compiled code where numba is there (the extra `fast`): the same leaves, sooner.

One row waits for memory at each node; eight walked side by side wait together, and nothing is guessed wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Matrix = npt.NDArray[np.float32]
Walk = Callable[[Any, Matrix, Ints], None]

NODE = np.dtype([("feature", np.int32), ("threshold", np.float32), ("left", np.int32), ("right", np.int32)])
# Rows that one process has walked down trees before compiling, which takes a second or two, repays itself.
WORTH = 10_000_000


class Worth:
    """Counts the rows that a process walks down trees, and compiles once they are many."""

    def __init__(self, worth: int = WORTH) -> None:
        self._left = worth

    def walk(self, rows: int) -> Walk | None:
        """What takes nodes, a matrix (rows, n) and leaves to fill (n,); None while rows were few, or without numba."""
        self._left -= rows
        return None if self._left > 0 else compiled()


worth = Worth()


def packed(nodes: Any) -> Any:
    """scikit-learn's nodes (m,) as `NODE`: leaves lead to themselves, and thresholds part the same float32 numbers."""
    made = np.zeros(len(nodes), dtype=NODE)
    leaf, here = nodes["left_child"] < 0, np.arange(len(nodes))
    threshold = nodes["threshold"].astype(np.float32)
    over = threshold > nodes["threshold"]
    threshold[over] = np.nextafter(threshold[over], np.float32(-np.inf))
    made["threshold"] = threshold
    made["feature"] = np.where(leaf, 0, nodes["feature"])
    made["left"] = np.where(leaf, here, nodes["left_child"])
    made["right"] = np.where(leaf, here, nodes["right_child"])
    return made


@cache
def compiled() -> Walk | None:
    """The compiled walk, or None where numba is not installed."""
    try:
        import numba
    except ImportError:
        return None

    @numba.njit(nogil=True)
    def next_of(nodes, matrix, at, row):  # type: ignore[no-untyped-def]
        node = nodes[at]
        return node.left if matrix[node.feature, row] <= node.threshold else node.right

    @numba.njit(nogil=True)
    def walk(nodes, matrix, leaves):  # type: ignore[no-untyped-def]
        row, rows = 0, len(leaves)
        while row + 8 <= rows:
            a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = 0
            moved = True
            while moved:
                b0, b1 = next_of(nodes, matrix, a0, row), next_of(nodes, matrix, a1, row + 1)
                b2, b3 = next_of(nodes, matrix, a2, row + 2), next_of(nodes, matrix, a3, row + 3)
                b4, b5 = next_of(nodes, matrix, a4, row + 4), next_of(nodes, matrix, a5, row + 5)
                b6, b7 = next_of(nodes, matrix, a6, row + 6), next_of(nodes, matrix, a7, row + 7)
                low = (a0 ^ b0) | (a1 ^ b1) | (a2 ^ b2) | (a3 ^ b3)
                high = (a4 ^ b4) | (a5 ^ b5) | (a6 ^ b6) | (a7 ^ b7)
                moved = (low | high) != 0
                a0, a1, a2, a3, a4, a5, a6, a7 = b0, b1, b2, b3, b4, b5, b6, b7
            leaves[row], leaves[row + 1], leaves[row + 2], leaves[row + 3] = a0, a1, a2, a3
            leaves[row + 4], leaves[row + 5], leaves[row + 6], leaves[row + 7] = a4, a5, a6, a7
            row += 8
        while row < rows:
            at, to = -1, 0
            while to != at:
                at = to
                to = next_of(nodes, matrix, at, row)
            leaves[row] = at
            row += 1

    made: Walk = walk
    return made

"""What is learned of one column: its forest, what leads it, the numbers of the row that it repeats or never passes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from factory.synth.trees.columns import Column, Matrix
from factory.synth.trees.echoes import Echoes
from factory.synth.trees.forest import Forest
from factory.synth.trees.linear import Products, Ridge

Ints = npt.NDArray[np.int64]
# Times a number that breaks an order is drawn before it is moved to the bound.
REDRAWN = 5


@dataclass
class Step:
    """How one column is drawn from the features before it; without a forest it is missing throughout."""

    column: Column
    lead: Ridge | None
    forest: Forest | None
    echoes: Echoes = field(default_factory=Echoes)
    features: Ints = field(default_factory=lambda: np.zeros(1, dtype=np.int64))


def kept(column: Column, lead: Matrix) -> Matrix:
    """What later columns learn of a lead (q, n): where a number lies about it; of a category the value says enough."""
    return lead[: int(column.category is None)]


class Stacked:
    """Features of columns passed, one below the other, in room that was made once; and their products for ridges."""

    def __init__(self, most: int, rows: int, products: Products) -> None:
        """At most `most` features of `rows` rows will come."""
        self._made = np.empty((most, rows), dtype=np.float32)
        self._height = 0
        self.products = products

    def add(self, block: Matrix) -> None:
        """Put a block (p, rows) below the others."""
        self._made[self._height : self._height + len(block)] = block
        self._height += len(block)
        self.products.add(block)

    @property
    def so_far(self) -> Matrix:
        """All features (p, rows)."""
        return self._made[: self._height]

"""What is learned of one column: its forest, what leads it, the numbers of the row that it repeats or never passes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from factory.synth.trees.columns import Column, Matrix
from factory.synth.trees.echoes import Echoes
from factory.synth.trees.forest import Forest
from factory.synth.trees.lead import Lead

Ints = npt.NDArray[np.int64]
# Times a number that breaks an order is drawn before it is moved to the bound.
REDRAWN = 5


@dataclass
class Step:
    """How one column is drawn from the features before it; without a forest it is missing throughout."""

    column: Column
    lead: Lead | None
    forest: Forest | None
    echoes: Echoes = field(default_factory=Echoes)
    features: Ints = field(default_factory=lambda: np.zeros(1, dtype=np.int64))


def kept(column: Column, lead: Matrix) -> Matrix:
    """What later columns learn of a lead: where a number lies about it; of a category the value says enough."""
    return lead[:, : int(column.category is None)]


class Stacked:
    """Blocks of features side by side, written into room that was made once: copies of all at each block cost more."""

    def __init__(self, rows: int, most: int) -> None:
        self._made = np.empty((rows, most), dtype=np.float32)
        self._width = 0

    def add(self, block: Matrix) -> None:
        """Put a block (rows, p) to the right of the others."""
        self._made[:, self._width : self._width + block.shape[1]] = block
        self._width += block.shape[1]

    @property
    def so_far(self) -> Matrix:
        """All blocks (rows, p)."""
        return self._made[:, : self._width]

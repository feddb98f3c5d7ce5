"""What is learned of one column: its forest, what leads it, the numbers of the row that it repeats or never passes."""

from __future__ import annotations

from collections.abc import Sequence
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


def stack(blocks: Sequence[Matrix], rows: int) -> Matrix:
    """Blocks of features side by side (rows, p), of which there may be none."""
    return np.hstack([np.zeros((rows, 0), dtype=np.float32), *blocks])

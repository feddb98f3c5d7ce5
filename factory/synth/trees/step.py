"""How one column is drawn: its forest, what leads it, and the numbers of the row that it repeats or never passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.synth.trees.columns import Column, Matrix, from_floats, to_floats
from factory.synth.trees.echoes import Echoes, repeated
from factory.synth.trees.forest import Forest
from factory.synth.trees.lead import Lead

Floats = npt.NDArray[np.float64]
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


def draw(
    step: Step, matrix: Matrix, n: int, before: Mapping[str, Floats], rng: np.random.Generator
) -> tuple[pd.Series, Matrix]:
    """Values (n,) for rows of features before the step (n, p), and what the step's lead says of them."""
    column = step.column
    extra = np.zeros((n, 0), dtype=np.float32)
    if step.forest is None or not n:
        return column.values(np.full(n, column.missing), np.zeros(n)), extra
    if step.lead is not None:
        extra = step.lead.predict(matrix)
    lead = extra[:, 0].astype(np.float64) if extra.shape[1] else np.zeros(n)
    x = stack([matrix, extra], n)
    x = (x if x.shape[1] else np.zeros((n, 1), dtype=np.float32))[:, step.features]
    if column.category is not None:
        return column.values(*step.forest.draw(x, lead, rng)), extra
    numbers, asked = np.full(n, np.nan), np.arange(n)
    for _ in range(REDRAWN):
        earlier = {name: values[asked] for name, values in before.items()}
        numbers[asked] = _numbers(step, step.forest, x[asked], lead[asked], earlier, rng)
        asked = asked[step.echoes.broken(numbers[asked], earlier)]
        if not len(asked):
            break
    if step.echoes.floors or step.echoes.ceilings:
        numbers = numbers.clip(*step.echoes.bounds(n, before))
        if column.number is not None:
            # What k people hold, and the contract's bounds, come before an order between columns.
            numbers = numbers.clip(column.number.low, column.number.high)
    return from_floats(numbers, column.name, column.dtype), extra


def _numbers(
    step: Step, forest: Forest, x: Matrix, lead: Floats, before: Mapping[str, Floats], rng: np.random.Generator
) -> Floats:
    column = step.column
    classes, scores = forest.draw(x, lead, rng)
    again = repeated(step.echoes.names, classes - column.missing - 1, before)
    # What cannot be repeated, for it is missing there, is drawn as any other number.
    plain = np.where(classes > column.missing, column.rest, classes)
    fresh = to_floats(column.values(plain, scores))
    if column.number is not None:
        again = again.clip(column.number.low, column.number.high)
    return np.where(np.isnan(again), fresh, again)


def kept(column: Column, lead: Matrix) -> Matrix:
    """What later columns learn of a lead: where a number lies about it; of a category the value says enough."""
    return lead[:, : int(column.category is None)]


def stack(blocks: Sequence[Matrix], rows: int) -> Matrix:
    """Blocks of features side by side (rows, p), of which there may be none."""
    return np.hstack([np.zeros((rows, 0), dtype=np.float32), *blocks])

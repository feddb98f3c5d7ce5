"""What the leads of all steps say of rows that are drawn side by side, their products taken panel by panel.

A lead is a product of its weights with all features before its step. Taken one step after another these are many
narrow products, which a processor takes at a fifth of the speed of few wide ones; so what a panel of features says is
added to all later leads at once, and only features since the last panel are left to a step's own product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Matrix = npt.NDArray[np.float32]

# Features from which a panel is worth a product of its own.
PANEL = 32


@dataclass(frozen=True)
class Lead:
    """A step's lead: `weights` (k, p) of the first p features, `constants` (k,), and the rows (k,) it is written to."""

    weights: Matrix
    constants: Matrix
    places: Ints


@dataclass(frozen=True)
class _Turn:
    """What one step's lead takes: a panel (weights of this and all later leads, features), then its own product."""

    panel: tuple[Matrix, slice] | None
    weights: Matrix
    features: slice
    said: slice
    places: Ints


class Leading:
    """Writes leads into a matrix (rows, n) whose row 0 holds dice and whose features follow in order."""

    def __init__(self, leads: Sequence[Lead | None]) -> None:
        """One for each step, in the order that steps are drawn; None where a step has none."""
        found = [lead for lead in leads if lead is not None]
        self._constants = np.concatenate([np.empty(0, np.float32), *(lead.constants for lead in found)])[:, None]
        width = max((lead.weights.shape[1] for lead in found), default=0)
        every = np.zeros((len(self._constants), width), dtype=np.float32)
        ends = np.cumsum([len(lead.weights) for lead in found])
        for held, end in zip(found, ends, strict=True):
            every[end - len(held.weights) : end, : held.weights.shape[1]] = held.weights
        self._turns: list[_Turn | None] = []
        at = edge = 0
        for lead in leads:
            if lead is None:
                self._turns.append(None)
                continue
            (many, known), panel = lead.weights.shape, None
            if known - edge >= PANEL:
                panel = (every[at:, edge:known].copy(), slice(1 + edge, 1 + known))
                edge = known
            said = slice(at, at + many)
            self._turns.append(_Turn(panel, lead.weights[:, edge:], slice(1 + edge, 1 + known), said, lead.places))
            at += many

    def begin(self, rows: int) -> Matrix:
        """What leads say of `rows` rows before any feature is known (leads, rows)."""
        return np.repeat(self._constants, rows, axis=1)

    def write(self, step: int, sums: Matrix, matrix: Matrix) -> None:
        """Writes the lead of the step whose turn it is; `sums` (leads, n) are as earlier steps left them."""
        turn = self._turns[step]
        if turn is None:
            return
        if turn.panel is not None:
            weights, features = turn.panel
            sums[turn.said.start :] += weights @ matrix[features]
        matrix[turn.places] = sums[turn.said] + turn.weights @ matrix[turn.features]

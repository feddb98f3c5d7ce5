"""What leads the trees of a column: ridges of its goals, and for a number one of its own score where it has one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from factory.synth.trees.linear import Ridge

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Matrix = npt.NDArray[np.float32]

# Rows with a score from which a ridge of the score alone is fitted.
FEWEST_OWN = 200


@dataclass(frozen=True)
class Lead:
    """Ridges from the columns before: of all goals, and of the score among the rows that have one."""

    goals: Ridge
    own: Ridge | None

    @property
    def outputs(self) -> int:
        """Predictions a row."""
        return int(self.goals.beta.shape[1])

    def line(self) -> tuple[Matrix, Matrix]:
        """Weights (p, q) and constants (q,) of all predictions."""
        weights, constants = self.goals.line()
        if self.own is not None:
            own, level = self.own.line()
            weights[:, 0], constants[0] = own[:, 0], level[0]
        return weights, constants.astype(np.float32)

    def predict(self, x: Matrix) -> Matrix:
        """Predictions (n, q); the first is the score's where it has a ridge of its own."""
        made = self.goals.predict(x)
        if self.own is not None:
            made[:, 0] = self.own.predict(x)[:, 0]
        return made.astype(np.float32)


def fit_lead(x: Matrix, goals: Floats, scores: Floats, own: Ints, asked: Ints, folds: Ints) -> tuple[Lead, Matrix]:
    """Fit on the rows `asked`, of which `own` have a score; predictions (n, q), out of fold where a row was fitted on.

    `x` (n, p), `goals` (n, q), `scores` (n,), `folds` (n,).
    """
    lead = Lead(Ridge(x[asked], goals[asked], folds[asked]), None)
    if len(own) >= FEWEST_OWN:
        lead = Lead(lead.goals, Ridge(x[own], scores[own, None], folds[own]))
    predicted = lead.predict(x)
    predicted[asked, int(lead.own is not None) :] = lead.goals.out_of_fold[:, int(lead.own is not None) :]
    if lead.own is not None:
        predicted[own, 0] = lead.own.out_of_fold[:, 0]
        lead.own.keep_light()
    lead.goals.keep_light()
    return lead, predicted

"""What leads the trees of a column: ridges of its goals, and for a number one of its own score where it has one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from factory.synth.trees.linear import Products, Ridge

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Matrix = npt.NDArray[np.float32]

# Rows with a score from which a ridge of the score alone is fitted.
FEWEST_OWN = 200


def fit_lead(
    products: Products, x: Matrix, goals: Floats, scores: Floats, own: Flags, known: Flags
) -> tuple[Ridge, Matrix]:
    """A ridge of all goals where `known`, its first of the score where they have one of their `own`; what it says.

    That is (q, n), and out of fold for a row that it was fitted on. `x` (p, n) are the features whose products were
    taken, `goals` (n, q), `scores`, `own` and `known` (n,).
    """
    lead, rows, apart = products.ridge(goals, known)
    predicted = lead.predict(x)
    predicted[:, rows] = apart
    if len(products.among(own)) >= FEWEST_OWN:
        score, rows, apart = products.ridge(scores[:, None], own)
        lead.weights[0], lead.constants[0] = score.weights[0], score.constants[0]
        predicted[0] = score.predict(x)[0]
        predicted[0, rows] = apart[0]
    return lead, predicted

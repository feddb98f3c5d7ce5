"""Ridge regressions that give a tree one sharp direction to split along, fitted on other people than they predict."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Matrix = npt.NDArray[np.float32]

# Strength of the ridge in rows: what this many rows say of a standardised feature is taken for chance.
RIDGE = 30.0


class Ridge:
    """Ridge regression of `y` (n, q) on `x` (n, p), both standardised inside; also its predictions out of fold."""

    def __init__(self, x: Matrix, y: Floats, folds: Ints) -> None:
        self.centre = x.mean(axis=0, dtype=np.float64)
        spread = x.std(axis=0, dtype=np.float64)
        self.scale = np.where(spread > 1e-9, spread, np.inf)
        self.level = y.mean(axis=0)
        z = np.hstack([(x - self.centre) / self.scale, np.ones((len(x), 1))])
        parts = [(z[folds == f], y[folds == f] - self.level) for f in range(folds.max() + 1)]
        grams = [(a.T @ a, a.T @ b) for a, b in parts]
        gram, moment = sum(g for g, _ in grams), sum(m for _, m in grams)
        weight = np.eye(z.shape[1]) * RIDGE
        weight[-1, -1] = 1e-6
        self.beta = np.linalg.solve(gram + weight, moment)
        self.out_of_fold = np.zeros_like(y, dtype=np.float64)
        for f, (own, own_moment) in enumerate(grams):
            beta = np.linalg.solve(gram - own + weight, moment - own_moment)
            self.out_of_fold[folds == f] = parts[f][0] @ beta + self.level
        total = ((y - self.level) ** 2).sum(axis=0)
        self.explained = 1 - ((y - self.out_of_fold) ** 2).sum(axis=0) / np.maximum(total, 1e-12)

    def keep_light(self) -> None:
        """Forget what only the fit needs."""
        self.out_of_fold = np.empty((0, 0))

    def line(self) -> tuple[Matrix, Floats]:
        """Weights (p, q) of the features as they come, and constants (q,)."""
        weights = self.beta[:-1] / self.scale[:, None]
        constants: Floats = self.beta[-1] + self.level - self.centre @ weights
        return weights.astype(np.float32), constants

    def predict(self, x: Matrix) -> Floats:
        """Predictions (n, q)."""
        weights, constants = self.line()
        made: Floats = (x @ weights).astype(np.float64) + constants
        return made

"""Ridge regressions that give a tree one sharp direction to split along, fitted on other people than they predict."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Matrix = npt.NDArray[np.float32]

# Strength of the ridge in rows: what this many rows say of a standardised feature is taken for chance.
RIDGE = 30.0


@dataclass(frozen=True)
class Ridge:
    """Weights (q, p) of features as they come, and constants (q,)."""

    weights: Matrix
    constants: Matrix

    def predict(self, x: Matrix) -> Matrix:
        """Predictions (q, n) from features (p, n)."""
        made: Matrix = self.weights @ x + self.constants[:, None]
        return made


class Products:
    """Products of standardised features with each other, over the rows that ridges are fitted on, fold by fold.

    Features come in blocks, as the columns of a table are passed. The product of two is taken once, where a ridge for
    each column, fitted by itself, would take it as often as columns follow.
    """

    def __init__(self, rows: Ints, folds: Ints, most: int) -> None:
        """`rows` (r,) of a table whose `folds` are (n,); at most `most` features will come."""
        self._rows = rows[np.argsort(folds[rows], kind="stable")]
        sizes = np.bincount(folds[rows])
        self._folds = [slice(end - size, end) for end, size in zip(np.cumsum(sizes), sizes, strict=True)]
        # The first feature is 1 throughout, so that its weight is the constant.
        self._z = np.empty((1 + most, len(rows)))
        self._z[0] = 1.0
        self._gram = np.zeros((len(self._folds), 1 + most, 1 + most))
        self._gram[:, 0, 0] = sizes
        self._centre, self._scale = np.zeros(1 + most), np.ones(1 + most)
        self._many = 1

    @property
    def folds(self) -> int:
        """Folds that have rows."""
        return sum(fold.stop > fold.start for fold in self._folds)

    def among(self, known: Flags) -> Ints:
        """The rows that ridges are fitted on, as far as `known` (n,), in order."""
        return np.sort(self._rows[known[self._rows]])

    def add(self, block: Matrix) -> None:
        """Features (w, n) that follow those so far."""
        new = slice(self._many, self._many + len(block))
        self._centre[new] = block.mean(axis=1, dtype=np.float64)
        spread = block.std(axis=1, dtype=np.float64)
        self._scale[new] = np.where(spread > 1e-9, spread, np.inf)
        self._z[new] = (block[:, self._rows] - self._centre[new, None]) / self._scale[new, None]
        for gram, fold in zip(self._gram, self._folds, strict=True):
            gram[new, : new.stop] = self._z[new, fold] @ self._z[: new.stop, fold].T
            gram[: new.stop, new] = gram[new, : new.stop].T
        self._many = new.stop

    def ridge(self, y: Floats, known: Flags) -> tuple[Ridge, Ints, Matrix]:
        """The ridge of `y` (n, q) where `known` (n,); the rows (r,) it was fitted on; what others' say there (q, r).

        Each fold is predicted by the ridge of the other folds.
        """
        there = known[self._rows]
        goal = np.where(there[:, None], y[self._rows], 0.0)
        level = goal.sum(axis=0) / max(int(there.sum()), 1)
        goal = np.where(there[:, None], goal - level, 0.0)
        z = self._z[: self._many]
        grams = np.stack([self._gram_of(at, there) for at in range(len(self._folds))])
        moments = np.stack([z[:, fold] @ goal[fold] for fold in self._folds])
        gram, moment = grams.sum(axis=0), moments.sum(axis=0)
        weight = np.full(self._many, RIDGE)
        weight[0] = 1e-6
        gram.flat[:: self._many + 1] += weight
        apart = np.empty((y.shape[1], len(self._rows)))
        for own, own_moment, fold in zip(grams, moments, self._folds, strict=True):
            apart[:, fold] = _solved(gram - own, moment - own_moment).T @ z[:, fold]
        beta = _solved(gram, moment)
        weights = beta[1:] / self._scale[1 : self._many, None]
        constants = beta[0] + level - self._centre[1 : self._many] @ weights
        ridge = Ridge(np.ascontiguousarray(weights.T, dtype=np.float32), constants.astype(np.float32))
        return ridge, self._rows[there], (apart[:, there] + level[:, None]).astype(np.float32)

    def _gram_of(self, at: int, there: Flags) -> Floats:
        """Products (p, p) over the rows of a fold that are `there` (r,)."""
        fold, so_far = self._folds[at], slice(self._many)
        gram = self._gram[at, so_far, so_far]
        few = there[fold]
        if few.all():
            return gram
        z = self._z[so_far, fold]
        # Whichever are fewer: the rows that are left out, or those that stay.
        if 2 * few.sum() > len(few):
            return gram - _squared(z[:, ~few])
        return _squared(z[:, few])


def _squared(z: Floats) -> Floats:
    made: Floats = z @ z.T
    return made


def _solved(gram: Floats, moment: Floats) -> Floats:
    found: Floats = cho_solve(cho_factor(gram, check_finite=False), moment, check_finite=False)
    return found

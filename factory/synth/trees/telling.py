"""Which features a column's trees look at: those that tell of it more than chance would, one by one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Matrix = npt.NDArray[np.float32]

# Standard errors of a correlation from which it is more than chance.
SURE = 2.0
# Features that are looked at however little they tell, and the most that are: random thresholds are spread over them.
FEWEST = 24
MOST = 48


def telling(x: Matrix, goals: Floats, leads: int) -> Ints:
    """Places (k,) of the features of `x` (n, p) to grow trees on; the last `leads` of them always are.

    A feature is worth its greatest correlation with one of `goals` (n, q). Screening by marginal correlation keeps
    what matters with a chance that goes to one (Fan and Lv 2008).
    """
    many = x.shape[1]
    if many <= FEWEST or not goals.shape[1]:
        return np.arange(many)
    z, y = (v - v.mean(axis=0) for v in (x.astype(np.float64), goals))
    size = np.outer(np.sqrt((z**2).sum(axis=0)), np.sqrt((y**2).sum(axis=0)))
    found = np.abs(z.T @ y) / np.where(size > 1e-9, size, np.inf)
    worth = found.max(axis=1)
    worth[many - leads :] = np.inf
    order = np.argsort(-worth, kind="stable")
    sure = int((worth >= SURE / np.sqrt(len(x))).sum())
    return np.sort(order[: max(FEWEST, min(sure, MOST))])

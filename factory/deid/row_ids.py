"""Operator `random row id`: a number drawn at random, never a digest of the source id."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from factory.core.seeds import generator


def random_row_ids(rows: int, seed: int, table: str) -> npt.NDArray[np.int64]:
    """A number in 1..n for each of n rows of a table, by a random permutation.

    45 CFR 164.514(c)(1): a code may not be derived from information about the individual. The permutation is
    drawn from the run's secret seed, which stays in the source zone.
    """
    made: npt.NDArray[np.int64] = generator(seed, "row-ids", table).permutation(rows) + 1
    return made

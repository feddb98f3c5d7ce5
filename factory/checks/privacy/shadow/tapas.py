"""TAPAS: how many synthetic people agree with the target on random subsets of its cells.

Source: Houssiau et al. 2022, TAPAS: a Toolbox for Adversarial Privacy Auditing of Synthetic Data (NeurIPS workshop),
counting queries targeted at a record.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from factory.checks.features import Floats
from factory.core.seeds import generator

QUERIES = 150
_MOST_CELLS = 5
# Cells agree when they are the same, or when they are as near as this in the space of the population.
_NEAR = 0.05
_SAME = 1e-9


@dataclass(frozen=True)
class Queries:
    """Subsets of columns (queries x columns) and whether each asks for the same cells or for near ones (queries,)."""

    cells: Floats
    exact: npt.NDArray[np.bool_]


def queries(columns: int, seed: int) -> Queries:
    """Random subsets of one to five columns and the whole row, each with its own idea of agreement."""
    dice = generator(seed, "tapas")
    cells = np.zeros((QUERIES, columns))
    for query in range(QUERIES):
        width = int(dice.integers(1, min(_MOST_CELLS, columns) + 1))
        cells[query, dice.choice(columns, width, replace=False)] = 1.0
    cells[:2] = 1.0
    return Queries(cells, np.arange(QUERIES) % 2 == 0)


def counts(asked: Queries, distances: Floats) -> Floats:
    """log(1 + synthetic people that agree) a query, from distances to the target by cell (people x columns)."""
    made = np.zeros(len(asked.exact))
    for exact, within in ((True, _SAME), (False, _NEAR)):
        rows = asked.exact == exact
        agree = (distances <= within).astype(np.float32)
        cells = asked.cells[rows].astype(np.float32)
        made[rows] = (agree @ cells.T >= cells.sum(axis=1) - 0.5).sum(axis=0)
    return np.log1p(made)

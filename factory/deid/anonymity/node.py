"""One node of the lattice over a table's combinations: the classes it makes and what it loses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from factory.deid.anonymity.classes import BoolArray, FloatArray, IntArray, combine
from factory.deid.anonymity.domain import Domain
from factory.deid.anonymity.lattice import Levels, Verdict
from factory.deid.anonymity.table import Combinations


@dataclass(frozen=True)
class Problem:
    """A table's combinations, its quasi-identifiers, and each one's weight in the loss (they sum to 1)."""

    table: Combinations
    domains: list[Domain]
    weights: FloatArray

    def groups(self, node: Levels) -> list[IntArray]:
        """Group of each combination in each column."""
        return [d.groups[at][codes] for d, at, codes in zip(self.domains, node, self.table.codes, strict=True)]

    def classes(self, node: Levels) -> tuple[IntArray, int]:
        """Class of each combination, and the number of classes."""
        return combine(self.groups(node), [d.sizes[at] for d, at in zip(self.domains, node, strict=True)])

    def cell_losses(self, node: Levels) -> FloatArray:
        """Weighted penalty of each cell (combinations x columns); a row of ones would be all suppressed."""
        cells = [d.loss[at][codes] for d, at, codes in zip(self.domains, node, self.table.codes, strict=True)]
        made: FloatArray = np.stack(cells, axis=1) * self.weights
        return made

    def level_losses(self) -> list[FloatArray]:
        """For each column, the weighted mean penalty over all rows of each of its levels."""
        shares = self.table.rows / self.table.rows.sum()
        return [
            np.array([weight * float(shares @ loss[codes]) for loss in d.loss])
            for d, weight, codes in zip(self.domains, self.weights, self.table.codes, strict=True)
        ]

    def loss(self, cells: FloatArray, gone: BoolArray) -> float:
        """Mean over rows of the penalty of their cells, 1 for a suppressed row."""
        row = np.where(gone, 1.0, cells.sum(axis=1))
        return float(self.table.rows @ row / self.table.rows.sum())

    def judge(self, node: Levels, allowed: float) -> Verdict:
        """Verdict on a node where a share `allowed` of the people may be suppressed."""
        always, gone = self.table.settle(*self.classes(node))
        cells, everyone = self.cell_losses(node), self.table.people()
        row = cells.sum(axis=1)
        penalty = float(self.table.rows[always] @ (1.0 - row[always]) / self.table.rows.sum())
        suppressed = self.table.people(gone) / everyone
        hopeless = self.table.people(always) / everyone > allowed
        fits = suppressed <= allowed
        return Verdict(self.loss(cells, gone), penalty, suppressed, fits, hopeless)

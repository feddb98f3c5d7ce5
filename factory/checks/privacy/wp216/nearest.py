"""Square distances between attacked rows and synthetic rows, by block and by set of columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from factory.checks.comparison import Ints, Part
from factory.checks.privacy.wp216.records import Singles
from factory.checks.privacy.wp216.views import View

# Rows of a block times synthetic rows: a few matrices of so many distances lie in memory at once.
_CELLS = 4_000_000


@dataclass(frozen=True)
class Field:
    """A view's points a column: of the attacked of each part, and of the synthetic rows with the planted behind them.

    The first `rows` of `targets` are the synthetic rows.
    """

    view: View

    @cached_property
    def rows(self) -> int:
        """Synthetic rows."""
        return self.view.records.count("synthetic")

    @cached_property
    def targets(self) -> list[Singles]:
        """Points of synthetic rows and then of the planted training rows."""
        codes = self.view.records.codes
        return self.view.records.points(np.hstack([codes["synthetic"], codes["train"][:, self.view.planted]]))

    def attacked(self, part: Part) -> list[Singles]:
        """Points of the attacked rows of train or holdout."""
        return self.view.records.points(self.view.records.codes[part])

    def blocks(self, part: Part) -> Iterator[slice]:
        """Slices of the attacked rows, such that a block's distances fit in memory."""
        step = max(1, _CELLS // len(self.targets[0]))
        count = self.view.records.count(part)
        return (slice(start, min(start + step, count)) for start in range(0, count, step))

    def joined(self, columns: list[int]) -> Singles:
        """Targets' points over a set of columns (rows x places)."""
        return np.concatenate([self.targets[c] for c in columns], axis=1)


def squared(a: Singles, b: Singles) -> Singles:
    """Square distances (len(a) x len(b)), not below 0."""
    made: Singles = a @ b.T
    made *= -2
    made += np.einsum("ij,ij->i", a, a)[:, None]
    made += np.einsum("ij,ij->i", b, b)[None, :]
    return np.maximum(made, 0, out=made)


def spread_of_split(field: Field) -> Ints:
    """Columns of a view from the one that tells rows apart best to the one that does least."""
    codes = field.view.records.codes["synthetic"]
    tells = [_entropy(values) for values in codes]
    return np.argsort(-np.array(tells), kind="stable")


def _entropy(values: Singles) -> float:
    _, counts = np.unique(values, return_counts=True)
    share = counts / counts.sum()
    return float(-(share * np.log(share)).sum())

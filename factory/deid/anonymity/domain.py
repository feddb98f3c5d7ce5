"""A quasi-identifier and its hierarchy as arrays: the code of each row, and what each level makes of each code."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from factory.core.errors import ContractError
from factory.deid.anonymity.classes import BoolArray, FloatArray, IntArray, factorize
from factory.deid.anonymity.hierarchy import SUPPRESSED, Hierarchy


@dataclass(frozen=True)
class Domain:
    """One column over its distinct values, its leaves (m). Levels run from the finest allowed to the coarsest.

    `codes`: leaf of each row. `groups[level]`: group of each leaf. `labels[level]`: what a group is released as.
    `loss[level]`: certainty penalty of each leaf. `changed[level]`: leaves released as something else than they were.
    """

    name: str
    codes: IntArray
    lowest: int
    groups: tuple[IntArray, ...]
    sizes: tuple[int, ...]
    labels: tuple[pd.Series, ...]
    loss: tuple[FloatArray, ...]
    changed: tuple[BoolArray, ...]

    @property
    def height(self) -> int:
        """Number of levels."""
        return len(self.groups)

    def star(self, level: int) -> int:
        """Group that `*` is at a level (0 is the finest allowed); one past the last where none is."""
        found = np.flatnonzero(
            (self.labels[level].astype(object) == SUPPRESSED).to_numpy(dtype=np.bool_, na_value=False)
        )
        return int(found[0]) if len(found) else self.sizes[level]


def domain(values: pd.Series, hierarchy: Hierarchy, allowed: tuple[int, int] | None = None) -> Domain:
    """Compile a column (n rows) under a hierarchy, its levels kept within `allowed`, both ends included.

    Raises: ContractError where levels are not nested or not there; what the hierarchy raises.
    """
    top = len(hierarchy.names) - 1
    lowest, highest = allowed or (0, top)
    if not 0 <= lowest <= highest <= top:
        raise ContractError(f"The levels allowed for {values.name} are not within 0 to {top}.")
    codes, size = factorize(values)
    first = np.zeros(size, dtype=np.int64)
    first[codes] = np.arange(len(codes))
    leaves = values.iloc[first].reset_index(drop=True)
    if isinstance(leaves.dtype, pd.CategoricalDtype):
        leaves = leaves.astype(leaves.cat.categories.dtype)
    groups, sizes, labels, loss, changed = [], [], [], [], []
    for level in range(lowest, highest + 1):
        made = hierarchy.at(leaves, level)
        group, count = factorize(made)
        heads = np.zeros(count, dtype=np.int64)
        heads[group] = np.arange(size)
        groups.append(group)
        sizes.append(count)
        labels.append(made.iloc[heads].reset_index(drop=True))
        loss.append(hierarchy.loss(leaves, level))
        same = (made.astype(object) == leaves.astype(object)).to_numpy(dtype=np.bool_, na_value=False)
        changed.append(~(same | (made.isna() & leaves.isna()).to_numpy()))
    if any(not _nested(fine, coarse) for fine, coarse in itertools.pairwise(groups)):
        raise ContractError(
            f"The hierarchy of {values.name} is not nested: a level splits what a finer one has joined."
        )
    if any((coarse < fine - 1e-12).any() for fine, coarse in itertools.pairwise(loss)):
        raise ContractError(f"The hierarchy of {values.name} loses less at a coarser level than at a finer one.")
    return Domain(
        str(values.name), codes, lowest, tuple(groups), tuple(sizes), tuple(labels), tuple(loss), tuple(changed)
    )


def _nested(fine: IntArray, coarse: IntArray) -> bool:
    up = np.zeros(int(fine.max()) + 1 if len(fine) else 0, dtype=np.int64)
    up[fine] = coarse
    return bool((up[fine] == coarse).all())

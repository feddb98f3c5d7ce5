"""Record linkage: cells that agree with a synthetic row more often than chance lets them, whatever else is changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from factory.checks.neighbours import Floats, Ints
from factory.checks.privacy.attacks.view import View
from factory.core.seeds import generator

CITATION = "Fellegi and Sunter, JASA 1969, 64:1183"
# The share of a person's cells that a synthetic row made of theirs is taken to have kept.
KEPT = 0.3
# A rarer level weighs no more than one of this share: two that meet by chance in a row are no row of anybody's.
_RAREST = 0.005
# Columns of more levels are compared through their equal values alone, the others as products of indicators.
_DENSE_LEVELS = 40
_BLOCK = 1 << 23
Singles = npt.NDArray[np.float32]


def scores(view: View) -> Floats:
    """How much likelier it is that some synthetic row was made of the real one than that none was (n,), as a log.

    A cell that agrees weighs log((m + (1-m) p) / p) with p the level's share among all rows and m = KEPT, one that does
    not log(1-m); of the synthetic rows the mean of the likelihoods is taken, which the best match rules. The same of
    synthetic rows each of whose columns was shuffled is taken off: what single values give away is no row of anybody's,
    and under a generator of independent columns the two are exchangeable. `values` is that part.
    """
    return _likelihood(view, view.levels()) - values(view)


def values(view: View) -> Floats:
    """What single values give away (n,): the same likelihood with each column of the synthetic rows shuffled."""
    if "values" not in view.kept:
        dice = generator(view.seed, "matching", view.name)
        shuffled = [(real, made[dice.permutation(len(made))]) for real, made in view.levels()]
        view.kept["values"] = _likelihood(view, shuffled)
    found: Floats = view.kept["values"]
    return found


def _likelihood(view: View, levels: list[tuple[Ints, Ints]]) -> Floats:
    weighed = _Weighed.of(view, levels)
    made = np.empty(len(view.real))
    step = max(1, _BLOCK // len(view.made))
    for start in range(0, len(made), step):
        weight = weighed.against_made(slice(start, start + step))
        most = weight.max(axis=1)
        made[start : start + step] = most + np.log(np.exp(weight - most[:, None]).mean(axis=1))
    return made


@dataclass(frozen=True)
class _Weighed:
    """Indicators of levels of real rows, weighed, and of synthetic rows: of few levels, and of many."""

    real: Singles
    made: Singles
    real_many: sparse.csr_matrix
    made_many: sparse.csc_matrix

    @classmethod
    def of(cls, view: View, levels: list[tuple[Ints, Ints]]) -> _Weighed:
        few: list[tuple[Ints, Ints, Floats]] = []
        many: list[tuple[Ints, Ints, Floats]] = []
        for real, made in levels:
            weight = _weights(real, made)
            (few if len(weight) <= _DENSE_LEVELS else many).append((real, made, weight))
        n, m = len(view.real), len(view.made)
        return cls(
            np.ascontiguousarray(_indicators(few, 0, n).todense(), dtype=np.float32),
            np.ascontiguousarray(_indicators(few, 1, m).todense(), dtype=np.float32).T,
            _indicators(many, 0, n),
            _indicators(many, 1, m).T.tocsr(),
        )

    def against_made(self, rows: slice) -> Singles:
        """Weight of each pair of the real rows asked for and a synthetic row, but for what all have."""
        weight: Singles = self.real[rows] @ self.made
        if self.made_many.nnz:
            agree = (self.real_many[rows] @ self.made_many).tocoo()
            weight[agree.row, agree.col] += agree.data
        return weight


def _weights(real: Ints, made: Ints) -> Floats:
    """What agreement on each level weighs more than disagreement."""
    counts = np.bincount(np.concatenate([real, made])) + 0.5
    share = np.maximum(counts / counts.sum(), _RAREST)
    found: Floats = np.log((KEPT + (1 - KEPT) * share) / (share * (1 - KEPT)))
    return found


def _indicators(columns: list[tuple[Ints, Ints, Floats]], side: int, rows: int) -> sparse.csr_matrix:
    """Indicators of levels (rows x levels of all columns); those of real rows carry the weight."""
    starts = np.cumsum([0, *(len(column[2]) for column in columns)])
    at = np.concatenate([np.zeros(0, dtype=np.int64), *(c[side] + s for c, s in zip(columns, starts, strict=False))])
    data = np.concatenate([c[2][c[0]] for c in columns]) if columns and side == 0 else np.ones(len(at))
    where = np.tile(np.arange(rows), len(columns))
    return sparse.csr_matrix((data.astype(np.float32), (where, at)), shape=(rows, int(starts[-1])))

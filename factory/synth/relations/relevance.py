"""Which columns of a context say most about what is drawn: the rest only cost time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

Floats = npt.NDArray[np.float64]

_ROWS = 5_000
_LEVELS = 6
# Part of a column's variance below which what is left of it, once others are known, is rounding.
_LEFT = 1e-6


def relevant(
    context: pd.DataFrame,
    drawn: pd.DataFrame,
    most: int,
    groups: pd.Series | None = None,
    known: pd.DataFrame | None = None,
) -> list[str]:
    """At most `most` columns of `context` (n rows), in its order: those that together say most of the columns `drawn`.

    Chosen one after another (forward selection), each by what it says of the variance that those before it, and the
    columns `known` anyway, leave. Numbers count by their ranks (within `groups`, where given), categories by indicators
    of their commonest levels: so what hangs on a rare level counts for little, however closely it does.
    """
    if context.shape[1] <= most or not len(context):
        return list(context.columns)
    rows = np.unique(np.linspace(0, len(context) - 1, _ROWS).astype(int))
    group = None if groups is None else pd.factorize(groups.iloc[rows])[0]
    parts = [_coded(context[name].iloc[rows], None) for name in context.columns]
    goals = np.hstack([_coded(drawn[name].iloc[rows], group) for name in drawn.columns])
    given = [] if known is None else [_coded(known[name].iloc[rows], None) for name in known.columns]
    coded = np.hstack([*parts, *given])
    left = _Left(coded.T @ coded / len(rows), coded.T @ goals / len(rows))
    # What a part of no meaning would say of these goals on so few rows.
    chance = float(goals.var(axis=0).sum()) / len(rows)
    owner = np.repeat(np.arange(len(parts)), [part.shape[1] for part in parts])
    for part in range(len(owner), coded.shape[1]):
        left.take(part)
    chosen: list[int] = []
    for _ in range(most):
        says = np.bincount(owner, left.said()[: len(owner)] - chance, minlength=len(parts))
        says[chosen] = -np.inf
        chosen.append(int(says.argmax()))
        for own in np.flatnonzero(owner == chosen[-1]).tolist():
            left.take(own)
    return [str(context.columns[at]) for at in sorted(chosen)]


class _Left:
    """What is left of the products of parts with each other (p, p) and with goals (p, q) once some parts are known."""

    def __init__(self, own: Floats, goals: Floats) -> None:
        self._own, self._goals = own, goals
        self._whole = np.diag(own).copy()

    def said(self) -> Floats:
        """Variance of all goals that each part (p,) would explain next."""
        variance = np.diag(self._own)
        there = variance > _LEFT * self._whole
        found: Floats = (self._goals**2).sum(axis=1) / np.where(there, variance, 1.0) * there
        return found

    def take(self, part: int) -> None:
        """A part becomes known (a sweep of Gauss and Jordan)."""
        variance = self._own[part, part]
        if variance <= _LEFT * self._whole[part]:
            return
        column = self._own[:, part] / variance
        self._goals = self._goals - np.outer(column, self._goals[part])
        self._own = self._own - np.outer(column, self._own[part])


def _coded(values: pd.Series, group: npt.NDArray[np.int64] | None) -> Floats:
    """Centred columns (n, up to levels + 1) that stand for a column; no column where it is constant.

    Indicators as they are, ranks so that a number weighs what a flag of half of the rows does.
    """
    gone = values.isna().to_numpy()
    parts = [gone.astype(float)]
    if values.dtype == object:
        commonest = values.value_counts().index[:_LEVELS]
        parts += [(values == level).to_numpy(float) for level in commonest]
    else:
        numbers = values.to_numpy("float64", na_value=np.nan)
        if group is not None:
            ranked = pd.Series(numbers).groupby(group).rank(pct=True).fillna(0.5).to_numpy()
        else:
            ranked = np.where(gone, 0.5, rankdata(np.nan_to_num(numbers)) / max(len(gone), 1))
        parts.append(ranked * np.sqrt(3))
    made = np.stack(parts, axis=1)
    made = made - made.mean(axis=0)
    coded: Floats = made[:, made.std(axis=0) > 0]
    return coded

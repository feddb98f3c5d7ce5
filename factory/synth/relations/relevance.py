"""Which columns of a context say most about what is drawn: the rest only cost time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

Floats = npt.NDArray[np.float64]

_ROWS = 5_000
_LEVELS = 6
# Columns that are held against each other.
_ASKED = 120
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
    goals = np.hstack([_coded(drawn[name].iloc[rows], group) for name in drawn.columns])
    # What a part of no meaning would say of these goals on so few rows.
    chance = float(goals.var(axis=0).sum()) / len(rows)
    beyond = _Beyond(np.zeros((len(rows), 0)))
    if known is not None:
        beyond = _Beyond(np.hstack([_coded(known[name].iloc[rows], None) for name in known.columns]))
    parts = [beyond.of(_coded(context[name].iloc[rows], None)) for name in context.columns]
    alone = np.array([_said(part.T @ goals, (part**2).sum(axis=0), chance * len(rows)) for part in parts])
    # Those that say least alone are not asked: what parts say of each other grows with the square of their number.
    asked = np.sort(np.argsort(-alone, kind="stable")[: max(_ASKED, most)])
    owner = np.repeat(asked, [parts[at].shape[1] for at in asked])
    matrix = np.hstack([parts[at] for at in asked])
    left = _Left(matrix.T @ matrix / len(rows), matrix.T @ goals / len(rows))
    chosen: list[int] = []
    for _ in range(most):
        says = np.full(len(parts), -np.inf)
        says[asked] = np.bincount(owner, left.said() - chance, minlength=len(parts))[asked]
        says[chosen] = -np.inf
        chosen.append(int(says.argmax()))
        for own in np.flatnonzero(owner == chosen[-1]).tolist():
            left.take(own)
    return [str(context.columns[at]) for at in sorted(chosen)]


class _Beyond:
    """What columns say beyond those known anyway (n, k)."""

    def __init__(self, known: Floats) -> None:
        sides, size, _ = np.linalg.svd(known, full_matrices=False)
        self._known = sides[:, size > _LEFT * size.max(initial=0.0)]

    def of(self, part: Floats) -> Floats:
        """Columns (n, up to k): what is left of each of `part` (n, k); none of one of which nothing is."""
        left = part - self._known @ (self._known.T @ part)
        kept: Floats = left[:, (left**2).sum(axis=0) > _LEFT * (part**2).sum(axis=0)]
        return kept


def _said(products: Floats, squares: Floats, chance: float) -> float:
    """What parts (p,) say of all goals beyond chance, from their products with them (p, q) and their own squares."""
    return float(((products**2).sum(axis=1) / squares - chance).sum())


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

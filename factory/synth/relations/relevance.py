"""Which columns of a context say most about what is drawn: the rest only cost time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

_ROWS = 5_000
_LEVELS = 6


def relevant(context: pd.DataFrame, drawn: pd.DataFrame, most: int, groups: pd.Series | None = None) -> list[str]:
    """At most `most` columns of `context` (n rows), in its order: those most correlated with a column of `drawn`.

    Numbers count by their ranks (within `groups`, where given), categories by indicators of their commonest levels.
    """
    if context.shape[1] <= most or not len(context):
        return list(context.columns)
    rows = np.unique(np.linspace(0, len(context) - 1, _ROWS).astype(int))
    group = None if groups is None else pd.factorize(groups.iloc[rows])[0]
    goals = np.hstack([_coded(drawn[name].iloc[rows], group) for name in drawn.columns])
    said = []
    for name in context.columns:
        parts = _coded(context[name].iloc[rows], None)
        said.append(float(np.abs(parts.T @ goals).max()) / len(rows) if parts.size and goals.size else 0.0)
    best = np.argsort(-np.array(said), kind="stable")[:most]
    return [str(context.columns[at]) for at in sorted(best)]


def _coded(values: pd.Series, group: npt.NDArray[np.int64] | None) -> npt.NDArray[np.float64]:
    """Standardised columns (n, up to levels + 1) that stand for a column; no column where it is constant."""
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
            ranked = np.where(gone, 0.5 * len(gone), rankdata(np.nan_to_num(numbers)))
        parts.append(ranked)
    made = np.stack(parts, axis=1)
    made = made - made.mean(0)
    spread = made.std(0)
    coded: npt.NDArray[np.float64] = made[:, spread > 0] / spread[spread > 0]
    return coded

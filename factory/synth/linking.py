"""Which drawn child rows belong to which drawn person: matched on what both know, never made twice."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd


def stay_label(nth: pd.Series, total: pd.Series) -> pd.Series:
    """`1/1`, `1/2`, `2/3` ...: which child row of how many, both counted to three and more."""
    return nth.clip(upper=3).astype(str) + "/" + total.clip(upper=3).astype(str)


def match(wanted: pd.DataFrame, pool: pd.DataFrame, exact: list[str], near: str | None) -> npt.NDArray[np.int64]:
    """Row of `pool` for each row of `wanted`, without using a pool row twice while there are enough.

    Rows are first paired within equal values of all `exact` columns, the rest within ever fewer of them; in a group
    both sides are sorted by `near` and paired by rank, so that the dependence on it is kept.
    """
    chosen = np.full(len(wanted), -1, dtype=np.int64)
    free = np.ones(len(pool), dtype=bool)
    for depth in range(len(exact), -1, -1):
        open_rows = np.flatnonzero(chosen < 0)
        if not len(open_rows):
            break
        _pair_groups(wanted, pool, exact[:depth], near, open_rows, free, chosen)
    left = np.flatnonzero(chosen < 0)
    chosen[left] = left % len(pool)
    return chosen


def _pair_groups(
    wanted: pd.DataFrame,
    pool: pd.DataFrame,
    columns: list[str],
    near: str | None,
    open_rows: npt.NDArray[np.int64],
    free: npt.NDArray[np.bool_],
    chosen: npt.NDArray[np.int64],
) -> None:
    asked = _groups(wanted.iloc[open_rows], columns, open_rows)
    rows = np.flatnonzero(free)
    offered = _groups(pool.iloc[rows], columns, rows)
    for group, want in asked.items():
        have = offered.get(group)
        if have is None:
            continue
        count = min(len(want), len(have))
        # Where rows run short the first wanted ones are served, and the rest look in a wider group.
        served, choice = want[:count], have
        if near is not None:
            served = served[np.argsort(_numbers(wanted[near])[served], kind="stable")]
            choice = have[np.argsort(_numbers(pool[near])[have], kind="stable")]
        taken = choice[np.linspace(0, len(choice) - 1, count).round().astype(np.int64)]
        chosen[served] = taken
        free[taken] = False


def _groups(frame: pd.DataFrame, columns: list[str], rows: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[np.int64]]:
    if not columns:
        return {"": rows}
    label = frame[columns].astype(str).agg("\x1f".join, axis=1)
    codes, names = pd.factorize(label)
    order = np.argsort(codes, kind="stable")
    edges = np.searchsorted(codes[order], np.arange(len(names) + 1))
    return {str(name): rows[order[edges[i] : edges[i + 1]]] for i, name in enumerate(names)}


def _numbers(values: pd.Series) -> npt.NDArray[np.float64]:
    """Values to sort by; what is missing comes last."""
    return np.asarray(pd.to_numeric(values).to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)

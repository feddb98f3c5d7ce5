"""Tables of events: which column says what is measured, and what a parent knows of each item."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from factory.synth.relations.prepare import Level
from factory.synth.rows import Field

_EXPLAINED = 0.3
_LOOKED_AT = 20_000
_ROWS_A_PARENT = 4.0
# Items that at least this share of parents have get a level in each parent, the commonest first.
_COMMON = 0.2
_MOST_LEVELS = 24
_MOST_TALLIES = 40
# A column that each parent is told of needs so many parents to be learned from.
_PARENTS_A_LEVEL = 25


def item_of(level: Level, fields: Mapping[str, Field], twins: Collection[str]) -> str | None:
    """The category column that says what is measured: the one that explains most of the numbers' ranks, or None.

    Not one of `twins`, which repeat the number as text.
    """
    rows = level.rows.iloc[:: max(1, len(level.rows) // _LOOKED_AT)]
    numbers = [n for n in rows.columns if n in fields and fields[n].kind != "category" and rows[n].notna().sum() > 1]
    parents = len(np.unique(level.owner))
    if not numbers or len(level.rows) < _ROWS_A_PARENT * parents:
        return None
    found = {
        name: float(np.mean([_explained(rows[name], rows[number]) for number in numbers]))
        for name in rows.columns
        if name in fields and name not in twins and fields[name].kind == "category" and rows[name].nunique() > 1
    }
    best = max(found, key=lambda name: found[name], default=None)
    return best if best is not None and found[best] >= _EXPLAINED else None


def _explained(groups: pd.Series, values: pd.Series) -> float:
    """Share of the variance of the ranks of `values` that lies between groups (eta squared)."""
    there = values.notna().to_numpy() & groups.notna().to_numpy()
    if there.sum() < 2:
        return 0.0
    rank = pd.Series(rankdata(values[there].to_numpy("float64")))
    total = float(rank.var(ddof=0))
    means = rank.groupby(groups[there].to_numpy()).transform("mean")
    return float(means.var(ddof=0)) / total if total else 0.0


def item_levels(level: Level, item: str, fields: Mapping[str, Field], parents: int) -> pd.DataFrame:
    """Mean of the first number of each common item in each parent (a row a parent, a column an item).

    Drawn with the parent, they carry what its items have to do with each other and with the parent's own columns.
    """
    number = next(name for name in level.rows.columns if name in fields and fields[name].kind != "category")
    values = level.rows[number].astype("float64")
    means = values.groupby([level.owner, level.rows[item].to_numpy()]).mean().unstack()
    share = means.notna().sum() / max(parents, 1)
    common = (
        share[share >= _COMMON]
        .sort_values(ascending=False, kind="stable")
        .index[: min(_MOST_LEVELS, parents // _PARENTS_A_LEVEL)]
    )
    return means[sorted(common)].reindex(range(parents))


def item_tallies(level: Level, item: str, parents: int) -> pd.DataFrame:
    """How often each parent has each common item (a row a parent, a column an item)."""
    counts = pd.crosstab(level.owner, level.rows[item].to_numpy(dtype=object))
    share = (counts > 0).sum() / max(parents, 1)
    common = (
        share[share >= _COMMON]
        .sort_values(ascending=False, kind="stable")
        .index[: min(_MOST_TALLIES, parents // _PARENTS_A_LEVEL)]
    )
    return counts[sorted(common)].reindex(range(parents), fill_value=0)


def by_item(level: Level, item: str) -> Level:
    """The level with events of the same moment in the order of their items: no row of such a panel comes first."""
    codes = pd.factorize(level.rows[item], sort=True)[0]
    order = np.lexsort((codes, level.at, level.owner))
    rows = level.rows.iloc[order].reset_index(drop=True)
    return Level(rows, level.owner[order], level.people[order], level.at[order])

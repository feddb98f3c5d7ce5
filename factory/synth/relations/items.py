"""Tables of events: which column says what is measured, and what a parent knows of each item."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from factory.synth.relations.prepare import Level
from factory.synth.rows import Field

_EXPLAINED = 0.3
_LOOKED_AT = 20_000
_ROWS_A_PARENT = 4.0
# Items that at least this share of parents have get a level in each parent, and those that this share have a tally,
# the commonest first.
_COMMON = 0.1
_TALLIED = 0.02
_MOST_LEVELS = 40
# Items with so few different values have no level: what they take next follows from what they had.
_SCALE = 5
_MOST_TALLIES = 48
# A column that each parent is told of needs so many parents to be learned from.
_PARENTS_A_LEVEL = 10
# Fewer parents say too little of levels: drawn poorly, they would pull values to where they do not belong.
_PARENTS_FOR_LEVELS = 300


@dataclass(frozen=True)
class Told:
    """What parents know of their items, a row a parent, a column an item: mean, last value, number of events.

    Drawn with the parent, they carry what its items have to do with each other and with the parent's own columns.
    """

    levels: pd.DataFrame
    ends: pd.DataFrame
    tallies: pd.DataFrame


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


def tell(level: Level, item: str, fields: Mapping[str, Field], parents: int) -> Told:
    """What each parent knows of its common items, by the first number of their events."""
    number = next(name for name in level.rows.columns if name in fields and fields[name].kind != "category")
    items = level.rows[item].to_numpy(dtype=object)
    values = level.rows[number].astype("float64").groupby([level.owner, items])
    means, ends = values.mean().unstack(), values.last().unstack()
    different = level.rows[number].groupby(items).nunique()
    measured = means[[name for name in means.columns if different[name] > _SCALE]]
    common = _common(measured.notna(), parents, _COMMON, _MOST_LEVELS if parents >= _PARENTS_FOR_LEVELS else 0)
    counts = pd.crosstab(level.owner, items)
    tallied = _common(counts > 0, parents, _TALLIED, _MOST_TALLIES)
    every = range(parents)
    return Told(means[common].reindex(every), ends[common].reindex(every), counts[tallied].reindex(every, fill_value=0))


def _common(there: pd.DataFrame, parents: int, least: float, most: int) -> list[str]:
    share = there.sum() / max(parents, 1)
    found = share[(share >= least) & (share * parents >= _PARENTS_A_LEVEL)]
    found = found.sort_values(ascending=False, kind="stable")
    return sorted(str(name) for name in found.index[: min(most, parents // _PARENTS_A_LEVEL)])


def by_item(level: Level, item: str) -> Level:
    """The level with events of the same moment in the order of their items: no row of such a panel comes first."""
    codes = pd.factorize(level.rows[item], sort=True)[0]
    order = np.lexsort((codes, level.at, level.owner))
    rows = level.rows.iloc[order].reset_index(drop=True)
    return Level(rows, level.owner[order], level.people[order], level.at[order])

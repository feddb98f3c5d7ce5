"""Operators for values too few people share: generalise along a code hierarchy, pool, or top-code."""

from __future__ import annotations

import pandas as pd

from factory.contract import Column
from factory.deid.icd9 import ancestors

POOLED = "Other"


def people_behind(values: pd.Series, people: pd.Series) -> pd.Series:
    """Number of distinct people behind each value, indexed by value."""
    pairs = pd.DataFrame({"value": values, "person": people}).dropna().drop_duplicates()
    return pairs["value"].value_counts()


def common_categories(values: pd.Series, people: pd.Series, column: Column, k: int) -> pd.Series:
    """Replace each value that fewer than `k` people share.

    Along the code hierarchy where the column has one; pooled as `Other` where the code list is open; missing, or the
    commonest value where none may be missing, where it is closed. Pooled values fewer than `k` share go too.
    """
    made = values
    if column.climbs == "icd-9-cm":
        for level in (1, 2):
            made = _lift(made, people, k, level)
    if column.codes is None:
        made = made.where(~made.isin(_rare(made, people, k)), POOLED)
    last = _rare(made, people, k)
    if not last:
        return made
    if not column.required:
        return made.where(~made.isin(last), None)
    return made.where(~made.isin(last), people_behind(made, people).index[0])


def _rare(values: pd.Series, people: pd.Series, k: int) -> set[str]:
    behind = people_behind(values, people)
    return set(behind.index[behind < k])


def _lift(values: pd.Series, people: pd.Series, k: int, level: int) -> pd.Series:
    lifted = {value: ancestors(value)[level - 1] for value in _rare(values, people, k)}
    return values.replace(lifted) if lifted else values


def common_range(values: pd.Series, people: pd.Series, k: int) -> pd.Series:
    """Clip numbers to the range in which at least `k` people lie beyond, or at, each end."""
    per_person = values.groupby(people)
    highest, lowest = per_person.max().dropna(), per_person.min().dropna()
    if len(highest) < k:
        return values.where(values.isna())
    top = highest.sort_values(ascending=False).iloc[k - 1]
    bottom = lowest.sort_values().iloc[k - 1]
    return values.clip(lower=min(bottom, top), upper=max(bottom, top))


def shared_counts(values: pd.Series, people: pd.Series, k: int) -> pd.Series:
    """Whole numbers, neighbours pooled until at least `k` people share each; others are returned as given.

    A pool becomes its commonest value; measurements with decimals are left to the engine, which draws them smoothly.
    Source: univariate micro-aggregation, Domingo-Ferrer and Mateo-Sanz 2002 (IEEE TKDE 14:189).
    """
    known = values.dropna()
    if not len(known) or not (known % 1 == 0).all():
        return values
    behind = people_behind(values, people).sort_index()
    pools: list[list[float]] = [[]]
    held = 0
    for value, count in zip(behind.index.to_list(), behind.to_list(), strict=True):
        pools[-1].append(value)
        held += count
        if held >= k:
            pools.append([])
            held = 0
    if not pools[-1]:
        pools.pop()
    elif len(pools) > 1:
        pools[-2].extend(pools.pop())
    shown = {value: max(pool, key=lambda one: (behind[one], -one)) for pool in pools for value in pool}
    return values.map(shown).astype(values.dtype)

"""Operators for values too few people share: generalise along a code hierarchy, pool, or top-code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.contract import Column
from factory.deid.icd9 import ancestors

POOLED = "Other"
Ints = npt.NDArray[Any]
_PERSON_BITS = 32


def people_behind(values: pd.Series, people: pd.Series) -> pd.Series:
    """Number of distinct people behind each value, indexed by value."""
    pairs = pd.DataFrame({"value": values, "person": people}).dropna().drop_duplicates()
    return pairs["value"].value_counts()


def common_categories(values: pd.Series, people: pd.Series, column: Column, k: int) -> pd.Series:
    """Replace each value that fewer than `k` people share, as `shown_categories` says."""
    codes, labels = pd.factorize(values)
    made = shown_categories(labels.tolist(), codes, pd.factorize(people)[0], column, k)
    return pd.Series([made[code] if code >= 0 else None for code in codes], index=values.index, dtype=object)


def shown_categories(labels: Sequence[str], codes: Ints, people: Ints, column: Column, k: int) -> list[str | None]:
    """What each distinct value (m labels) is shown as, by the value and the person of each row (n codes, n people).

    Along the code hierarchy where the column has one; pooled as `Other` where the code list is open; missing, or the
    commonest value where none may be missing, where it is closed. Pooled values fewer than `k` share go too.
    """
    there = (codes >= 0) & (people >= 0)
    pairs = pd.unique((codes[there].astype(np.int64) << _PERSON_BITS) | people[there])
    held, person = pairs >> _PERSON_BITS, pairs & ((1 << _PERSON_BITS) - 1)
    shown: list[str | None] = list(labels)
    if column.climbs == "icd-9-cm":
        for level in (1, 2):
            rare = _rare(shown, held, person, k)
            shown = [ancestors(label)[level - 1] if label in rare else label for label in shown if label is not None]
    if column.codes is None:
        rare = _rare(shown, held, person, k)
        shown = [POOLED if label in rare else label for label in shown]
    behind = _behind(shown, held, person)
    last = {label for label, count in behind.items() if count < k}
    if not last:
        return shown
    instead = max(behind, key=lambda label: behind[label]) if column.required else None
    return [instead if label in last else label for label in shown]


def _rare(shown: Sequence[str | None], held: Ints, person: Ints, k: int) -> set[str]:
    return {label for label, count in _behind(shown, held, person).items() if count < k}


def _behind(shown: Sequence[str | None], held: Ints, person: Ints) -> dict[str, int]:
    """People behind each label, in the order the labels are first met."""
    groups, found = pd.factorize(np.array(shown, dtype=object))
    of = groups[held]
    # Only where values were put together may one person be met twice.
    merged = (np.bincount(groups, minlength=len(found)) > 1)[of]
    twice = pd.unique((of[merged].astype(np.int64) << _PERSON_BITS) | person[merged]) >> _PERSON_BITS
    counts = np.bincount(of[~merged], minlength=len(found)) + np.bincount(twice, minlength=len(found))
    return {label: int(count) for label, count in zip(found, counts, strict=True) if count}


def common_range(values: pd.Series, people: pd.Series, k: int) -> pd.Series:
    """Clip numbers to the range in which at least `k` people lie beyond, or at, each end."""
    ends = range_of(values, people, k)
    return values.where(values.isna()) if ends is None else values.clip(lower=ends[0], upper=ends[1])


def range_of(values: pd.Series, people: pd.Series, k: int) -> tuple[float, float] | None:
    """The lowest and highest number that at least `k` people reach; None where fewer than `k` have any."""
    per_person = values.groupby(people)
    highest, lowest = per_person.max().dropna(), per_person.min().dropna()
    if len(highest) < k:
        return None
    top = highest.sort_values(ascending=False).iloc[k - 1].item()
    bottom = lowest.sort_values().iloc[k - 1].item()
    return min(bottom, top), max(bottom, top)


def shared_counts(values: pd.Series, people: pd.Series, k: int) -> pd.Series:
    """Whole numbers, neighbours pooled until at least `k` people share each; others are returned as given.

    A pool becomes its commonest value; measurements with decimals are left to the engine, which draws them smoothly.
    Source: univariate micro-aggregation, Domingo-Ferrer and Mateo-Sanz 2002 (IEEE TKDE 14:189).
    """
    shown = pooled(values, people, k)
    return values if shown is None else values.map(shown).astype(values.dtype)


def pooled(values: pd.Series, people: pd.Series, k: int) -> dict[float, float] | None:
    """What each whole number is shown as; None where there are none, or some have decimals."""
    known = values.dropna()
    if not len(known) or not (known % 1 == 0).all():
        return None
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
    return {value: max(pool, key=lambda one: (behind[one], -one)) for pool in pools for value in pool}

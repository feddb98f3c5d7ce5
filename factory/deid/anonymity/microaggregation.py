"""Operator `micro_aggregate`: numbers become the mean of a group of at least k people alike.

Source: Domingo-Ferrer and Torra 2005 (Data Mining and Knowledge Discovery 11:195), MDAV. A table too large for it is
first cut into blocks at medians; a single column is grouped along its order, which needs no distances.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from factory.core.errors import ContractError, TooFewPeople, WrongType
from factory.deid.anonymity.classes import FloatArray, IntArray, Values, compact, factorize, people_in

BLOCK = 4096  # MDAV takes time in rows squared: about a second a block this large


@dataclass(frozen=True)
class Aggregated:
    """The columns (float64, index kept), the group of each row, and the share of the variance lost, by column.

    A row without any value has the group -1.
    """

    frame: pd.DataFrame
    groups: IntArray
    lost: dict[str, float]


def micro_aggregate(columns: pd.DataFrame, k: int, people: Values | None = None) -> Aggregated:
    """Replace numbers (n rows, one or a few columns) by means of groups of k or more distinct people.

    Groups are formed on all columns together, each in units of its standard deviation. A missing value stays missing,
    and a column of a group in which fewer than k people have a value becomes missing in it.

    Raises: ContractError for a k below 2, WrongType for a column that is not numeric, TooFewPeople.
    """
    if k < 2:
        raise ContractError("Groups of fewer than 2 people protect nobody.", "Ask for a k of 2 or more.")
    for name, dtype in columns.dtypes.items():
        if not pd.api.types.is_numeric_dtype(dtype):
            raise WrongType(f"The column {name} is not numeric.", "Micro-aggregate numbers only.")
    values = columns.to_numpy(dtype=np.float64, na_value=np.nan)
    owners = np.arange(len(columns)) if people is None else factorize(people)[0]
    there = np.flatnonzero(~np.isnan(values).all(axis=1))
    held = len(np.unique(owners[there]))
    if 0 < held < k:
        raise TooFewPeople(f"{held} people have values, and groups are to hold {k}.", f"Ask for a k of {held} at most.")
    groups = np.full(len(columns), -1, dtype=np.int64)
    if held:
        groups[there] = _groups(_standardised(values[there]), compact(owners[there], len(columns))[0], k)
    made = values.copy()
    for at in range(values.shape[1]):
        made[:, at] = _means(values[:, at], groups, owners, k)
    lost = {str(name): _lost(values[:, at], made[:, at]) for at, name in enumerate(columns.columns)}
    return Aggregated(pd.DataFrame(made, index=columns.index, columns=columns.columns), groups, lost)


def _standardised(values: FloatArray) -> FloatArray:
    """Columns with mean 0 and deviation 1; a missing value lies at the mean."""
    spread = np.nanstd(values, axis=0)
    made: FloatArray = np.nan_to_num((values - np.nanmean(values, axis=0)) / np.where(spread > 0, spread, 1.0))
    return made


def _groups(points: FloatArray, owners: IntArray, k: int) -> IntArray:
    if points.shape[1] == 1:
        return _along_order(points[:, 0], owners, k)
    made = np.zeros(len(points), dtype=np.int64)
    taken = 0
    for block in _blocks(points, owners, k):
        inside = _mdav(points[block], compact(owners[block], int(owners.max()) + 1)[0], k)
        made[block] = inside + taken
        taken += int(inside.max()) + 1
    return made


def _along_order(values: FloatArray, owners: IntArray, k: int) -> IntArray:
    """Groups of k people, each beginning where the one before has its k; the last takes who are left."""
    order = np.argsort(values, kind="stable")
    ranks = np.arange(len(values)) // k
    if int(owners.max()) + 1 < len(values):
        ranks = _ranks(owners[order], k)
    last = ranks == ranks[-1]
    if ranks[-1] and len(np.unique(owners[order][last])) < k:
        ranks = np.where(last, ranks[-1] - 1, ranks)
    made = np.empty(len(values), dtype=np.int64)
    made[order] = ranks
    return made


def _ranks(owners: IntArray, k: int) -> IntArray:
    made, group, seen = [], 0, set[int]()
    for owner in owners.tolist():
        if len(seen) == k and owner not in seen:
            group, seen = group + 1, set()
        seen.add(owner)
        made.append(group)
    return np.array(made, dtype=np.int64)


def _blocks(points: FloatArray, owners: IntArray, k: int) -> list[IntArray]:
    """Rows cut at medians of the widest column until a block is small; a half under k people is not cut off."""
    done, waiting = [], [np.arange(len(points))]
    while waiting:
        block = waiting.pop()
        if len(block) > BLOCK:
            axis = int(np.argmax(np.ptp(points[block], axis=0)))
            order = block[np.argsort(points[block, axis], kind="stable")]
            halves = order[: len(order) // 2], order[len(order) // 2 :]
            if all(len(np.unique(owners[half])) >= k for half in halves):
                waiting.extend(halves)
                continue
        done.append(block)
    return done


def _mdav(points: FloatArray, owners: IntArray, k: int) -> IntArray:
    """Two groups a round: around the row furthest from the mean, and around the row furthest from that one."""
    made = np.full(len(points), -1, dtype=np.int64)
    left, group = np.arange(len(points)), 0
    people = int(owners.max()) + 1
    while people >= 2 * k:
        far = _far(points[left], points[left].mean(axis=0))
        for _ in range(2 if people >= 3 * k else 1):
            start = points[left[far]]
            near = _nearest(points[left], owners[left], start, k)
            made[left[near]] = group
            group += 1
            left = np.delete(left, near)
            people = len(np.unique(owners[left]))
            if people < 2 * k:
                break
            far = _far(points[left], start)
    if people >= k or not group:
        made[left] = group
    elif len(left):
        made[left] = made[_closest_group(points, made, left)]
    return made


def _far(points: FloatArray, centre: FloatArray) -> int:
    return int(np.argmax(((points - centre) ** 2).sum(axis=1)))


def _nearest(points: FloatArray, owners: IntArray, start: FloatArray, k: int) -> IntArray:
    """Rows nearest to `start` until they are of k people."""
    order = np.argsort(((points - start) ** 2).sum(axis=1), kind="stable")
    _, first = np.unique(owners[order], return_index=True)
    return order[: int(np.sort(first)[k - 1]) + 1]


def _closest_group(points: FloatArray, made: IntArray, left: IntArray) -> IntArray:
    """For each row left over, a row already in a group that is nearest to it."""
    placed = np.flatnonzero(made >= 0)
    return np.array([placed[np.argmin(((points[placed] - points[row]) ** 2).sum(axis=1))] for row in left])


def _means(values: FloatArray, groups: IntArray, owners: IntArray, k: int) -> FloatArray:
    there = ~np.isnan(values)
    made = np.full(len(values), np.nan)
    if not there.any():
        return made
    inside, count = groups[there], int(groups.max()) + 1
    people = people_in(inside, count, owners[there], int(owners.max()) + 1)
    means = np.bincount(inside, values[there], count) / np.maximum(np.bincount(inside, minlength=count), 1)
    made[there] = np.where(people >= k, means, np.nan)[inside]
    return made


def _lost(values: FloatArray, made: FloatArray) -> float:
    """Share of the sum of squares within groups; a value made missing is lost as if it were the mean."""
    if np.isnan(values).all():
        return 0.0
    mean = np.nanmean(values)
    total = float(np.nansum((values - mean) ** 2))
    return float(np.nansum((values - np.where(np.isnan(made), mean, made)) ** 2)) / total if total else 0.0

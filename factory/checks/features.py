"""Tables as numbers: ranks for what is ordered, indicators for categories, each column of equal weight."""

from __future__ import annotations

import itertools
from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

from factory.contract import Contract, Kind, ReleasedTable, released
from factory.contract.people import person_ids

Floats = npt.NDArray[np.float64]


def flat(
    contract: Contract,
    frames: dict[str, pd.DataFrame],
    table: str,
    shapes: dict[str, ReleasedTable] | None = None,
) -> tuple[pd.DataFrame, pd.Series]:
    """Rows of a table with the columns of their person beside them, and the person id of each row.

    `shapes`: the shape the frames have, by default the released one.
    """
    shapes = released(contract) if shapes is None else shapes
    owner = person_ids(shapes, frames, table)
    made = frames[table][_compared(shapes[table])].copy()
    if table != contract.person:
        person = shapes[contract.person]
        people = frames[contract.person].set_index(person.key)[_compared(person)]
        beside = people.reindex(owner.to_numpy()).set_axis([f"person.{name}" for name in people.columns], axis=1)
        made = pd.concat([made.reset_index(drop=True), beside.reset_index(drop=True)], axis=1)
    return made.reset_index(drop=True), owner.reset_index(drop=True)


def _compared(shape: ReleasedTable) -> list[str]:
    return [column.name for column in shape.columns if column.compared and column.kind is not Kind.ID]


def coded(whole: pd.DataFrame, categories: Collection[str], most_levels: int) -> tuple[Floats, list[bool]]:
    """A frame (rows x columns) as trees of scikit-learn take it, and of each column whether it is a category.

    Categories become numbers, the commonest level 0; the rarest share the last of `most_levels`. Missing is NaN.
    """
    columns = []
    for name in whole.columns:
        values = whole[name]
        if name in categories:
            counts = values.value_counts().sort_index(kind="stable", key=lambda levels: levels.map(str))
            levels = counts.sort_values(ascending=False, kind="stable")
            place = {level: float(min(at, most_levels - 1)) for at, level in enumerate(levels.index)}
            columns.append(values.map(place).to_numpy("float64", na_value=np.nan))
        else:
            columns.append(_numbers(values))
    return np.column_stack(columns), [name in categories for name in whole.columns]


def encode(*frames: pd.DataFrame) -> list[Floats]:
    """Encode frames of the same columns into one space (rows x features, float64).

    Ordered columns become mid-ranks in [0, 1] over all frames together, categories indicators of 1/sqrt(2), so
    that two different categories are as far apart as the two ends of a number. Missing is a category, or an
    indicator beside a rank.
    """
    whole = pd.concat(frames, ignore_index=True)
    parts: list[Floats] = []
    for name in whole.columns:
        values = whole[name]
        if values.dtype == object:
            codes, levels = pd.factorize(values.where(values.notna(), "\x00missing"), sort=True)
            parts.append(np.eye(len(levels))[codes] / np.sqrt(2))
        else:
            parts.append(_ranked(_numbers(values)))
    joined: Floats = np.concatenate(parts, axis=1)
    edges = np.cumsum([0, *(len(frame) for frame in frames)])
    return [joined[a:b] for a, b in itertools.pairwise(edges)]


def _numbers(values: pd.Series) -> Floats:
    """What is ordered as numbers with NaN: moments in seconds."""
    if pd.api.types.is_datetime64_any_dtype(values):
        values = values.astype("datetime64[s]").astype("int64").astype("float64").where(values.notna())
    found: Floats = values.to_numpy("float64", na_value=np.nan)
    return found


def _ranked(values: Floats) -> Floats:
    there = ~np.isnan(values)
    made = np.zeros((len(values), 2))
    if there.any():
        made[there, 0] = (rankdata(values[there]) - 0.5) / there.sum()
    made[~there, 1] = 1.0
    return made

"""Categories fewer than k people hold, moved to a commoner one before a model that knows no k learns from them."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from factory.contract import Contract, Kind, ReleasedTable
from factory.contract.people import person_ids
from factory.synth.rows import Field, People
from factory.synth.trees.categories import code_categories


def without_rare(
    tables: dict[str, pd.DataFrame], shapes: dict[str, ReleasedTable], contract: Contract
) -> dict[str, pd.DataFrame]:
    """Tables in which at least k people (the policy's `smallest_cell`) hold each category.

    A rare one becomes the nearest by its beginning where the list is one of codes, else the commonest. Where no
    category has k people the column is missing throughout.
    """
    cell = contract.policy.smallest_cell
    made = {}
    for name, shape in shapes.items():
        frame = tables[name].copy()
        people = pd.factorize(person_ids(shapes, tables, name))[0].astype("int64")
        for column in shape.columns:
            if column.kind is Kind.CATEGORY and len(frame):
                frame[column.name] = _of_k(frame[column.name], people, column.column.codes, cell)
        made[name] = frame
    return made


def rows_without_rare(rows: pd.DataFrame, fields: Mapping[str, Field], people: People, cell: int) -> pd.DataFrame:
    """The same for a frame of one model (n rows); `people` (n,) says whose each row is."""
    categories = [name for name in rows.columns if fields[name].kind == "category"]
    return rows.assign(**{name: _of_k(rows[name], people, fields[name].levels, cell) for name in categories})


def _of_k(values: pd.Series, people: People, named: tuple[str, ...] | None, cell: int) -> pd.Series:
    code = code_categories(values, people, Field("category", levels=named), cell)
    there = values.dropna()
    if not code.levels:
        return pd.Series([None] * len(values), dtype=object, name=values.name) if len(there) else values
    written = {str(value): value for value in there.unique()}
    held = there.map(str)
    commonest = str(held[held.isin(code.levels)].mode().iloc[0])
    becomes = {
        value: written[code.levels[code.reads[name]] if name in code.reads else commonest]
        for name, value in written.items()
    }
    if all(str(value) == name for name, value in zip(written, becomes.values(), strict=True)):
        return values
    return values.astype(object).map(becomes, na_action="ignore").where(values.notna(), None)

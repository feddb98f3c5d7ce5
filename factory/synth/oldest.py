"""The oldest stay pooled: no drawn age or year of birth goes past the one that stands for all of them.

De-identification shows everybody over the cap as one age, and one year of birth (45 CFR 164.514(b)(2)(i)(C)), and so
whoever grows older than the cap by the last year that there is of him. A tail that is drawn past it would name an age
that the source no longer shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from factory.contract import Kind, ReleasedTable
from factory.contract.people import person_ids


@dataclass(frozen=True)
class Bound:
    """A column of numbers and the furthest that may be drawn of it."""

    table: str
    column: str
    lowest: float | None = None
    highest: float | None = None


def bounds(shapes: Mapping[str, ReleasedTable], tables: Mapping[str, pd.DataFrame], cap: int) -> list[Bound]:
    """Bounds of the columns that nobody learned from goes past; tables that were not capped have none."""
    years = [tables[name][year].max() for name, shape in shapes.items() for year in shape.names(Kind.YEAR)]
    latest = max((int(year) for year in years if not pd.isna(year)), default=None)
    made: list[Bound] = []
    for table, shape in shapes.items():
        for column in shape.columns:
            values = tables[table][column.name]
            if column.kind is Kind.BIRTH_YEAR and latest is not None and not (values < latest - cap - 1).any():
                made.append(Bound(table, column.name, lowest=latest - cap - 1))
            numeric = column.kind in (Kind.INTEGER, Kind.NUMBER)
            if numeric and column.column.age and not (values > cap + 1).any():
                made.append(Bound(table, column.name, highest=cap + 1))
    return made


def pooled(
    drawn: Mapping[str, pd.DataFrame], shapes: dict[str, ReleasedTable], limits: list[Bound]
) -> dict[str, pd.DataFrame]:
    """The drawn tables with what lies past a bound put onto it, and all ages of a person who grows past it."""
    made = dict(drawn)
    for bound in limits:
        kept = pd.to_numeric(made[bound.table][bound.column]).clip(lower=bound.lowest, upper=bound.highest)
        made[bound.table] = made[bound.table].assign(**{bound.column: kept})
    ages = [(bound, bound.highest) for bound in limits if bound.highest is not None]
    last = _last_years(made, shapes) if ages else pd.Series(dtype="float64")
    for bound, oldest in ages:
        frame, years = made[bound.table], shapes[bound.table].names(Kind.YEAR)
        if not years or last.empty:
            continue
        people = person_ids(shapes, made, bound.table)
        age = frame[bound.column].astype("float64")
        born = frame[years].astype("float64").min(axis=1) - age.where(age < oldest)
        grown = people.map(last) - people.map(born.groupby(people.to_numpy()).min())
        kept = frame[bound.column].mask(age.notna() & (grown >= oldest), oldest)
        made[bound.table] = frame.assign(**{bound.column: kept})
    return made


def _last_years(drawn: Mapping[str, pd.DataFrame], shapes: dict[str, ReleasedTable]) -> pd.Series:
    """The last year that there is of each person, by the person's key."""
    found = [
        pd.Series(
            drawn[name][shape.names(Kind.YEAR)].astype("float64").max(axis=1).to_numpy(),
            index=person_ids(shapes, dict(drawn), name).to_numpy(),
        )
        for name, shape in shapes.items()
        if shape.names(Kind.YEAR)
    ]
    every = pd.concat(found) if found else pd.Series(dtype="float64")
    return every.groupby(level=0).max()

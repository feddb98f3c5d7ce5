"""The oldest stay pooled: no drawn age or year of birth goes past the one that stands for all of them.

De-identification shows everybody over the cap as one age, and one year of birth (45 CFR 164.514(b)(2)(i)(C)). A tail
that is drawn past it would name an age that the source no longer shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from factory.contract import Kind, ReleasedTable


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


def pooled(drawn: Mapping[str, pd.DataFrame], bounds: list[Bound]) -> dict[str, pd.DataFrame]:
    """The drawn tables with what lies past a bound put onto it."""
    made = dict(drawn)
    for bound in bounds:
        numbers = pd.to_numeric(made[bound.table][bound.column])
        kept = numbers.clip(lower=bound.lowest, upper=bound.highest)
        made[bound.table] = made[bound.table].assign(**{bound.column: kept})
    return made

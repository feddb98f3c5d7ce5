"""What is done with each column of a table: drawn as it stands, drawn with the person, or derived."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from factory.contract import (
    AgeBandRule,
    Contract,
    DeterminedRule,
    DurationRule,
    Kind,
    ReleasedTable,
)
from factory.contract.columns import Column
from factory.synth.rows import Field

TIMES = (Kind.DAY, Kind.MOMENT)
# Share of numbers that a text must repeat to be taken for their twin.
_TWIN = 0.9


@dataclass(frozen=True)
class TablePlan:
    """Columns of one table by what is done with them, and the tables around it.

    `times` are its day or moment columns, the anchor first: rows are ordered by it and the others follow from it.
    `durations` maps a time column to the column of days that it follows from, `years` a year column to its day, `twins`
    a column of text to the column of numbers that it repeats.
    """

    shape: ReleasedTable
    parent: str | None
    children: tuple[str, ...]
    plain: tuple[str, ...]
    lifted: tuple[str, ...]
    determined: dict[str, str]
    times: tuple[str, ...]
    durations: dict[str, str]
    years: dict[str, str]
    age_rules: tuple[AgeBandRule, ...]
    fields: dict[str, Field]
    twins: dict[str, str]

    @property
    def anchor(self) -> str | None:
        """The time column by which rows are ordered, or None."""
        return self.times[0] if self.times else None


def plans(
    contract: Contract, shapes: dict[str, ReleasedTable], tables: dict[str, pd.DataFrame]
) -> dict[str, TablePlan]:
    """A plan a table, parents before children."""
    return {name: _plan(contract, shapes, name, tables[name]) for name in shapes}


def _plan(contract: Contract, shapes: dict[str, ReleasedTable], table: str, frame: pd.DataFrame) -> TablePlan:
    shape = shapes[table]
    rules = [rule for rule in contract.rules if rule.table == table]
    people = shapes[contract.person]
    determined = {
        str(shape.of_source(r.column)): str(people.of_source(r.by)) for r in rules if isinstance(r, DeterminedRule)
    }
    lifted = tuple(c.name for c in shape.columns if c.column.per_person and c.compared and c.name not in determined)
    taken = {*determined, *lifted}
    times = tuple(c.name for c in shape.columns if (c.kind in TIMES or c.column.time) and c.name not in taken)
    starts = [_time(shape, r.start) for r in rules if isinstance(r, DurationRule)]
    if starts and starts[0] in times:
        times = (starts[0], *(name for name in times if name != starts[0]))
    durations = {
        str(_time(shape, r.end)): str(shape.of_source(r.days))
        for r in rules
        if isinstance(r, DurationRule) and times and _time(shape, r.start) == times[0]
    }
    years = {c.name: str(shape.of_source(c.source, Kind.DAY)) for c in shape.columns if c.kind is Kind.YEAR}
    plain_kinds = (Kind.CATEGORY, Kind.INTEGER, Kind.NUMBER, Kind.BIRTH_YEAR)
    plain = tuple(c.name for c in shape.columns if c.kind in plain_kinds and c.name not in (*taken, *times))
    children = tuple(name for name, other in shapes.items() if other.link and other.link.parent_table == table)
    parent = shape.link.parent_table if shape.link else None
    ages = tuple(r for r in rules if isinstance(r, AgeBandRule) and people.of_source(r.birth, Kind.BIRTH_YEAR))
    shape_kind = {c.name: c.kind for c in shape.columns}
    fields = {c.name: field_of(c.kind, c.column) for c in shape.columns}
    numbers = [name for name in plain if shape_kind[name] in (Kind.NUMBER, Kind.INTEGER)]
    texts = [name for name in plain if shape_kind[name] is Kind.CATEGORY and fields[name].levels is None]
    twins = {name: twin for name in texts if numbers and (twin := twin_of(frame[name], frame, numbers)) is not None}
    return TablePlan(shape, parent, children, plain, lifted, determined, times, durations, years, ages, fields, twins)


def twin_of(texts: pd.Series, frame: pd.DataFrame, numbers: list[str]) -> str | None:
    """The column of numbers that a column of text repeats wherever both are there, or None."""
    read = pd.to_numeric(texts, errors="coerce")
    for name in numbers:
        other = frame[name].astype("float64")
        both = read.notna() & other.notna()
        enough = both.sum() >= _TWIN * max(1, int(other.notna().sum()))
        if enough and (read[both] == other[both]).mean() >= _TWIN:
            return name
    return None


def _time(shape: ReleasedTable, source: str) -> str | None:
    return shape.of_source(source, Kind.DAY) or shape.of_source(source, Kind.MOMENT)


def field_of(kind: Kind, column: Column) -> Field:
    """The column as a model of rows sees it, with the domain that the contract states."""
    if kind is Kind.CATEGORY:
        levels = None if column.codes is None else tuple(str(code) for code in column.codes)
        return Field("category", levels=levels, hierarchy=column.climbs)
    whole = kind is not Kind.NUMBER
    if kind in (Kind.INTEGER, Kind.NUMBER):
        return Field("integer" if whole else "number", minimum=column.minimum, maximum=column.maximum)
    return Field("integer")

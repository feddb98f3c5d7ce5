"""What an adversary is taken to know of a person, and what they would like to learn, from the contract's roles."""

from __future__ import annotations

import numpy as np
import pandas as pd

from factory.checks.comparison import Comparison, Part
from factory.contract import Kind, ReleasedColumn, Role

# More sensitive columns than this cost time and, each being judged, the power of all.
MOST_SENSITIVE = 8
# Assumed where a contract names no quasi-identifier: what is short enough to be known of a neighbour.
MOST_ASSUMED = 6
_MOST_LEVELS = 120
_TOLD = (Kind.CATEGORY, Kind.INTEGER, Kind.BIRTH_YEAR)


def sensitive_columns(comparison: Comparison) -> list[tuple[str, str]]:
    """(table, column) of what an adversary would learn: task targets, then the role `sensitive`; at most eight.

    Where the contract has neither, the clinical columns of the person table, or of the widest table where that has
    none.
    """
    return (_declared(comparison) or _clinical(comparison))[:MOST_SENSITIVE]


def _declared(comparison: Comparison) -> list[tuple[str, str]]:
    shapes = comparison.shapes
    found: dict[tuple[str, str], None] = {}
    for task in comparison.contract.tasks:
        if task.table in shapes and (name := shapes[task.table].of_source(task.target)) is not None:
            found[task.table, name] = None
    for table, shape in shapes.items():
        for column in shape.columns:
            if column.compared and column.column.role is Role.SENSITIVE:
                found[table, column.name] = None
    return list(found)


def _clinical(comparison: Comparison) -> list[tuple[str, str]]:
    person = comparison.contract.person
    widest = max(comparison.shapes, key=lambda name: len(comparison.shapes[name].columns))
    for table in (person, widest):
        named = [c.name for c in comparison.shapes[table].columns if c.compared and c.column.role is Role.CLINICAL]
        if named:
            return [(table, name) for name in named]
    return []


def quasi_identifiers(comparison: Comparison) -> tuple[list[tuple[str, str]], bool]:
    """(table, column) of the quasi-identifiers, and whether the contract names them.

    Where it names none, years of birth and columns of the person table with few values that are not sensitive are
    taken: at most six and half of the columns, birth and age first.
    """
    declared = [
        (table, column.name)
        for table, shape in comparison.shapes.items()
        for column in shape.columns
        if column.compared and column.column.role is Role.QUASI_IDENTIFIER
    ]
    if declared:
        return declared, True
    person = comparison.contract.person
    wanted = set(_declared(comparison))
    told = [
        column
        for column in comparison.shapes[person].columns
        if _told(comparison, column) and (person, column.name) not in wanted
    ]
    told.sort(key=lambda column: not (column.kind is Kind.BIRTH_YEAR or column.column.age))
    # Something must be left that could be learned.
    most = min(MOST_ASSUMED, sum(column.compared for column in comparison.shapes[person].columns) // 2)
    return [(person, column.name) for column in told[: max(1, most)]], False


def _told(comparison: Comparison, column: ReleasedColumn) -> bool:
    values = comparison.train[comparison.contract.person][column.name]
    return column.kind in _TOLD and 1 < values.nunique() <= _MOST_LEVELS


def per_person(comparison: Comparison, part: Part, columns: list[tuple[str, str]]) -> pd.DataFrame:
    """The columns with one row a person (people x columns, named `table.column`); of a child table the first row's."""
    made = {}
    for table, name in columns:
        values: pd.Series = comparison.part(part)[table][name]
        if table != comparison.contract.person:
            owner = comparison.rows(part, table).people
            there = owner[owner >= 0]
            people, first = np.unique(there, return_index=True)
            values = pd.Series(values[owner >= 0].iloc[first].array, index=people).reindex(
                range(comparison.people(part))
            )
        made[f"{table}.{name}"] = values.reset_index(drop=True)
    return pd.DataFrame(made, index=range(comparison.people(part)))

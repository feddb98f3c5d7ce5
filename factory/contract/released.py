"""The shape of what leaves: tables and columns after de-identification, drawn from the contract alone.

De-identified and synthetic tables both have this shape, so that they can be compared and judged alike.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from factory.contract.columns import Column, ColumnType, Role
from factory.contract.model import Contract, Relation
from factory.core.errors import ContractError

_DATE_SUFFIX = re.compile(r"_?(at|date|time|datetime|dt)$", re.IGNORECASE)


class Kind(StrEnum):
    """How a released column is measured and modelled."""

    ID = "id"
    PARENT_ID = "parent-id"
    CATEGORY = "category"
    INTEGER = "integer"
    NUMBER = "number"
    BIRTH_YEAR = "birth-year"
    YEAR = "year"
    DAY = "day"
    MOMENT = "moment"
    ANCESTOR_ID = "ancestor-id"


@dataclass(frozen=True)
class ReleasedColumn:
    """One released column, and the source column it is made of."""

    name: str
    kind: Kind
    source: str
    column: Column

    @property
    def compared(self) -> bool:
        """True where the column's distribution is a matter of fidelity: all but row ids."""
        return self.kind not in (Kind.ID, Kind.PARENT_ID, Kind.ANCESTOR_ID)


@dataclass(frozen=True)
class ReleasedTable:
    """One released table: its columns in order, its key, and the link to its parent."""

    name: str
    key: str
    columns: tuple[ReleasedColumn, ...]
    link: Relation | None
    parent_id: str | None

    def names(self, *kinds: Kind) -> list[str]:
        """Names of the columns of the kinds given, or of all columns, in order."""
        return [column.name for column in self.columns if not kinds or column.kind in kinds]

    def of_source(self, source: str, kind: Kind | None = None) -> str | None:
        """Name of the released column made of a source column (of the kind given), or None."""
        return next((c.name for c in self.columns if c.source == source and kind in (None, c.kind)), None)


def date_stem(name: str) -> str:
    """`admitted` for `admitted_at`: what the released year and day columns are called after."""
    return _DATE_SUFFIX.sub("", name) or name


def released(contract: Contract) -> dict[str, ReleasedTable]:
    """Released tables by name, parents before children. Raises: ContractError when two columns get one name."""
    return {name: _table(contract, name, _of_column) for name in contract.released_tables()}


def as_it_is(contract: Contract) -> dict[str, ReleasedTable]:
    """Tables in the shape they have in the source, less identifiers and free text: dates stay moments.

    It is what an engine works on when it is used alone, on tables that have not been through de-identification.
    """
    return {name: _table(contract, name, _of_source_column) for name in contract.released_tables()}


def shapes_of(contract: Contract, frames: dict[str, pd.DataFrame]) -> dict[str, ReleasedTable]:
    """The source's shape where the frames have its columns, else the released one.

    Raises: ContractError when they have neither.
    """
    # The source's first: two of its columns may be released under one name, which is no matter to its own shape.
    for shape_of in (as_it_is, released):
        shapes = shape_of(contract)
        if all(name in frames and set(shape.names()) <= set(frames[name].columns) for name, shape in shapes.items()):
            return shapes
    raise ContractError(
        "The tables have neither the columns of the contract nor those it releases.", "Give the contract's own tables."
    )


def _table(contract: Contract, name: str, made_of: _Made) -> ReleasedTable:
    table = contract.tables[name]
    link = contract.parent_of(name)
    above = {contract.tables[up.parent_table].key: up.parent_table for up in contract.person_path(name)[1:]}
    columns: list[ReleasedColumn] = []
    for source, column in table.columns.items():
        if made_of is _of_source_column and column.role is Role.KEY and source in above and source != table.key:
            columns.append(ReleasedColumn(source, Kind.ANCESTOR_ID, source, column))
        else:
            columns += made_of(source, column, source == table.key, link)
    names = [column.name for column in columns]
    twice = next((column for column in names if names.count(column) > 1), None)
    if twice:
        raise ContractError(
            f"Two columns of {name} would both be released as {twice}.", "Give one of them another `as`."
        )
    key = next(column.name for column in columns if column.kind is Kind.ID)
    parent = next((column.name for column in columns if column.kind is Kind.PARENT_ID), None)
    return ReleasedTable(name, key, tuple(columns), link, parent)


_Made = Callable[[str, Column, bool, Relation | None], list[ReleasedColumn]]


def _of_source_column(source: str, column: Column, is_key: bool, link: Relation | None) -> list[ReleasedColumn]:
    if column.role is Role.DATE:
        return [ReleasedColumn(source, Kind.MOMENT, source, column)]
    return [dataclasses.replace(made, name=source) for made in _of_column(source, column, is_key, link)]


def _of_column(source: str, column: Column, is_key: bool, link: Relation | None) -> list[ReleasedColumn]:
    stem = date_stem(source)
    if is_key:
        return [ReleasedColumn(column.rename or source, Kind.ID, source, column)]
    if column.role is Role.KEY:
        if link is not None and link.child_column == source:
            return [ReleasedColumn(column.rename or source, Kind.PARENT_ID, source, column)]
        return []
    if column.role is Role.DATE and column.birth:
        return [ReleasedColumn(f"{stem}_year", Kind.BIRTH_YEAR, source, column)]
    if column.role is Role.DATE:
        return [
            ReleasedColumn(f"{stem}_year", Kind.YEAR, source, column),
            ReleasedColumn(f"{stem}_day", Kind.DAY, source, column),
        ]
    if not column.modelled:
        return []
    kinds = {ColumnType.INTEGER: Kind.INTEGER, ColumnType.NUMBER: Kind.NUMBER}
    return [ReleasedColumn(column.rename or source, kinds.get(column.type, Kind.CATEGORY), source, column)]

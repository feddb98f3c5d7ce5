"""What does not hold: each finding names table, column and number of rows, never a value."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from factory.contract import Column, Contract, Table
from factory.contract.ages import unreadable
from factory.core.errors import (
    ColumnMissing,
    DataError,
    DuplicateKey,
    FactoryError,
    OrphanRow,
    TooFewPeople,
    WrongType,
)
from factory.formats import open_source
from factory.intake.rules import broken_rules
from factory.intake.typing import typed, within_list

# 45 CFR 164.514(b)(2)(i)(C): a policy may cap ages lower, never higher.
AGE_CAP = 89


@dataclass(frozen=True)
class Finding:
    """One thing that does not hold; a fatal one is the error that the line stops with."""

    error: FactoryError
    fatal: bool = True

    def __str__(self) -> str:
        return str(self.error)


def examine(contract: Contract, data: str) -> tuple[dict[str, pd.DataFrame], list[Finding]]:
    """Read every table of the contract from the address `data` and check all of it.

    Returns typed frames (columns in the contract's order, extra columns of the file left out) and the
    findings; where there are findings a table may be absent from the frames.
    """
    source = open_source(data)
    frames: dict[str, pd.DataFrame] = {}
    findings: list[Finding] = []
    for name, table in contract.tables.items():
        try:
            called = source.called(name)
            frames[name], wrong = type_table(source.read(name, table.missing), table, called)
        except FactoryError as error:
            if str(error) not in map(str, findings):  # a database that does not answer is one finding
                findings.append(Finding(error))
            continue
        findings += [Finding(error) for error in (*wrong, *bad_keys(frames[name], table, called))]
    findings += [Finding(error) for error in orphans(contract, frames)]
    if not findings:
        findings += [Finding(error) for error in _few_people(contract, frames)]
        # Real records break clinical rules now and then: said, counted, and not a reason to stop.
        findings += [Finding(error, fatal=False) for error in broken_rules(contract, frames)]
    return frames, findings


def type_table(read: pa.Table, table: Table, file: str) -> tuple[pd.DataFrame, list[DataError]]:
    """Type the columns of one file. Raises: ColumnMissing when one is not there."""
    absent = [name for name in table.columns if name not in read.column_names]
    if absent:
        more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        if absent[0].casefold() in (name.casefold() for name in read.column_names):
            raise ColumnMissing(
                f"{file} lacks the column {absent[0]}{more}; it has one whose name differs only in case.",
                "Write the name as the table does.",
            )
        raise ColumnMissing(
            f"{file} lacks the column {absent[0]}{more}; {read.num_rows:,} rows were read.",
            "Export it, or take the column out of the contract.",
        )
    wrong: list[DataError] = []
    columns = {}
    for name, column in table.columns.items():
        values, misfits = typed(read.column(name), column, table.missing)
        columns[name] = within_list(values, column)
        if misfits:
            wrong.append(
                WrongType(
                    f"{file}: column {name} should be {column.type}; {misfits:,} of {read.num_rows:,} rows are not.",
                    "Mend the rows, or the column's type in the contract.",
                )
            )
        elif error := _out_of_domain(columns[name], column, name, file):
            wrong.append(error)
    return pd.DataFrame(columns), wrong


def _out_of_domain(values: pd.Series, column: Column, name: str, file: str) -> DataError | None:
    empty = int(values.isna().sum())
    if column.required and empty:
        return WrongType(
            f"{file}: column {name} is required, and {empty:,} of {len(values):,} rows have no value.",
            "Fill them, or take `required` out of the contract.",
        )
    if column.age and not column.numeric and (odd := int(unreadable(values, AGE_CAP).sum())):
        return WrongType(
            f"{file}: column {name} holds no age, or a band across {AGE_CAP}, in {odd:,} of {len(values):,} rows.",
            "Write ages as 70, [70-80) or 90+.",
        )
    bad = pd.Series(False, index=values.index)
    if column.codes is not None:
        bad |= values.notna() & ~values.isin(column.codes)
    if column.minimum is not None:
        bad |= (values < column.minimum).fillna(False)
    if column.maximum is not None:
        bad |= (values > column.maximum).fillna(False)
    if not bad.any():
        return None
    what = "code list" if column.codes is not None else "range"
    return WrongType(
        f"{file}: column {name} leaves the contract's {what} in {int(bad.sum()):,} of {len(values):,} rows.",
        f"Mend the rows, or the {what} in the contract.",
    )


def bad_keys(frame: pd.DataFrame, table: Table, file: str) -> list[DataError]:
    """Empty and repeated keys of a typed table."""
    key = frame[table.key]
    found: list[DataError] = []
    if empty := int(key.isna().sum()):
        found.append(DuplicateKey(f"{file}: key {table.key} is empty in {empty:,} rows.", "A key names each row."))
    if twice := int(key.dropna().duplicated(keep=False).sum()):
        found.append(
            DuplicateKey(
                f"{file}: key {table.key} is not unique in {twice:,} rows.",
                "Each row needs a key of its own.",
            )
        )
    return found


def orphans(contract: Contract, frames: dict[str, pd.DataFrame]) -> list[DataError]:
    """Rows of typed tables that point to no row of their parent."""
    found: list[DataError] = []
    for link in contract.relations:
        if link.child_table not in frames or link.parent_table not in frames:
            continue
        child = frames[link.child_table][link.child_column]
        parent = frames[link.parent_table][contract.tables[link.parent_table].key]
        if lost := int((~child.isin(parent.dropna())).sum()):
            found.append(
                OrphanRow(
                    f"{link.child_table}: column {link.child_column} points to no row of {link.parent_table} "
                    f"in {lost:,} of {len(child):,} rows.",
                    "Export parents and children of the same people.",
                )
            )
    return found


def _few_people(contract: Contract, frames: dict[str, pd.DataFrame]) -> list[DataError]:
    people = len(frames[contract.person])
    if people >= contract.policy.fewest_people:
        return []
    return [
        TooFewPeople(
            f"The batch holds {people:,} people and the policy asks for {contract.policy.fewest_people:,}.",
            "Wait for more people; so few cannot be hidden among each other.",
        )
    ]

"""What does not hold: each finding names table, column and number of rows, never a value."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from factory.contract import Contract, Relation, Table
from factory.core.errors import DataError, FactoryError, OrphanRow, TooFewPeople
from factory.formats import open_source
from factory.intake.rules import broken_rules
from factory.intake.tally import AGE_CAP, Tally, absent, key_errors, lacks

__all__ = ["AGE_CAP", "Finding", "bad_keys", "examine", "few_people", "orphan_error", "orphans", "type_table"]


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
        findings += [Finding(error) for error in few_people(contract, len(frames[contract.person]))]
        # Real records break clinical rules now and then: said, counted, and not a reason to stop.
        findings += [Finding(error, fatal=False) for error in broken_rules(contract, frames)]
    return frames, findings


def type_table(read: pa.Table, table: Table, file: str) -> tuple[pd.DataFrame, list[DataError]]:
    """Type the columns of one file. Raises: ColumnMissing when one is not there."""
    if lost := absent(read.column_names, table):
        raise lacks(lost, read.column_names, file, read.num_rows)
    tally = Tally(table, file)
    return tally.add(read), tally.errors()


def bad_keys(frame: pd.DataFrame, table: Table, file: str) -> list[DataError]:
    """Empty and repeated keys of a typed table."""
    key = frame[table.key]
    twice = int(key.dropna().duplicated(keep=False).sum())
    return list(key_errors(table, file, int(key.isna().sum()), twice))


def orphans(contract: Contract, frames: dict[str, pd.DataFrame]) -> list[DataError]:
    """Rows of typed tables that point to no row of their parent."""
    found: list[DataError] = []
    for link in contract.relations:
        if link.child_table not in frames or link.parent_table not in frames:
            continue
        child = frames[link.child_table][link.child_column]
        parent = frames[link.parent_table][contract.tables[link.parent_table].key]
        if lost := int((~child.isin(parent.dropna())).sum()):
            found.append(orphan_error(link, lost, len(child)))
    return found


def orphan_error(link: Relation, lost: int, rows: int) -> OrphanRow:
    """What is said of rows that point to no row of their parent."""
    return OrphanRow(
        f"{link.child_table}: column {link.child_column} points to no row of {link.parent_table} "
        f"in {lost:,} of {rows:,} rows.",
        "Export parents and children of the same people.",
    )


def few_people(contract: Contract, people: int) -> list[DataError]:
    """What is said of a batch of so many people, where they are too few."""
    if people >= contract.policy.fewest_people:
        return []
    return [
        TooFewPeople(
            f"The batch holds {people:,} people and the policy asks for {contract.policy.fewest_people:,}.",
            "Wait for more people; so few cannot be hidden among each other.",
        )
    ]

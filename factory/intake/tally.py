"""What does not fit in the columns of one table, counted over its pieces: types, code lists, ranges, missing cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd
import pyarrow as pa

from factory.contract import Column, Table
from factory.contract.ages import unreadable
from factory.core.errors import ColumnMissing, DataError, DuplicateKey, WrongType
from factory.intake.typing import typed, within_list

# 45 CFR 164.514(b)(2)(i)(C): a policy may cap ages lower, never higher.
AGE_CAP = 89


class Tally:
    """Rows of a table that were read, and those of each column that do not keep the contract."""

    def __init__(self, table: Table, file: str) -> None:
        self._table = table
        self._file = file
        self.rows = 0
        self._misfit: Counter[str] = Counter()
        self._empty: Counter[str] = Counter()
        self._ages: Counter[str] = Counter()
        self._outside: Counter[str] = Counter()

    def add(self, read: pa.Table) -> pd.DataFrame:
        """Type the columns of one piece and count."""
        self.rows += read.num_rows
        columns = {}
        for name, column in self._table.columns.items():
            values, misfits = typed(read.column(name), column, self._table.missing)
            columns[name] = within_list(values, column)
            self._misfit[name] += misfits
            self._count(name, columns[name], column)
        return pd.DataFrame(columns)

    def errors(self) -> list[DataError]:
        """The first thing that does not hold of each column, with its number of rows."""
        return [error for name, column in self._table.columns.items() if (error := self._error(name, column))]

    @property
    def empty_keys(self) -> int:
        """Rows without a key."""
        return self._empty[self._table.key]

    def _count(self, name: str, values: pd.Series, column: Column) -> None:
        self._empty[name] += int(values.isna().sum())
        if column.age and not column.numeric:
            self._ages[name] += int(unreadable(values, AGE_CAP).sum())
        bad = pd.Series(False, index=values.index)
        if column.codes is not None:
            bad |= values.notna() & ~values.isin(column.codes)
        if column.minimum is not None:
            bad |= (values < column.minimum).fillna(False)
        if column.maximum is not None:
            bad |= (values > column.maximum).fillna(False)
        self._outside[name] += int(bad.sum())

    def _error(self, name: str, column: Column) -> DataError | None:
        file, of = self._file, f"of {self.rows:,} rows"
        if misfits := self._misfit[name]:
            return WrongType(
                f"{file}: column {name} should be {column.type}; {misfits:,} {of} are not.",
                "Mend the rows, or the column's type in the contract.",
            )
        if column.required and (empty := self._empty[name]):
            return WrongType(
                f"{file}: column {name} is required, and {empty:,} {of} have no value.",
                "Fill them, or take `required` out of the contract.",
            )
        if odd := self._ages[name]:
            return WrongType(
                f"{file}: column {name} holds no age, or a band across {AGE_CAP}, in {odd:,} {of}.",
                "Write ages as 70, [70-80) or 90+.",
            )
        if outside := self._outside[name]:
            what = "code list" if column.codes is not None else "range"
            return WrongType(
                f"{file}: column {name} leaves the contract's {what} in {outside:,} {of}.",
                f"Mend the rows, or the {what} in the contract.",
            )
        return None


def absent(names: Sequence[str], table: Table) -> list[str]:
    """Columns of the contract that are not among those of a file."""
    return [name for name in table.columns if name not in names]


def lacks(absent: Sequence[str], names: Sequence[str], file: str, rows: int) -> ColumnMissing:
    """What is said of a file that lacks columns."""
    more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
    if absent[0].casefold() in (name.casefold() for name in names):
        return ColumnMissing(
            f"{file} lacks the column {absent[0]}{more}; it has one whose name differs only in case.",
            "Write the name as the table does.",
        )
    return ColumnMissing(
        f"{file} lacks the column {absent[0]}{more}; {rows:,} rows were read.",
        "Export it, or take the column out of the contract.",
    )


def key_errors(table: Table, file: str, empty: int, twice: int) -> list[DataError]:
    """What is said of rows without a key, and of rows whose key others have."""
    found: list[DataError] = []
    if empty:
        found.append(DuplicateKey(f"{file}: key {table.key} is empty in {empty:,} rows.", "A key names each row."))
    if twice:
        found.append(
            DuplicateKey(
                f"{file}: key {table.key} is not unique in {twice:,} rows.", "Each row needs a key of its own."
            )
        )
    return found

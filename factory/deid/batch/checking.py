"""Whether a column keeps its contract, counted over partitions: types, code lists, ranges, missing and odd cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from factory.contract import Column
from factory.contract.ages import unreadable
from factory.core.errors import WrongType
from factory.deid.batch.reading import Distinct
from factory.intake.validate import AGE_CAP


@dataclass
class Checks:
    """Counts of one column's cells: all, missing, of another type, outside the contract, alike to identifiers."""

    all: int = 0
    missing: int = 0
    misfit: int = 0
    outside: int = 0
    ages: int = 0
    looks: int = 0

    @property
    def there(self) -> int:
        """Cells with a value."""
        return self.all - self.missing

    def rows(self, cells: int, missing: int) -> None:
        """Count cells of which nothing is asked but whether they are there."""
        self.all += cells
        self.missing += missing

    def cells(self, read: Distinct, column: Column) -> None:
        """Count the cells of one partition."""
        values = read.values
        gone = values.isna().to_numpy(dtype=bool)
        self.rows(len(read.codes), int((read.codes < 0).sum()) + read.rows(gone & ~read.misfit))
        self.misfit += read.rows(read.misfit)
        self.looks += read.rows(read.looks)
        if column.age and not column.numeric:
            self.ages += read.rows(unreadable(values, AGE_CAP).to_numpy(dtype=bool) & ~read.looks)
        bad = np.zeros(len(values), dtype=bool)
        if column.codes is not None:
            bad |= ~values.isin(column.codes).to_numpy(dtype=bool)
        if column.minimum is not None:
            bad |= (values < column.minimum).fillna(False).to_numpy(dtype=bool)
        if column.maximum is not None:
            bad |= (values > column.maximum).fillna(False).to_numpy(dtype=bool)
        self.outside += read.rows(bad & ~gone)

    def judge(self, name: str, file: str, column: Column) -> None:
        """Raise WrongType for the first thing that does not hold, with its number of rows and no value."""
        of = f"of {self.all:,} rows"
        if self.misfit:
            raise WrongType(
                f"{file}: column {name} should be {column.type}; {self.misfit:,} {of} are not.",
                "Mend the rows, or the column's type in the contract.",
            )
        if column.required and self.missing:
            raise WrongType(
                f"{file}: column {name} is required, and {self.missing:,} {of} have no value.",
                "Fill them, or take `required` out of the contract.",
            )
        if self.ages:
            raise WrongType(
                f"{file}: column {name} holds no age, or a band across {AGE_CAP}, in {self.ages:,} {of}.",
                "Write ages as 70, [70-80) or 90+.",
            )
        if self.outside:
            what = "code list" if column.codes is not None else "range"
            raise WrongType(
                f"{file}: column {name} leaves the contract's {what} in {self.outside:,} {of}.",
                f"Mend the rows, or the {what} in the contract.",
            )

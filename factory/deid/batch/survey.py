"""First pass over the partitions: what operators must know of the whole batch, and whether it keeps its contract.

What is kept of every row (its person, its parent, its quasi-identifiers, keys and measurements) goes to disk; memory
holds the distinct values of columns and what belongs to a partition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from factory.contract import Role
from factory.contract.ages import band_starts
from factory.core.errors import OrphanRow
from factory.deid.batch.behind import Ends, PeopleBehind
from factory.deid.batch.checking import Checks
from factory.deid.batch.derived import SAMPLE, derived_from
from factory.deid.batch.key_index import KeyIndex
from factory.deid.batch.measured import Measured
from factory.deid.batch.partitions import Source
from factory.deid.batch.people import People
from factory.deid.batch.reading import Distinct, as_text, cells_of, distinct
from factory.deid.batch.setting import ColumnSetting, Setting
from factory.deid.batch.spill import Spill, Spilled
from factory.deid.batch.workers import Workers
from factory.deid.kinds import ColumnKind
from factory.deid.operators.base import Cells, Ints
from factory.deid.operators.year import days_of
from factory.deid.profiles import Treatment

_IDENTIFIERS = frozenset({ColumnKind.KEY, ColumnKind.LINK, ColumnKind.LOOSE_KEY, ColumnKind.CONTACT, ColumnKind.CODE})


@dataclass
class ColumnSurvey:
    """What was seen of one column.

    `numbers`: of a quasi-identifier, the number of each row's value in `behind.values` (n rows), -1 where missing.
    """

    behind: PeopleBehind
    ends: Ends
    checks: Checks = field(default_factory=Checks)
    whole: bool = True
    numbers: Spilled | None = None
    made_of: str | None = None


@dataclass
class TableSurvey:
    """What was seen of one table: its rows, their keys, parents and people by number, and its columns."""

    keys: KeyIndex
    parents: Spilled
    owners: Spilled
    measured: Measured
    columns: dict[str, ColumnSurvey]
    rows: int = 0


@dataclass
class Survey:
    """What was seen of the batch, that of rows and people in the arrays of `spill`."""

    spill: Spill
    people: People
    tables: dict[str, TableSurvey] = field(default_factory=dict)


def survey(setting: Setting, sources: Mapping[str, Source], workers: Workers, spill: Spill) -> Survey:
    """Read every table once, parents before children.

    Raises: the DataError of the first thing that does not hold; what reading raises; DiskFull, StorageError.
    """
    made = Survey(spill, People(spill))
    for name in setting.parents_first():
        made.tables[name] = _Table(setting, name, sources[name], made).read(workers)
    return made


class _Table:
    """The first pass over one table."""

    def __init__(self, setting: Setting, name: str, source: Source, batch: Survey) -> None:
        self.setting = setting
        self.name = name
        self.source = source
        self.batch = batch
        self.table = setting.contract.tables[name]
        self.link = setting.contract.parent_of(name)
        self.columns = setting.columns[name]
        self.lost = 0
        k = setting.contract.policy.smallest_cell
        spill = batch.spill
        self.made = TableSurvey(
            KeyIndex(spill),
            spill.array(np.int32),
            spill.array(np.int32),
            Measured(spill),
            {name: ColumnSurvey(PeopleBehind(k), Ends(k)) for name in self.columns},
        )
        for column, asked in self.columns.items():
            if asked.quasi_identifier:
                self.made.columns[column].numbers = spill.array(np.int32)

    def read(self, workers: Workers) -> TableSurvey:
        """Read all partitions: typed in parallel, counted in order."""
        names = [column for column in self.columns if column in self.source.columns]
        for batch, read in workers.over(self._typed, self.source.partitions(names)):
            owner = self._people(batch)
            if not self.made.rows:
                self._derived(batch)
            for column, one in read.items():
                self._count(column, one, owner, read)
            for column in self.columns:
                if column not in read and column in names:
                    self.made.columns[column].checks.rows(batch.num_rows, batch.column(column).null_count)
            self.made.rows += batch.num_rows
        self._finish()
        return self.made

    def _typed(self, batch: pa.RecordBatch) -> tuple[pa.RecordBatch, dict[str, Distinct]]:
        read = {
            name: distinct(batch.column(name), setting.reading)
            for name, setting in self.columns.items()
            if setting.studied and name in self.source.columns
        }
        return batch, read

    def _people(self, batch: pa.RecordBatch) -> Ints:
        """Person of each row of a partition, -1 where a link leads nowhere; key, parent row and person are kept."""
        start = self.made.rows
        if self.table.key in self.source.columns:
            self.made.keys.add(self._text(batch, self.table.key))
        rows = people = np.arange(start, start + batch.num_rows, dtype=np.int32)
        if self.link is None:
            self.batch.people.grow(start + batch.num_rows)
        else:
            parent = self.batch.tables[self.link.parent_table]
            rows = parent.keys.rows_of(self._text(batch, self.link.child_column))
            people = np.where(rows >= 0, parent.owners.take(rows), np.int32(-1)).astype(np.int32)
            self.lost += int((rows < 0).sum())
        self.made.parents.append(rows)
        self.made.owners.append(people)
        return people

    def _text(self, batch: pa.RecordBatch, name: str) -> pa.Array:
        if name not in self.source.columns:
            return pa.nulls(batch.num_rows, pa.string())
        return as_text(batch.column(name), self.table.columns[name], self.table.missing)

    def _count(self, name: str, read: Distinct, people: Ints, all_read: Mapping[str, Distinct]) -> None:
        setting, made = self.columns[name], self.made.columns[name]
        made.checks.cells(read, setting.reading.column)
        cells = cells_of(read, setting.reading, people, people)
        if setting.reading.column.role is Role.DATE:
            self._dates(setting, cells, made)
        elif setting.reading.kind is ColumnKind.AGE and (year := self._row_years(all_read)) is not None:
            self._ages(cells, year)
        if setting.kind is ColumnKind.NUMBER:
            self._numbers(name, cells, made)
        if setting.counted and (setting.kind is not ColumnKind.NUMBER or made.whole):
            codes, values = cells.codes, cells.values
            if setting.reading.column.role is Role.DATE:
                codes, values = _regrouped(cells, values.dt.year)
            numbers = made.behind.add(values.tolist(), codes, people)
            if made.numbers is not None:
                made.numbers.append(numbers)

    def _dates(self, setting: ColumnSetting, cells: Cells, made: ColumnSurvey) -> None:
        there = cells.there & (cells.people >= 0)
        if setting.kind is ColumnKind.BIRTH or not there.any():
            return
        codes, people = cells.codes[there], cells.people[there]
        years = cells.values.dt.year.to_numpy(dtype=np.float64, na_value=0).astype(np.int32)
        known = cells.values.fillna(pd.Timestamp(0))
        self.batch.people.records(people, days_of(known)[codes], years[codes])

    def _row_years(self, read: Mapping[str, Distinct]) -> Ints | None:
        """Year of each row, by the first of the table's dates that is no birth; None without one."""
        name = next((n for n in read if self.columns[n].kind is ColumnKind.DATE), None)
        if name is None:
            return None
        years = read[name].values.dt.year.to_numpy(dtype=np.float64, na_value=-1).astype(np.int32)
        made: Ints = np.where(read[name].codes >= 0, years[read[name].codes], np.int32(-1))
        return made

    def _ages(self, cells: Cells, years: Ints) -> None:
        values = cells.values
        starts = values.to_numpy(np.float64, na_value=np.nan) if values.dtype != object else band_starts(values)
        ages = np.where(cells.there, starts[cells.codes], np.nan)
        there = ~np.isnan(ages) & (years >= 0) & (cells.people >= 0)
        self.batch.people.ages(cells.people[there], ages[there].astype(np.int32), years[there])

    def _numbers(self, name: str, cells: Cells, made: ColumnSurvey) -> None:
        there = cells.there & (cells.people >= 0)
        values = cells.values.to_numpy(dtype=np.float64, na_value=np.nan)
        found = values[cells.codes[there]]
        made.ends.add(found, cells.people[there])
        made.whole = made.whole and bool((found == np.round(found)).all())
        if self.columns[name].choice.treatment is Treatment.AGGREGATE:
            self.made.measured.add(name, found, cells.people[there])

    def _derived(self, batch: pa.RecordBatch) -> None:
        """Mark columns that the first rows show to be made of an identifier."""
        head = batch.slice(0, SAMPLE)
        texts = {name: self._text(head, name).to_pandas() for name, c in self.columns.items() if c.kind in _IDENTIFIERS}
        asked = {
            name: head.column(name).cast(pa.string()).to_pandas()
            for name, c in self.columns.items()
            if c.reading.column.modelled and c.reading.column.codes is None
        }
        for name, source in derived_from(asked, texts).items():
            self.made.columns[name].made_of = source

    def _finish(self) -> None:
        made, file = self.made, self.source.name
        for name, column in made.columns.items():
            column.checks.judge(name, file, self.table.columns[name])
            if column.numbers is not None:
                column.numbers.grow(made.rows, -1)
        made.keys.finish()
        made.keys.check(self.table.key, file)
        if self.link is not None and self.lost:
            raise OrphanRow(
                f"{self.name}: column {self.link.child_column} points to no row of {self.link.parent_table} "
                f"in {self.lost:,} of {made.rows:,} rows.",
                "Export parents and children of the same people.",
            )


def _regrouped(cells: Cells, values: pd.Series) -> tuple[Ints, pd.Series]:
    """Codes and distinct values after a function of the values that makes some alike."""
    group, found = pd.factorize(values)
    group = group.astype(np.int32)
    codes: Ints = np.where(cells.codes >= 0, group[cells.codes], np.int32(-1))
    return codes, pd.Series(found).astype(int)

"""Between the passes: the fitted operators of every column, and what is said of each in the log of decisions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd
import pyarrow as pa

from factory.contract import ColumnType, Contract
from factory.contract.released import date_stem
from factory.core.errors import ContractError
from factory.deid.anonymity.hierarchy import SUPPRESSED, FlatHierarchy, Hierarchy
from factory.deid.batch.looks import MOSTLY
from factory.deid.batch.setting import ColumnSetting, Setting
from factory.deid.batch.survey import ColumnSurvey, Survey
from factory.deid.decisions import SAFE_HARBOR
from factory.deid.keys import BatchKey
from factory.deid.kinds import ColumnKind
from factory.deid.operators.aggregate import pooled_counts, pools_of
from factory.deid.operators.base import Operator
from factory.deid.operators.bound import Bound, common_range
from factory.deid.operators.generalise import generalised
from factory.deid.operators.recode import Recode
from factory.deid.operators.remove import removed
from factory.deid.operators.row_id import RandomRowId, permutation
from factory.deid.operators.shift import Shift, offsets
from factory.deid.operators.suppress import SuppressPeople
from factory.deid.operators.surrogate import Surrogate
from factory.deid.operators.year import DaysSince, Year, YearTold
from factory.deid.profiles import Treatment


@dataclass(frozen=True)
class Planned:
    """What a column becomes: its released columns in order, what was done in words, and notes for the decision."""

    operators: Mapping[str, Operator]
    done: str
    profiles: tuple[str, ...]
    because: str
    notes: tuple[str, ...] = ()
    level: str | None = None
    loss: float | None = None
    found: Mapping[str, int] = field(default_factory=dict)


Plans = dict[str, dict[str, Planned]]


def plan(setting: Setting, survey: Survey, key: BatchKey) -> Plans:
    """Fit the operators of every column but free text. Raises: ContractError when two columns get one name."""
    fit = _Fit(setting, survey, key)
    plans = {
        table: {name: fit.column(table, name) for name in columns if columns[name].kind is not ColumnKind.TEXT}
        for table, columns in setting.columns.items()
    }
    for table, columns in setting.columns.items():
        for name, column in columns.items():
            if column.kind is ColumnKind.TEXT:
                plans[table][name] = _named(column, {}, column.choice.treatment)
    return plans


def check_names(contract: Contract, plans: Plans) -> None:
    """Raise ContractError when two columns of a table would be released under one name."""
    for table in contract.tables:
        names = [name for planned in plans[table].values() for name in planned.operators]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise ContractError(
                f"Two columns of {table} would both be released as {twice}.", "Give one of them another `as`."
            )


class _Fit:
    """Fitting, a method a treatment."""

    def __init__(self, setting: Setting, survey: Survey, key: BatchKey) -> None:
        self.setting = setting
        self.survey = survey
        self.key = key
        self.people = survey.people
        self.outlive = self.people.outlive(setting.contract.policy.age_cap)
        spill = survey.spill
        seed = key.number()
        self.ids = {name: permutation(spill, table.rows, seed, name) for name, table in survey.tables.items()}
        self.shifts = offsets(spill, len(self.people), seed, setting.contract.policy.date_shift_days)
        self._by: dict[Treatment, Callable[[str, str, ColumnSetting, ColumnSurvey], Planned]] = {
            Treatment.ROW_ID: self._row_id,
            Treatment.SURROGATE: self._surrogate,
            Treatment.REGION: self._category,
            Treatment.SHARE: self._category,
            Treatment.CAP_AGE: self._age,
            Treatment.BIRTH_YEAR: self._birth,
            Treatment.YEAR: self._year,
            Treatment.YEAR_AND_DAYS: self._year,
            Treatment.SHIFT: self._shift,
            Treatment.POOL: self._pool,
            Treatment.AGGREGATE: self._number,
            Treatment.BOUND: self._number,
        }

    def column(self, table: str, name: str) -> Planned:
        """Operators of one column, or its removal where it turned out to be an identifier."""
        column, seen = self.setting.columns[table][name], self.survey.tables[table].columns[name]
        if column.choice.treatment is Treatment.REMOVE:
            return _named(column, removed(), Treatment.REMOVE)
        if seen.made_of is not None:
            return _refused(column, f"made of the identifier in {seen.made_of}, whatever its declared role")
        if seen.checks.looks and seen.checks.looks >= MOSTLY * seen.checks.there:
            return _refused(
                column, f"{seen.checks.looks:,} cells look like identifiers or dates, so it is taken for one"
            )
        made = self._by[column.choice.treatment](table, name, column, seen)
        if seen.checks.looks:
            note = f"{seen.checks.looks:,} cells look like identifiers or dates and were suppressed"
            made = replace(made, notes=(*made.notes, note))
        return made

    def _row_id(self, table: str, name: str, column: ColumnSetting, seen: ColumnSurvey) -> Planned:
        link = self.setting.contract.parent_of(table)
        of = link.parent_table if column.kind is ColumnKind.LINK and link is not None else table
        self.key.used(Treatment.ROW_ID.value, seen.checks.all)
        return _named(column, {_name(column): RandomRowId(self.ids[of])}, Treatment.ROW_ID)

    def _surrogate(self, table: str, name: str, column: ColumnSetting, seen: ColumnSurvey) -> Planned:
        identifier = column.reading.column.identifier
        self.key.used(Treatment.SURROGATE.value, seen.checks.there)
        # One secret a class, so that a person's record number has one surrogate in all tables.
        secret = self.key.for_purpose("surrogate", identifier.value if identifier else f"{table}.{name}")
        prefix = (identifier.value if identifier else "key").upper()
        return _named(column, {_name(column): Surrogate(secret, prefix)}, Treatment.SURROGATE)

    def _category(self, table: str, name: str, column: ColumnSetting, seen: ColumnSurvey) -> Planned:
        closed = column.reading.column.codes is not None
        hierarchy: Hierarchy = FlatHierarchy() if column.kind is ColumnKind.REGION else column.reading.hierarchy
        notes = _uncovered(name, hierarchy, seen)
        shown = generalised(seen.behind, hierarchy, closed)
        made = _named(column, {_name(column): Recode(shown, pa.string())}, column.choice.treatment)
        return replace(made, notes=notes)

    def _age(self, table: str, name: str, column: ColumnSetting, seen: ColumnSurvey) -> Planned:
        cap = column.reading.cap
        operator: Operator
        if column.reading.column.numeric:
            kind = pa.int64() if column.reading.column.type is ColumnType.INTEGER else pa.float64()
            operator, safe = Recode({value: value for value in seen.behind.values}, kind), cap + 1
            return self._unless_outlived(column, operator, safe)
        shown = generalised(seen.behind, column.reading.hierarchy, False)
        return self._unless_outlived(column, Recode(shown, pa.string()), f"{cap + 1}+")

    def _unless_outlived(self, column: ColumnSetting, operator: Operator, safe: str | int) -> Planned:
        if self.outlive is not None:
            operator = SuppressPeople(operator, self.outlive, safe)
        made = _named(column, {_name(column): operator}, column.choice.treatment)
        if self.outlive is not None:
            note = "ages of people whom another year shows to be over the cap were suppressed"
            made = replace(made, notes=(note,))
        return made

    def _birth(self, table: str, name: str, column: ColumnSetting, seen: ColumnSurvey) -> Planned:
        # Without any event the ages that birth years show are today's.
        last = self.people.latest_year() or dt.datetime.now(dt.UTC).year
        floor = last - column.reading.cap - 1
        low, high = common_range(seen.behind) or (1, 0)
        if low <= high:
            low, high = max(low, floor), max(high, floor)
        return _named(column, {f"{date_stem(name)}_year": Year(low, high)}, column.choice.treatment)

    def _year(self, table: str, name: str, column: ColumnSetting, seen: ColumnSurvey) -> Planned:
        low, high = common_range(seen.behind) or (1, 0)
        told = column.choice.treatment is Treatment.YEAR_AND_DAYS
        year: Operator = YearTold(self.people.first, low, high) if told else Year(low, high)
        operators: dict[str, Operator] = {f"{date_stem(name)}_year": year}
        if told:
            operators[f"{date_stem(name)}_day"] = DaysSince(self.people.first)
        return _named(column, operators, column.choice.treatment)

    def _shift(self, table: str, name: str, column: ColumnSetting, seen: ColumnSurvey) -> Planned:
        self.key.used(Treatment.SHIFT.value, seen.checks.there)
        kind = pa.date32() if column.reading.column.type is ColumnType.DATE else pa.timestamp("us")
        return _named(column, {_name(column): Shift(self.shifts, kind)}, Treatment.SHIFT)

    def _pool(self, table: str, name: str, column: ColumnSetting, seen: ColumnSurvey) -> Planned:
        return _named(column, {_name(column): Recode(pooled_counts(seen.behind), pa.int64())}, Treatment.POOL)

    def _number(self, table: str, name: str, column: ColumnSetting, seen: ColumnSurvey) -> Planned:
        operator: Operator = Bound(seen.ends.range(), pa.float64())
        if seen.whole:
            operator = Recode(pooled_counts(seen.behind), pa.float64())
        elif column.choice.treatment is Treatment.AGGREGATE:
            operator = pools_of(self.survey.tables[table].measured, name, self.setting.k)
        return _named(column, {_name(column): operator}, Treatment.POOL if seen.whole else column.choice.treatment)


def _uncovered(name: str, hierarchy: Hierarchy, seen: ColumnSurvey) -> tuple[str, ...]:
    """How many cells a hierarchy does not cover. Raises: WrongType where it must cover all."""
    if isinstance(hierarchy, FlatHierarchy) or not seen.behind.values:
        return ()
    lifted = hierarchy.at(pd.Series(seen.behind.values, name=name, dtype=object), 1)
    cells = int(seen.behind.rows[(lifted == SUPPRESSED).to_numpy(dtype=bool)].sum())
    return (f"{cells:,} cells are not covered by {hierarchy.kind}; the rare among them are pooled",) if cells else ()


def _name(column: ColumnSetting) -> str:
    return column.reading.column.rename or column.reading.name


def _named(column: ColumnSetting, operators: Mapping[str, Operator], done: Treatment) -> Planned:
    return Planned(operators, done.value, column.choice.profiles, column.choice.because)


def _refused(column: ColumnSetting, why: str) -> Planned:
    return Planned({}, Treatment.REMOVE.value, column.choice.profiles, f"{SAFE_HARBOR}(R)", (why,))

"""Which rows break a clinical rule: one judge for source tables, de-identified tables and drawn ones."""

from __future__ import annotations

import operator
from collections.abc import Callable

import numpy as np
import pandas as pd

from factory.contract.ages import WIDTH, band_starts
from factory.contract.model import Contract
from factory.contract.people import person_ids
from factory.contract.released import Kind, ReleasedTable
from factory.contract.rules import (
    AgeBandRule,
    CombinationRule,
    CompareRule,
    DeterminedRule,
    DurationRule,
    ImpliesRule,
    OrderRule,
    RangeRule,
    Rule,
)

Columns = Callable[[str], pd.Series | None]
ValueRule = CompareRule | ImpliesRule | RangeRule | CombinationRule
Seen = frozenset[tuple[str, ...]]

_OPERATORS = {"<": operator.lt, "<=": operator.le, "==": operator.eq, ">=": operator.ge, ">": operator.gt}
_DAYS_A_YEAR = 365.2425
_PERSON = "person."


def broken_rows(
    rule: Rule,
    contract: Contract,
    shapes: dict[str, ReleasedTable],
    frames: dict[str, pd.DataFrame],
    seen: Seen | None = None,
) -> pd.Series:
    """True for each row (n booleans) of the rule's table that breaks it; missing values break nothing.

    `frames` have the columns of `shapes`, released or source. `seen`: the combinations that the source has.
    """
    shape, frame = shapes[rule.table], frames[rule.table]
    none = pd.Series(False, index=frame.index)

    def column(source: str) -> pd.Series | None:
        if source.startswith(_PERSON):
            return _of_person(contract, shapes, frames, rule.table, source.removeprefix(_PERSON))
        name = shape.of_source(source)
        return None if name is None else frame[name]

    match rule:
        case OrderRule():
            early, late = (_time(shape, frame, name) for name in (rule.earlier, rule.later))
            return none if early is None or late is None else _sure(late < early)
        case DurationRule():
            start, end = (_time(shape, frame, name) for name in (rule.start, rule.end))
            days = column(rule.days)
            if start is None or end is None or days is None:
                return none
            passed = end - start
            if pd.api.types.is_datetime64_any_dtype(start):
                passed = (end.dt.normalize() - start.dt.normalize()).dt.days
            return _sure(passed != days)
        case DeterminedRule():
            by, values = column(_PERSON + rule.by), column(rule.column)
            return none if by is None or values is None else _against_commonest(by, values)
        case AgeBandRule():
            return _off_age(rule, contract, shapes, frames)
        case _:
            return breaks_values(rule, column, frame.index, seen)


def breaks_values(rule: ValueRule, column: Columns, index: pd.Index, seen: Seen | None) -> pd.Series:
    """True for each row (n booleans) that breaks a rule on values alone; a column that is not there breaks nothing."""
    none = pd.Series(False, index=index)
    match rule:
        case CompareRule():
            left = column(rule.left)
            right = column(rule.right) if rule.right is not None else rule.value
            if left is None or right is None:
                return none
            there = left.notna() & (right.notna() if isinstance(right, pd.Series) else True)
            other = right.astype("Float64") if isinstance(right, pd.Series) else right
            return there & ~_sure(_OPERATORS[rule.op](left.astype("Float64"), other))
        case RangeRule():
            values = column(rule.column)
            if values is None:
                return none
            off = none.copy()
            if rule.minimum is not None:
                off |= _sure(values < rule.minimum)
            if rule.maximum is not None:
                off |= _sure(values > rule.maximum)
            return off & _where(rule.when, column, index)
        case ImpliesRule():
            kept = none.copy()
            for name, allowed in rule.then.items():
                values = column(name)
                if values is not None:
                    kept |= values.notna() & ~values.astype(str).isin(allowed)
            return kept & _where(rule.when, column, index)
        case CombinationRule():
            allowed_rows = frozenset(rule.allowed) if rule.allowed is not None else seen
            parts = [column(name) for name in rule.columns]
            if allowed_rows is None or any(part is None for part in parts):
                return none
            return pd.Series([row not in allowed_rows for row in _rows(parts)], index=index, dtype=bool)


def combinations(rule: CombinationRule, column: Columns) -> Seen:
    """The combinations that stand in the rows, missing values as the empty text."""
    parts = [column(name) for name in rule.columns]
    return frozenset() if any(part is None for part in parts) else frozenset(_rows(parts))


def combinations_of(
    rule: CombinationRule, shapes: dict[str, ReleasedTable], frames: dict[str, pd.DataFrame]
) -> Seen | None:
    """The combinations that a table in the shape has, or None where a column is not released."""
    shape, frame = shapes[rule.table], frames[rule.table]
    names = [shape.of_source(name) for name in rule.columns]
    if any(name is None for name in names):
        return None
    return combinations(rule, lambda source: frame[str(shape.of_source(source))])


def _rows(parts: list[pd.Series | None]) -> list[tuple[str, ...]]:
    texts = [part.astype(object).where(part.notna(), "").astype(str) for part in parts if part is not None]
    return list(zip(*texts, strict=True))


def _where(when: dict[str, tuple[str, ...]], column: Columns, index: pd.Index) -> pd.Series:
    kept = pd.Series(True, index=index)
    for name, allowed in when.items():
        values = column(name)
        kept &= False if values is None else values.astype(str).isin(allowed)
    return kept


def _time(shape: ReleasedTable, frame: pd.DataFrame, source: str) -> pd.Series | None:
    name = shape.of_source(source, Kind.DAY) or shape.of_source(source, Kind.MOMENT)
    return None if name is None else frame[name]


def _of_person(
    contract: Contract, shapes: dict[str, ReleasedTable], frames: dict[str, pd.DataFrame], table: str, source: str
) -> pd.Series | None:
    person = shapes[contract.person]
    name = person.of_source(source)
    if name is None:
        return None
    return person_ids(shapes, frames, table).map(frames[contract.person].set_index(person.key)[name])


def _sure(told: pd.Series) -> pd.Series:
    return told.fillna(False).astype(bool)


def _against_commonest(by: pd.Series, values: pd.Series) -> pd.Series:
    groups = values.groupby(by).nunique()
    counts = pd.DataFrame({"by": by, "value": values}).dropna().value_counts().reset_index()
    commonest = counts.drop_duplicates("by").set_index("by")["value"]
    return by.map(groups).gt(1) & values.notna() & values.ne(by.map(commonest))


def _off_age(
    rule: AgeBandRule, contract: Contract, shapes: dict[str, ReleasedTable], frames: dict[str, pd.DataFrame]
) -> pd.Series:
    shape, frame = shapes[rule.table], frames[rule.table]
    born = _of_person(contract, shapes, frames, rule.table, rule.birth)
    name, year = shape.of_source(rule.column), shape.of_source(rule.at, Kind.YEAR)
    if born is None or name is None:
        return pd.Series(False, index=frame.index)
    starts = band_starts(frame[name])
    if year is None:
        age = (frame[str(shape.of_source(rule.at))] - born).dt.days / _DAYS_A_YEAR
        return _sure((age < starts - 0.01) | (age >= np.where(starts >= 90, np.inf, starts + WIDTH) + 0.01))
    passed = frame[year].astype(float) - born.astype(float)
    # Years alone leave the birthday open, and the pooled oldest birth year means that year or any before it.
    pooled = born.astype(float) <= born.astype(float).min()
    too_old = ((passed - 1) >= starts + WIDTH) & (starts <= contract.policy.age_cap)
    return ((passed < starts) & ~pooled) | too_old

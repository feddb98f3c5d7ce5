"""How tables are laid out for a single-table engine, and put back so that the contract's rules hold.

A person row carries what is the same in all rows of the person; a child row carries gaps and durations, not days.
What a rule determines is taken out before the fit and derived after it, so it cannot be broken.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from factory.contract import (
    AgeBandRule,
    Contract,
    DeterminedRule,
    DurationRule,
    Kind,
    OrderRule,
    ReleasedTable,
    released,
)
from factory.contract.people import person_ids
from factory.synth.linking import stay_label

FIRST_YEAR = "__first_year"
COUNT = "__rows_of_"
GAP = "__gap"
STAY = "__stay"
PERSON = "__person_"


@dataclass(frozen=True)
class TablePlan:
    """Columns of one child table by what is done with them."""

    shape: ReleasedTable
    plain: tuple[str, ...]
    lifted: tuple[str, ...]
    determined: dict[str, str]
    anchor: str | None
    offsets: dict[str, str | None]
    ordered: frozenset[str]
    age_rules: tuple[AgeBandRule, ...]


def plan(contract: Contract, table: str) -> TablePlan:
    """Sort the columns of a released child table. `offsets` maps a day column to the column that holds its duration."""
    shape = released(contract)[table]
    rules = [rule for rule in contract.rules if rule.table == table]
    people = released(contract)[contract.person]
    determined = {
        str(shape.of_source(r.column)): str(people.of_source(r.by)) for r in rules if isinstance(r, DeterminedRule)
    }
    days = shape.names(Kind.DAY)
    anchor = days[0] if days else None
    starts = [shape.of_source(r.start, Kind.DAY) for r in rules if isinstance(r, DurationRule)]
    if starts:
        anchor = starts[0]
    offsets: dict[str, str | None] = {day: None for day in days if day != anchor}
    for rule in rules:
        if isinstance(rule, DurationRule) and shape.of_source(rule.start, Kind.DAY) == anchor:
            offsets[str(shape.of_source(rule.end, Kind.DAY))] = shape.of_source(rule.days)
    ordered = frozenset(
        str(shape.of_source(r.later, Kind.DAY))
        for r in rules
        if isinstance(r, OrderRule) and shape.of_source(r.earlier, Kind.DAY) == anchor
    )
    lifted = tuple(c.name for c in shape.columns if c.column.per_person and c.name not in determined)
    plain = tuple(
        c.name
        for c in shape.columns
        if c.kind in (Kind.CATEGORY, Kind.INTEGER, Kind.NUMBER) and c.name not in lifted and c.name not in determined
    )
    ages = tuple(rule for rule in rules if isinstance(rule, AgeBandRule))
    return TablePlan(shape, plain, lifted, determined, anchor, offsets, ordered, ages)


def children(contract: Contract) -> list[str]:
    """Released tables below the person table, parents first."""
    return [name for name in released(contract) if name != contract.person]


def person_frame(contract: Contract, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row a person: own columns, columns lifted from children, number of rows in each child, first year."""
    shapes = released(contract)
    shape = shapes[contract.person]
    people = tables[contract.person]
    ids = people[shape.key]
    made = people[[c.name for c in shape.columns if c.kind is not Kind.ID]].copy()
    first: list[pd.Series] = []
    for child in children(contract):
        owner = person_ids(shapes, tables, child)
        made[COUNT + child] = ids.map(owner.value_counts()).fillna(0).astype("int64")
        for name in plan(contract, child).lifted:
            made[PERSON + name] = ids.map(tables[child][name].groupby(owner).first())
        for year in shapes[child].names(Kind.YEAR):
            first.append(ids.map(tables[child][year].groupby(owner).min()))
    if first:
        made[FIRST_YEAR] = pd.concat(first, axis=1).min(axis=1)
    return made.reset_index(drop=True)


def child_frame(contract: Contract, tables: dict[str, pd.DataFrame], people: pd.DataFrame, table: str) -> pd.DataFrame:
    """One row a child row: plain columns, gap since the person's previous row, durations, and the person's context."""
    shapes = released(contract)
    here = plan(contract, table)
    frame = tables[table]
    owner = person_ids(shapes, tables, table)
    made = frame[list(here.plain)].copy()
    made[STAY] = _stays(frame, owner, here.anchor)
    if here.anchor is not None:
        made[GAP] = _gaps(frame[here.anchor], owner)
        for day, duration in here.offsets.items():
            if duration is None:
                made["__after_" + day] = frame[day] - frame[here.anchor]
    index = pd.Index(tables[contract.person][shapes[contract.person].key].to_numpy())
    for name in context(contract, people):
        made[PERSON + "_" + name] = owner.map(pd.Series(people[name].to_numpy(), index=index)).to_numpy()
    return made.reset_index(drop=True)


def context(contract: Contract, people: pd.DataFrame) -> list[str]:
    """Columns of the person frame that child rows are matched on: its categories, then its birth year."""
    shape = released(contract)[contract.person]
    categories = [name for name in people.columns if people[name].dtype == object]
    return categories + [name for name in shape.names(Kind.BIRTH_YEAR) if name in people.columns]


def _stays(frame: pd.DataFrame, owner: pd.Series, anchor: str | None) -> pd.Series:
    if anchor is None:
        nth = frame.groupby(owner).cumcount() + 1
    else:
        nth = frame[anchor].groupby(owner).rank(method="first").fillna(1).astype(int)
    return stay_label(nth, owner.map(owner.value_counts()))


def _gaps(days: pd.Series, owner: pd.Series) -> pd.Series:
    order = pd.DataFrame({"owner": owner, "day": days.astype("Float64")}).sort_values(["owner", "day"], kind="stable")
    gaps = order.groupby("owner")["day"].diff().fillna(order["day"])
    return gaps.reindex(days.index).clip(lower=0).fillna(0).astype("Int64")


def years_of(days: pd.Series, owner: pd.Series, first_year: pd.Series, start_day: pd.Series) -> pd.Series:
    """Calendar year of a day counted from the person's first record, given that record's year and day of year."""
    passed = (owner.map(start_day).astype(float) + days.astype(float)) / 365.25
    return (owner.map(first_year).astype(float) + np.floor(passed)).astype("Int64")

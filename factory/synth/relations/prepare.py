"""Tables as the models of rows see them: sorted in time, dates as gaps, rows with what is known of their children."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.contract import Kind, ReleasedTable
from factory.synth.relations.clock import Clock, Floats, clock_of
from factory.synth.relations.plan import TablePlan
from factory.synth.rows import Field

Rows = npt.NDArray[np.int64]

AT = "at|"
AFTER = "after|"
COUNT = "rows of|"
START = "start of|"
SPAN = "span of|"
LIFTED = "of rows of|"
FIRST_YEAR = "first year|"
TIMELESS = "no time|"
LEVEL = "level|"
END = "end|"
TALLY = "tally|"
FORETOLD = "foretold|"


@dataclass
class Level:
    """One table, drawn or learned from: `rows` (n x own columns) in order of parent and time.

    `owner` (n,) is the row number in the parent's level, `people` (n,) in the person table's, `at` (n,) the anchor in
    units of the table's clock, counted from the same zero in all tables; 0 where a table has no time.
    """

    rows: pd.DataFrame
    owner: Rows
    people: Rows
    at: Floats

    def nth(self) -> Rows:
        """Which row of its parent each row is, from 0."""
        return ranks(self.owner)


def ranks(owner: Rows) -> Rows:
    """Position of each row among those of its owner, from 0; rows of an owner stand together."""
    if not len(owner):
        return owner
    first = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    return np.arange(len(owner)) - np.repeat(first, np.diff(np.r_[first, len(owner)]))


def clocks(shapes: dict[str, ReleasedTable], plans: dict[str, TablePlan], tables: dict[str, pd.DataFrame]) -> Clock:
    """One clock for all tables, so that times of different tables can be compared."""
    moments = [tables[t][name] for t in shapes for name in shapes[t].names(Kind.MOMENT) if name in plans[t].times]
    return clock_of(moments)


def levels(plans: dict[str, TablePlan], clock: Clock, tables: dict[str, pd.DataFrame]) -> dict[str, Level]:
    """A level a table, parents before children; rows whose parent is not there are left out."""
    made: dict[str, Level] = {}
    keys: dict[str, pd.Index] = {}
    for name, plan in plans.items():
        frame = tables[name]
        owner = np.full(len(frame), -1)
        if plan.parent is not None:
            owner = keys[plan.parent].get_indexer(pd.Index(frame[plan.shape.parent_id].to_numpy()))
        at = np.zeros(len(frame))
        if plan.anchor is not None:
            at = clock.read(frame[plan.anchor])
        order = np.lexsort((np.arange(len(frame)), at, owner))
        order = order[owner[order] >= 0] if plan.parent is not None else np.arange(len(frame))
        people = np.arange(len(frame)) if plan.parent is None else made[plan.parent].people[owner[order]]
        rows = _own(plan, clock, frame.iloc[order].reset_index(drop=True))
        made[name] = Level(rows, owner[order], people, at[order])
        keys[name] = pd.Index(frame[plan.shape.key].to_numpy()[order])
    for name in reversed(list(plans)):
        for child in plans[name].children:
            _add_children(made[name], made[child], child, plans[child])
    _add_person(plans, tables, made, keys)
    return made


def _add_person(
    plans: dict[str, TablePlan], tables: dict[str, pd.DataFrame], made: dict[str, Level], keys: dict[str, pd.Index]
) -> None:
    """What is the same in all rows of a person is drawn with the person, and so is the year of the first record."""
    root = next(iter(plans))
    years: list[pd.Series] = []
    for name, plan in plans.items():
        frame = tables[name].set_index(plan.shape.key)
        for column in (*plan.lifted, *plan.years):
            values = frame[column].reindex(keys[name]).reset_index(drop=True).groupby(made[name].people)
            if column in plan.years:
                years.append(values.min().reindex(range(len(made[root].rows))))
            else:
                first = values.first().reindex(range(len(made[root].rows)))
                is_text = plan.fields[column].kind == "category"
                made[root].rows[f"{LIFTED}{name}|{column}"] = as_text(first) if is_text else first
    if years:
        made[root].rows[FIRST_YEAR] = pd.concat(years, axis=1).astype("float64").min(axis=1).round().astype("Int64")


def _own(plan: TablePlan, clock: Clock, frame: pd.DataFrame) -> pd.DataFrame:
    made = frame[list(plan.plain)].copy()
    for name in made.columns:
        if plan.fields[name].kind == "category":
            made[name] = as_text(made[name])
            # What a text repeats of a number is left to the number; the text keeps its words.
            if name in plan.twins:
                made[name] = made[name].where(pd.to_numeric(made[name], errors="coerce").isna(), None)
    if plan.anchor is None:
        return made
    at = clock.read(frame[plan.anchor])
    if np.isnan(at).any():
        made[TIMELESS] = np.where(np.isnan(at), "yes", "no").astype(object)
    for name in plan.times[1:]:
        if name not in plan.durations:
            made[AFTER + name] = whole(clock.read(frame[name]) - at)
    return made


def _add_children(parent: Level, child: Level, name: str, plan: TablePlan) -> None:
    """What a parent's row knows of its rows in a child table: how many, when they begin, how long they last."""
    n = len(parent.rows)
    count = np.bincount(child.owner, minlength=n)
    parent.rows[COUNT + name] = count
    if plan.anchor is None or not len(child.rows):
        return
    filled(child)
    first = np.full(n, np.nan)
    last = np.full(n, np.nan)
    edge = np.flatnonzero(np.r_[True, child.owner[1:] != child.owner[:-1]])
    end = np.r_[edge[1:], len(child.owner)] - 1
    first[child.owner[edge]] = child.at[edge]
    last[child.owner[end]] = child.at[end]
    parent.rows[START + name] = whole(first - begins(parent))
    if count.max() > 1:
        parent.rows[SPAN + name] = whole(last - first)


def begins(parent: Level) -> Floats:
    """Since when a parent's rows count the start of their children: its own time, or the zero of all tables.

    A time that only some parents have (a death) says nothing of when the children of the others begin.
    """
    return np.zeros(len(parent.at)) if TIMELESS in parent.rows.columns else parent.at


def filled(level: Level) -> None:
    """A missing time is that of the row before, or of the next one of the same parent; 0 where there is none."""
    if np.isnan(level.at).any():
        at = pd.Series(level.at).groupby(level.owner)
        level.at = np.asarray(at.ffill().groupby(level.owner).bfill().fillna(0.0), dtype=np.float64)


def gaps(level: Level) -> Floats:
    """Time since the row before of the same parent, 0 for the first."""
    made = np.zeros(len(level.at))
    made[1:] = np.where(level.owner[1:] == level.owner[:-1], np.diff(level.at), 0.0)
    return made


def whole(values: Floats) -> pd.Series:
    """Whole units as `Int64`."""
    return pd.Series(np.round(values)).astype("Int64")


def as_text(values: pd.Series) -> pd.Series:
    """Category values as text, None where missing."""
    there = values.notna()
    return values.astype(object).where(there, None).map(lambda v: v if v is None or isinstance(v, str) else str(v))


def written(numbers: pd.Series) -> pd.Series:
    """Numbers as they are written: 4, 4.1, 0.05."""
    return numbers.astype("float64").map(lambda value: f"{value:.10g}", na_action="ignore").astype(object)


def field_for(name: str, plan: TablePlan, plans: dict[str, TablePlan]) -> Field:
    """Field of an own column of a level: the contract's for its own, counts and times otherwise."""
    if name in plan.fields:
        return plan.fields[name]
    if name.startswith(LIFTED):
        table, _, column = name.removeprefix(LIFTED).partition("|")
        return plans[table].fields[column]
    if name.startswith((LEVEL, END)):
        return Field("number")
    if name.startswith(TIMELESS):
        return Field("category")
    return Field("integer", minimum=0.0 if name.startswith((COUNT, SPAN, TALLY)) else None)

"""Putting drawn rows back into the released shape: ids, days, years, ages and determined columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from factory.contract import Contract, Kind, released
from factory.contract.ages import WIDTH, band_label, band_starts
from factory.contract.people import person_ids
from factory.core.seeds import generator
from factory.synth import layout
from factory.synth.linking import stay_label


@dataclass(frozen=True)
class Learned:
    """Aggregates the engine keeps beside its models."""

    last_year: int | None
    determined: dict[str, dict[object, object]]


def learn(contract: Contract, tables: dict[str, pd.DataFrame], people: pd.DataFrame) -> Learned:
    """The last year of the batch, and each determined column's value for each value that determines it."""
    shapes = released(contract)
    years = [tables[t][y].max() for t in shapes for y in shapes[t].names(Kind.YEAR)]
    index = pd.Index(tables[contract.person][shapes[contract.person].key].to_numpy())
    made: dict[str, dict[object, object]] = {}
    for table in layout.children(contract):
        owner = person_ids(shapes, tables, table)
        for column, by in layout.plan(contract, table).determined.items():
            values = owner.map(pd.Series(people[by].to_numpy(), index=index))
            commonest = tables[table][column].groupby(values).agg(_commonest)
            made[f"{table}.{column}"] = dict(commonest)
    return Learned(int(max(years)) if years else None, made)


def _commonest(group: pd.Series) -> object:
    modes = group.mode()
    return modes.iloc[0] if len(modes) else None


def people_table(contract: Contract, drawn: pd.DataFrame) -> pd.DataFrame:
    """The person table from drawn person rows, with fresh ids 1..n."""
    shape = released(contract)[contract.person]
    made = drawn[[name for name in shape.names() if name in drawn.columns]].copy()
    made[shape.key] = np.arange(1, len(drawn) + 1)
    return made


def wanted_rows(contract: Contract, drawn: pd.DataFrame, table: str) -> pd.DataFrame:
    """A row for each child row to be drawn: its person's row number, which row of how many, the person's context."""
    counts = drawn[layout.COUNT + table].astype(float).round().clip(lower=0).astype(int).to_numpy()
    at = np.repeat(np.arange(len(drawn)), counts)
    total = pd.Series(np.repeat(counts, counts))
    nth = pd.Series(at).groupby(at).cumcount() + 1
    made = pd.DataFrame({"at": at, "nth": nth, layout.STAY: stay_label(nth, total)})
    for name in layout.context(contract, drawn):
        made[layout.PERSON + "_" + name] = drawn[name].to_numpy()[at]
    return made


def child_table(
    contract: Contract,
    learned: Learned,
    drawn: pd.DataFrame,
    wanted: pd.DataFrame,
    rows: pd.DataFrame,
    table: str,
    seed: int,
) -> pd.DataFrame:
    """A child table from matched rows: every rule of the contract holds by construction."""
    here = layout.plan(contract, table)
    made = rows[list(here.plain)].copy().reset_index(drop=True)
    at = wanted["at"].reset_index(drop=True)
    made[here.shape.key] = np.arange(1, len(made) + 1)
    if here.shape.parent_id is not None:
        made[here.shape.parent_id] = at + 1
    for name in here.lifted:
        made[name] = drawn[layout.PERSON + name].to_numpy()[at]
    for name, by in here.determined.items():
        made[name] = pd.Series(drawn[by].to_numpy()[at]).map(learned.determined[f"{table}.{name}"])
    if here.anchor is not None:
        _days(made, rows.reset_index(drop=True), at, here)
        _years(made, drawn, at, here, learned, generator(seed, "start-of-year"))
        for rule in here.age_rules:
            birth = str(released(contract)[contract.person].of_source(rule.birth))
            column, year = (
                str(here.shape.of_source(rule.column)),
                str(here.shape.of_source(rule.at, Kind.YEAR)),
            )
            born = pd.Series(drawn[birth].to_numpy()[at]).astype(float)
            made[column] = _ages(made[column], born, made[year], at, contract.policy.age_cap, learned)
    return made


def _days(made: pd.DataFrame, rows: pd.DataFrame, at: pd.Series, here: layout.TablePlan) -> None:
    anchor = str(here.anchor)
    gaps = rows[layout.GAP].astype(float).round().clip(lower=0)
    gaps[at.groupby(at).cumcount() == 0] = 0
    # A next stay begins no earlier than the one before it ended.
    stayed = pd.Series(0.0, index=gaps.index)
    for duration in here.offsets.values():
        if duration is not None:
            stayed = made[duration].astype(float).groupby(at).shift(1).fillna(0)
    made[anchor] = gaps.where(gaps >= stayed, stayed).groupby(at).cumsum().astype("Int64")
    for day, duration in here.offsets.items():
        after = made[duration] if duration is not None else rows["__after_" + day]
        after = after.astype(float).round()
        if day in here.ordered:
            after = after.clip(lower=0)
        made[day] = (made[anchor].astype(float) + after).astype("Int64")


def _years(
    made: pd.DataFrame,
    drawn: pd.DataFrame,
    at: pd.Series,
    here: layout.TablePlan,
    learned: Learned,
    dice: np.random.Generator,
) -> None:
    start = pd.Series(dice.integers(0, 365, len(drawn)))
    first = drawn[layout.FIRST_YEAR].astype(float).round().reset_index(drop=True)
    # A person drawn with rows but, as those without any, with no first year begins in the middle of the batch.
    first = first.fillna(first.median())
    if learned.last_year is not None:
        furthest = made[here.shape.names(Kind.DAY)].astype(float).max(axis=1).groupby(at).max()
        span = np.floor((start + furthest.reindex(start.index).fillna(0)) / 365.25)
        first = first.clip(upper=learned.last_year - span)
    for column in here.shape.columns:
        if column.kind is Kind.YEAR:
            day = str(here.shape.of_source(column.source, Kind.DAY))
            made[column.name] = layout.years_of(made[day], at, first, start)


def _ages(bands: pd.Series, born: pd.Series, year: pd.Series, at: pd.Series, cap: int, learned: Learned) -> pd.Series:
    """Bands that agree with birth and event year; for the pooled oldest, at least as old as drawn."""
    age = year.astype(float) - born
    first = age.groupby(at).transform("first")
    # Whether the birthday has passed is settled once a person, from the drawn band, so that ages never go down.
    drawn = pd.Series(band_starts(bands), index=bands.index).groupby(at).transform("first")
    minus = ((first % WIDTH == 0) & (drawn < first)).astype(float)
    exact = (age - minus).clip(lower=0)
    if learned.last_year is not None:
        pooled = born <= learned.last_year - cap - 1
        older = pd.Series(band_starts(bands), index=bands.index).where(pooled).groupby(at).cummax()
        exact = exact.where(~pooled, np.fmax(exact, older))
    starts = (exact // WIDTH * WIDTH).clip(upper=cap + 1)
    labels = {start: band_label(int(start), cap) for start in pd.unique(starts.dropna())}
    made: pd.Series = starts.map(labels).astype(object)
    return made

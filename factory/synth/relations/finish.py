"""Putting drawn levels back into tables: keys, links, dates, years, ages and what a rule determines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.contract import Contract, Kind, ReleasedTable
from factory.contract.ages import WIDTH, band_label, band_starts
from factory.synth.relations.clock import Clock, Floats
from factory.synth.relations.plan import TablePlan
from factory.synth.relations.prepare import AFTER, FIRST_YEAR, LIFTED, TIMELESS, Level, written

_YEAR = 365.25
_EVIDENCE = 11


@dataclass(frozen=True)
class Learned:
    """Aggregates kept beside the models.

    `determined` maps a column to its value for each value that determines it. `orders`: pairs of time columns of a
    table that are never the other way round. `bounds`: pairs of a parent's time and a child's, True where the parent's
    is the earlier. `apart`: a table's column of ends where no row of a parent begins before the last one ended.
    `apart_from`: numbers that no
    word ever stands beside in the text that repeats them.
    """

    last_year: int | None
    determined: dict[str, dict[object, object]]
    orders: dict[str, list[tuple[str, str]]]
    bounds: dict[str, list[tuple[str, str, bool]]]
    apart: dict[str, str]
    apart_from: frozenset[str] = frozenset()


def learn(
    contract: Contract,
    plans: dict[str, TablePlan],
    clock: Clock,
    tables: dict[str, pd.DataFrame],
) -> Learned:
    """The last year of the batch, determined columns, and which times always follow which."""
    years = [tables[name][year].max() for name, plan in plans.items() for year in plan.years]
    years = [int(year) for year in years if not pd.isna(year)]
    determined: dict[str, dict[object, object]] = {}
    orders: dict[str, list[tuple[str, str]]] = {}
    bounds: dict[str, list[tuple[str, str, bool]]] = {}
    apart: dict[str, str] = {}
    root = next(iter(plans))
    owners = tables[root][plans[root].shape.key].to_numpy()
    person_of = {root: pd.Series(owners, index=owners)}
    for name, plan in plans.items():
        frame = tables[name]
        times = {column: clock.read(frame[column]) for column in plan.times}
        orders[name] = [(a, b) for a in plan.times for b in plan.times if a != b and always(times[a], times[b])]
        bounds[name] = []
        if plan.parent is not None:
            link = frame[plan.shape.parent_id]
            person_of[name] = pd.Series(link.map(person_of[plan.parent]).to_numpy(), index=frame[plan.shape.key])
            parent = tables[plan.parent].set_index(plans[plan.parent].shape.key)
            for up in plans[plan.parent].times:
                above = clock.read(link.map(parent[up]))
                bounds[name] += [(up, own, True) for own in plan.times if always(above, times[own])]
                bounds[name] += [(up, own, False) for own in plan.times if always(times[own], above)]
            ends = [b for a, b in orders[name] if a == plan.anchor and _is_apart(times[a], times[b], link)]
            if ends:
                apart[name] = ends[0]
        for column, by in plan.determined.items():
            values = person_of[name].map(tables[root].set_index(plans[root].shape.key)[by]).to_numpy()
            determined[f"{name}.{column}"] = dict(frame[column].groupby(values).agg(_commonest))
    alone = {
        number
        for name, plan in plans.items()
        for text, number in plan.twins.items()
        if not _words(tables[name][text])[tables[name][number].notna()].any()
    }
    return Learned(max(years) if years else None, determined, orders, bounds, apart, frozenset(alone))


def _words(texts: pd.Series) -> pd.Series:
    """Where a text is there and no number."""
    words: pd.Series = texts.notna() & pd.to_numeric(texts, errors="coerce").isna()
    return words


def _is_apart(start: Floats, end: Floats, owner: pd.Series) -> bool:
    order = pd.DataFrame({"start": start, "end": end, "owner": owner.to_numpy()}).sort_values(["owner", "start", "end"])
    ended = order["end"].groupby(order["owner"]).shift(1).to_numpy()
    return always(ended, order["start"].to_numpy())


def always(early: Floats, late: Floats) -> bool:
    """True where `late` is never before `early`, in as many rows as can show it."""
    both = ~np.isnan(early) & ~np.isnan(late)
    return bool(both.sum() >= _EVIDENCE and (late[both] >= early[both]).all())


def _commonest(group: pd.Series) -> object:
    modes = group.mode()
    return modes.iloc[0] if len(modes) else None


class Finisher:
    """Makes tables of drawn levels, parents first; `first_id` is the number of the first person."""

    def __init__(
        self, contract: Contract, plans: dict[str, TablePlan], clock: Clock, learned: Learned, rng: np.random.Generator
    ) -> None:
        self._contract = contract
        self._plans = plans
        self._clock = clock
        self._learned = learned
        self._rng = rng

    def tables(self, drawn: dict[str, Level], first_ids: dict[str, int]) -> dict[str, pd.DataFrame]:
        """All tables of the shape learned from; row ids count from `first_ids`."""
        times = {name: self._times(name, level) for name, level in drawn.items()}
        for name, level in drawn.items():
            self._hold_order(name, level, times)
        year, day = self._start_of_people(drawn, times)
        ids = {name: first_ids.get(name, 1) + np.arange(len(level.rows)) for name, level in drawn.items()}
        return {name: self._table(name, drawn, times, ids, year, day) for name in drawn}

    def settle(self, name: str, level: Level) -> None:
        """Moves rows that must not overlap, before their own rows are drawn: what hangs from them moves with them."""
        anchor = self._plans[name].anchor
        if name in self._learned.apart and anchor is not None:
            here = self._times(name, level)
            before = here[anchor].copy()
            self._set_apart(level, here, anchor, self._learned.apart[name])
            level.at = level.at + np.nan_to_num(here[anchor] - before)

    def _times(self, name: str, level: Level) -> dict[str, Floats]:
        plan = self._plans[name]
        if plan.anchor is None:
            return {}
        at = level.at.copy()
        if TIMELESS in level.rows.columns:
            at[(level.rows[TIMELESS] == "yes").to_numpy()] = np.nan
        made = {plan.anchor: at}
        for column in plan.times[1:]:
            if column in plan.durations:
                days = level.rows[plan.durations[column]].to_numpy("float64", na_value=np.nan)
                made[column] = at + np.round(days * self._clock.per_day)
            else:
                made[column] = at + level.rows[AFTER + column].to_numpy("float64", na_value=np.nan)
        return made

    def _set_apart(self, level: Level, here: dict[str, Floats], anchor: str, end: str) -> None:
        """Moves rows that begin before the one before them ended, with all their times, to where it ended."""
        nth = level.nth()
        for turn in range(1, int(nth.max(initial=0)) + 1):
            rows = np.flatnonzero(nth == turn)
            late = np.nan_to_num(np.fmax(here[end][rows - 1] - here[anchor][rows], 0.0))
            for values in here.values():
                values[rows] += late

    def _hold_order(self, name: str, level: Level, times: dict[str, dict[str, Floats]]) -> None:
        """Moves a time that would break an order that always held; durations are kept whole where they can be."""
        plan, here = self._plans[name], times[name]
        if name in self._learned.apart:
            self._set_apart(level, here, str(plan.anchor), self._learned.apart[name])
        fixed = set(plan.durations)
        if plan.parent is not None:
            above = times[plan.parent]
            for is_low in (True, False):
                for up, own, low in self._learned.bounds[name]:
                    if low == is_low and own not in fixed:
                        edge = above[up][level.owner]
                        here[own] = _at_least(here[own], edge) if low else _at_most(here[own], edge)
        for early, late in self._learned.orders[name]:
            if late not in fixed:
                here[late] = _at_least(here[late], here[early])

    def _start_of_people(self, drawn: dict[str, Level], times: dict[str, dict[str, Floats]]) -> tuple[Floats, Floats]:
        """First calendar year of each person, and the day of that year of the first record."""
        root = next(iter(self._plans))
        people = drawn[root]
        day = self._rng.integers(0, 365, len(people.rows)).astype("float64")
        if FIRST_YEAR not in people.rows.columns:
            return np.full(len(day), np.nan), day
        year = people.rows[FIRST_YEAR].to_numpy("float64", na_value=np.nan)
        if np.isnan(year).any() and not np.isnan(year).all():
            # A person drawn with rows but, as those without any, with no first year begins in the middle of the batch.
            year[np.isnan(year)] = np.round(np.nanmedian(year))
        if self._learned.last_year is not None:
            furthest = np.zeros(len(day))
            for name, level in drawn.items():
                for source in self._plans[name].years.values():
                    np.fmax.at(furthest, level.people, times[name][source])
            year = np.fmin(year, self._learned.last_year - np.floor((day + np.nan_to_num(furthest)) / _YEAR))
        return year, day

    def _table(
        self,
        name: str,
        drawn: dict[str, Level],
        times: dict[str, dict[str, Floats]],
        ids: dict[str, npt.NDArray[np.int64]],
        year: Floats,
        day: Floats,
    ) -> pd.DataFrame:
        plan, level = self._plans[name], drawn[name]
        people = drawn[next(iter(self._plans))].rows
        made: dict[str, pd.Series] = {}
        for column in plan.shape.columns:
            at = column.name
            if column.kind is Kind.ID:
                made[at] = pd.Series(ids[name])
            elif column.kind is Kind.PARENT_ID and plan.parent is not None:
                made[at] = pd.Series(ids[plan.parent][level.owner])
            elif column.kind is Kind.ANCESTOR_ID:
                made[at] = pd.Series(self._ancestor_ids(name, column.source, drawn, ids))
            elif at in times[name]:
                made[at] = self._clock.write(times[name][at], column.kind is Kind.MOMENT)
            elif at in plan.years:
                passed = np.floor((day[level.people] + times[name][plan.years[at]]) / _YEAR)
                made[at] = pd.Series(year[level.people] + passed).astype("Int64")
            elif at in plan.lifted:
                made[at] = people[f"{LIFTED}{name}|{at}"].iloc[level.people].reset_index(drop=True)
            elif at in plan.determined:
                by = people[plan.determined[at]].iloc[level.people].reset_index(drop=True)
                made[at] = by.map(self._learned.determined[f"{name}.{at}"]).astype(object)
            else:
                made[at] = level.rows[at].reset_index(drop=True)
        for text, number in plan.twins.items():
            if number in self._learned.apart_from:
                # A word stands there in place of a number, never beside one.
                made[number] = made[number].mask(made[text].notna())
            made[text] = made[text].where(made[text].notna() | made[number].isna(), written(made[number]))
        table = pd.DataFrame(made, copy=False)
        for rule in plan.age_rules:
            self._ages(table, plan, rule.column, rule.at, rule.birth, people, level)
        return table

    def _ancestor_ids(
        self, name: str, key: str, drawn: dict[str, Level], ids: dict[str, npt.NDArray[np.int64]]
    ) -> npt.NDArray[np.int64]:
        at = drawn[name].owner
        up = self._plans[name].parent
        while up is not None and self._plans[up].shape.key != key:
            at, up = drawn[up].owner[at], self._plans[up].parent
        return ids[str(up)][at]

    def _ages(
        self, table: pd.DataFrame, plan: TablePlan, column: str, at: str, birth: str, people: pd.DataFrame, level: Level
    ) -> None:
        """Bands that agree with birth and event year; for the pooled oldest, at least as old as drawn."""
        shapes: dict[str, ReleasedTable] = {name: one.shape for name, one in self._plans.items()}
        born_column = str(shapes[self._contract.person].of_source(birth, Kind.BIRTH_YEAR))
        name, year = str(plan.shape.of_source(column)), str(plan.shape.of_source(at, Kind.YEAR))
        born = people[born_column].to_numpy("float64", na_value=np.nan)[level.people]
        cap = self._contract.policy.age_cap
        owner = pd.Series(level.people)
        age = pd.Series(table[year].to_numpy("float64", na_value=np.nan) - born)
        starts = pd.Series(band_starts(table[name]))
        first = age.groupby(owner).transform("first")
        # Whether the birthday has passed is settled once a person, from the drawn band, so that ages never go down.
        drawn = starts.groupby(owner).transform("first")
        exact = (age - ((first % WIDTH == 0) & (drawn < first)).astype(float)).clip(lower=0)
        if self._learned.last_year is not None:
            pooled = pd.Series(born <= self._learned.last_year - cap - 1)
            exact = exact.where(~pooled, np.fmax(exact, starts.where(pooled).groupby(owner).cummax()))
        bands = (exact // WIDTH * WIDTH).clip(upper=cap + 1)
        labels = {start: band_label(int(start), cap) for start in pd.unique(bands.dropna())}
        table[name] = bands.map(labels).astype(object).where(table[name].notna() | exact.notna(), None)


def _at_least(values: Floats, low: Floats) -> Floats:
    return np.where(np.isnan(values) | np.isnan(low), values, np.fmax(values, low))


def _at_most(values: Floats, high: Floats) -> Floats:
    return np.where(np.isnan(values) | np.isnan(high), values, np.fmin(values, high))

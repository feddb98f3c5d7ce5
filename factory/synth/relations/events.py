"""Events of many kinds in one table (labs, vitals, drugs): when the next comes, which it is, and its values.

An item's values follow that item's last values in the same parent, however many other events came between.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.core.seeds import derive
from factory.synth.relations.chain import Chain
from factory.synth.relations.prepare import Level, Rows, gaps, ranks, whole
from factory.synth.relations.relevance import relevant
from factory.synth.relations.sequence import ELAPSED, GAP, LEFT, NTH, PREVIOUS, ROOM, bounds, field_of_context
from factory.synth.rows import Field, People
from factory.synth.trees import SequentialTrees, Settings

SINCE = "since|"
ITEM = "item|"
MEAN = "mean before|"
LEVEL = "level|"
TALLY = "tally|"
# Cells of the table of parents and items beyond which items are drawn without each parent's tallies.
_MOST_CELLS = 20_000_000
# Events are many: fewer trees and columns for each than for rows of which a parent has a few.
_TREES = 3
_MOST_CONTEXT = 4
# Most by which gaps are stretched or shortened to fill a span, and the grids they keep, in the clock's units.
_STRETCH = 4.0
_GRIDS = (5.0, 15.0, 60.0, 1440.0)


class Events:
    """Draws the events of many parents: first all moments and items, then each item's values in order."""

    def __init__(self, settings: Settings, item: str, keep: Collection[str] = ()) -> None:
        self._keep = frozenset(keep)
        # A person gives many events, so few people hold as many rows as a leaf of single rows does.
        leaf = min(settings.min_people_per_leaf, settings.min_people_when_many)
        self._settings = replace(
            settings,
            trees=_TREES,
            people_share=0.9,
            min_people_per_leaf=leaf,
            few_people=0,
            shrinkage=5.0,
            atom_share=0.25,
            scale_values=5,
        )
        self._item = item

    def fit(
        self,
        level: Level,
        fields: Mapping[str, Field],
        context: pd.DataFrame,
        own: pd.DataFrame,
        people: People,
        timed: bool,
        seed: int,
    ) -> None:
        """Learn from a level (n rows, in the order of `by_item`) with the context of each row's parent (n rows).

        `own` holds each parent's level of some items (a row a parent, a column an item).
        """
        self._timed = timed
        self._like = level.rows.iloc[:0]
        items = level.rows[self._item]
        gap = gaps(level)
        self._chain = Chain(self._settings.smallest_cell)
        self._chain.fit(items, level.nth(), gap == 0, people)
        context = context.reset_index(drop=True)
        values = level.rows.drop(columns=self._item)
        kept = [name for name in context.columns if name in self._keep]
        best = relevant(context.drop(columns=kept), values.assign(**{GAP: gap}), _MOST_CONTEXT, items)
        self._context = [*kept, *best]
        context = context[self._context]
        if timed:
            self._fit_gaps(level, context, people, gap, seed)
        self._values = [name for name in level.rows.columns if name != self._item]
        self._numbers = [name for name in self._values if fields[name].kind != "category"]
        self._models: dict[int, SequentialTrees] = {}
        self._value_columns: dict[int, list[str]] = {}
        if self._values:
            self._fit_values(level, fields, context, own, people, seed)

    def _fit_gaps(
        self, level: Level, context: pd.DataFrame, people: People, gap: npt.NDArray[np.float64], seed: int
    ) -> None:
        nth = level.nth()
        first, last, count = bounds(level)
        codes = self._chain.codes(level.rows[self._item])
        before = np.r_[-1, codes[:-1]]
        # Items in the order of how often time passes after them: one split of a tree then parts them well.
        passes = pd.Series(gap > 0)[nth > 0].groupby(before[nth > 0]).mean().sort_values(kind="stable")
        self._gap_rank = np.full(self._chain.items + 1, -1.0)
        self._gap_rank[passes.index.to_numpy()] = np.arange(len(passes))
        elapsed, left = level.at - gap - first, last - level.at + gap
        given = _clock_of_row(nth, count, elapsed, left, np.r_[0.0, gap[:-1]], self._gap_rank[before])
        given = pd.concat([given, context], axis=1)[nth > 0].reset_index(drop=True)
        frame = given.assign(**{GAP: whole(gap)[nth > 0].reset_index(drop=True)})
        fields = {name: field_of_context(given[name]) for name in given.columns}
        self._gaps = SequentialTrees(self._settings)
        self._gap_given = list(given.columns)
        fields[GAP] = Field("integer", minimum=0.0)
        self._gaps.fit(frame, fields, people[nth > 0], derive(seed, "gaps"), given=self._gap_given)

    def _fit_values(
        self,
        level: Level,
        fields: Mapping[str, Field],
        context: pd.DataFrame,
        own: pd.DataFrame,
        people: People,
        seed: int,
    ) -> None:
        codes = self._chain.codes(level.rows[self._item])
        enough = 2 * self._settings.smallest_cell
        groups = {code: np.flatnonzero(codes == code) for code in range(self._chain.items)}
        names = self._chain.names(np.arange(self._chain.items))
        rest = [rows for rows in groups.values() if len(np.unique(people[rows])) < enough]
        large = {code: rows for code, rows in groups.items() if len(np.unique(people[rows])) >= enough}
        if rest:
            large[-1] = np.sort(np.concatenate([*rest, np.flatnonzero(codes < 0)]))
        for code, here in large.items():
            rows = here
            if code < 0:
                rows = here[np.lexsort((level.at[here], codes[here], level.owner[here]))]
            values = level.rows[self._values].iloc[rows].reset_index(drop=True)
            owner, at = level.owner[rows], level.at[rows]
            if code < 0:
                owner = owner * (self._chain.items + 2) + codes[rows] + 1
            nth = ranks(owner)
            before = _shifted(values, nth)
            since = np.where(nth > 0, np.r_[0.0, np.diff(at)], -1.0)
            means = _Means(len(values), self._numbers).learnt(values, owner)
            beside = context.iloc[rows].reset_index(drop=True)
            if code >= 0 and names[code] in own.columns:
                beside[LEVEL] = own[names[code]].to_numpy()[level.owner[rows]]
            given = self._value_given(before, means, since, nth, codes[rows], beside)
            frame = pd.concat([values, given], axis=1)
            measured = {name: fields[name] for name in values.columns}
            measured |= {name: field_of_context(given[name]) for name in given.columns}
            model = SequentialTrees(self._settings)
            model.fit(
                frame, measured, people[rows], derive(seed, "values", str(code)), list(given.columns), self._numbers
            )
            self._models[code] = model
            self._value_columns[code] = list(given.columns)

    def _value_given(
        self,
        before: pd.DataFrame,
        means: pd.DataFrame,
        since: npt.NDArray[np.float64],
        nth: Rows,
        codes: Rows,
        context: pd.DataFrame,
    ) -> pd.DataFrame:
        made = pd.concat([before.add_prefix(PREVIOUS), means], axis=1)
        made[SINCE] = since
        made[NTH] = nth.astype("float64")
        made[ITEM] = codes.astype("float64")
        return pd.concat([made, context], axis=1)

    def sample(
        self,
        context: pd.DataFrame,
        own: pd.DataFrame,
        tallies: pd.DataFrame,
        counts: Rows,
        start: npt.NDArray[np.float64],
        span: npt.NDArray[np.float64],
        rng: np.random.Generator,
    ) -> Level:
        """Events for each parent (m rows of context): `counts` of them, the first at `start`, all within `span`."""
        context = context[self._context].reset_index(drop=True)
        owner = np.repeat(np.arange(len(counts)), counts)
        if not len(owner):
            return Level(self._like, owner, owner, np.zeros(0))
        at, codes = self._moments(context, tallies, counts, start, np.nan_to_num(span), rng)
        rows = pd.DataFrame({self._item: self._chain.names(codes)})
        made = self._draw_values(context, own, owner, at, codes, rng) if self._values else rows
        made[self._item] = rows[self._item]
        return Level(made[list(self._like.columns)], owner, owner, at)

    def _moments(
        self,
        context: pd.DataFrame,
        tallies: pd.DataFrame,
        counts: Rows,
        start: npt.NDArray[np.float64],
        span: npt.NDArray[np.float64],
        rng: np.random.Generator,
    ) -> tuple[npt.NDArray[np.float64], Rows]:
        """Moment and item of each event, parents one after another."""
        offsets = np.r_[0, np.cumsum(counts)[:-1]]
        total = int(counts.sum())
        at, codes = np.zeros(total), np.full(total, -1)
        now, gap, item = start.copy(), np.zeros(len(counts)), np.full(len(counts), -1)
        active = np.flatnonzero(counts > 0)
        left = self._quotas(tallies, counts)
        for nth in range(int(counts.max())):
            active = active[counts[active] > nth]
            if nth and self._timed:
                gap[active] = self._next_gap(context, active, nth, counts, now - start, span, gap, item, rng)
                now[active] = np.minimum(now[active] + gap[active], start[active] + span[active])
            wanted = None if left is None else left[active]
            item[active] = self._chain.draw(item[active], (gap[active] == 0) & (nth > 0), nth == 0, rng, wanted)
            if left is not None:
                left[active, item[active]] = np.maximum(left[active, item[active]] - 1.0, 0.0)
            at[offsets[active] + nth] = now[active]
            codes[offsets[active] + nth] = item[active]
        return stretched(at, counts, span) if self._timed else at, codes

    def _quotas(self, tallies: pd.DataFrame, counts: Rows) -> npt.NDArray[np.float64] | None:
        """Events of each item still to come in each parent (parents, items): the tallies drawn, usual shares else."""
        codes = self._chain.codes(pd.Series(tallies.columns, dtype=object))
        named = codes >= 0
        if not named.any() or len(counts) * self._chain.items > _MOST_CELLS:
            return None
        made: npt.NDArray[np.float64] = counts[:, None] * self._chain.shares[None, :]
        told = np.nan_to_num(tallies.to_numpy("float64", na_value=0.0)[:, named]).clip(min=0)
        room = made[:, codes[named]].sum(1)
        scale = room / np.maximum(told.sum(1), 1e-9)
        made[:, codes[named]] = told * np.where(told.sum(1) > 0, scale, 0.0)[:, None]
        return made

    def _next_gap(
        self,
        context: pd.DataFrame,
        active: Rows,
        nth: int,
        counts: Rows,
        elapsed: npt.NDArray[np.float64],
        span: npt.NDArray[np.float64],
        gap: npt.NDArray[np.float64],
        item: Rows,
        rng: np.random.Generator,
    ) -> npt.NDArray[np.float64]:
        place = _clock_of_row(
            np.full(len(active), nth),
            counts[active],
            elapsed[active],
            (span - elapsed)[active],
            gap[active],
            self._gap_rank[item[active]],
        )
        given = pd.concat([place, context.iloc[active].reset_index(drop=True)], axis=1)
        drawn = self._gaps.sample_given(given[self._gap_given], rng)[GAP]
        gaps_drawn: npt.NDArray[np.float64] = drawn.to_numpy("float64", na_value=0.0).clip(min=0.0)
        return gaps_drawn

    def _draw_values(
        self,
        context: pd.DataFrame,
        own: pd.DataFrame,
        owner: Rows,
        at: npt.NDArray[np.float64],
        codes: Rows,
        rng: np.random.Generator,
    ) -> pd.DataFrame:
        """Values of all events: item by item, its first occurrence in every parent, then the second, and so on."""
        parts: list[pd.DataFrame] = []
        places: list[Rows] = []
        order = np.lexsort((at, owner, codes))
        nth = np.empty(len(owner), dtype=np.int64)
        nth[order] = ranks((owner * (self._chain.items + 2) + codes + 1)[order])
        names = self._chain.names(np.arange(self._chain.items))
        for code in np.unique(codes):
            known = int(code) if int(code) in self._models else -1
            model = self._models.get(known)
            mine = order[codes[order] == code]
            if model is None:
                continue
            before: pd.DataFrame | None = None
            last = np.zeros(0, dtype=np.int64)
            means = _Means(len(context), self._numbers)
            for occurrence in range(int(nth[mine].max()) + 1):
                here = mine[nth[mine] == occurrence]
                if before is None:
                    before = self._like[self._values].reindex(range(len(here)))
                    since = np.full(len(here), -1.0)
                else:
                    kept = np.searchsorted(owner[last], owner[here])
                    before = before.iloc[kept].reset_index(drop=True)
                    since = at[here] - at[last[kept]]
                beside = context.iloc[owner[here]].reset_index(drop=True)
                if LEVEL in self._value_columns[known]:
                    beside[LEVEL] = own[names[code]].to_numpy("float64", na_value=np.nan)[owner[here]]
                so_far = means.of(owner[here])
                given = self._value_given(before, so_far, since, nth[here], codes[here], beside)
                before = model.sample_given(given[self._value_columns[known]], rng)[self._values]
                means.add(before, owner[here])
                last = here
                parts.append(before)
                places.append(here)
        made = pd.concat(parts, ignore_index=True) if parts else self._like[self._values]
        back = np.argsort(np.concatenate(places)) if places else np.zeros(0, np.int64)
        return made.iloc[back].reset_index(drop=True)


def stretched(at: npt.NDArray[np.float64], counts: Rows, span: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Moments whose gaps are stretched so that each parent's events last about as long as its span says.

    A gap of whole days, hours or quarters stays one: people record on the hour, and stretching must not blur it.
    """
    owner = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    there = counts > 0
    passed = np.zeros(len(counts))
    passed[there] = at[(first + counts - 1)[there]] - at[first[there]]
    factor = np.where(passed > 0, span / np.maximum(passed, 1e-9), 1.0).clip(1 / _STRETCH, _STRETCH)[owner]
    gap = np.r_[0.0, np.diff(at)]
    gap[first[there]] = 0.0
    grid = np.ones(len(gap))
    for step in _GRIDS:
        grid = np.where((gap % step == 0) & (gap > 0), step, grid)
    wider = np.where(gap > 0, np.maximum(np.round(gap * factor / grid), 1.0) * grid, 0.0)
    total = np.cumsum(wider)
    since_first = total - total[np.repeat(first[there], counts[there])]
    made: npt.NDArray[np.float64] = at[np.repeat(first[there], counts[there])] + since_first
    return made


class _Means:
    """Mean of each number over a parent's earlier values of one item: the level that is the patient's own."""

    def __init__(self, parents: int, numbers: list[str]) -> None:
        self._numbers = numbers
        self._sums = np.zeros((parents, len(numbers)))
        self._counts = np.zeros((parents, len(numbers)))

    def add(self, values: pd.DataFrame, owner: Rows) -> None:
        """Take in values (n) of different parents."""
        for at, name in enumerate(self._numbers):
            numbers = values[name].to_numpy("float64", na_value=np.nan)
            self._sums[owner, at] += np.nan_to_num(numbers)
            self._counts[owner, at] += ~np.isnan(numbers)

    def of(self, owner: Rows) -> pd.DataFrame:
        """Means so far of the parents given (n rows), missing where there is no value yet."""
        counts = self._counts[owner]
        made = np.where(counts > 0, self._sums[owner] / np.maximum(counts, 1), np.nan)
        return pd.DataFrame(made, columns=[MEAN + name for name in self._numbers])

    def learnt(self, values: pd.DataFrame, owner: Rows) -> pd.DataFrame:
        """Means before each row (n), rows of an owner one after another."""
        made = {}
        for name in self._numbers:
            numbers = values[name].astype("float64").reset_index(drop=True)
            sums = numbers.fillna(0).groupby(owner).cumsum() - numbers.fillna(0)
            counts = numbers.notna().astype(float).groupby(owner).cumsum() - numbers.notna()
            made[MEAN + name] = (sums / counts.where(counts > 0)).to_numpy()
        return pd.DataFrame(made, index=range(len(values)))


def _clock_of_row(
    nth: Rows,
    count: Rows,
    elapsed: npt.NDArray[np.float64],
    left: npt.NDArray[np.float64],
    gap: npt.NDArray[np.float64],
    item: npt.NDArray[np.float64],
) -> pd.DataFrame:
    rows_left = np.maximum(count - nth, 1)
    return pd.DataFrame(
        {
            NTH: nth.astype("float64"),
            LEFT: rows_left.astype("float64"),
            ELAPSED: elapsed,
            ROOM: left / rows_left,
            PREVIOUS + GAP: gap,
            PREVIOUS + ITEM: item,
        }
    )


def _shifted(values: pd.DataFrame, nth: Rows) -> pd.DataFrame:
    made = values.shift(1)
    first = nth == 0
    for name in made.columns:
        made.loc[first, name] = None if made[name].dtype == object else pd.NA
    return made

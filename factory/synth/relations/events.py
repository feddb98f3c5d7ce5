"""Events of many kinds in one table (labs, vitals, drugs): when the next comes, which it is, and its values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.core.seeds import derive
from factory.synth.relations.chain import Chain
from factory.synth.relations.items import Told
from factory.synth.relations.prepare import Level, Rows, gaps, whole
from factory.synth.relations.quotas import quotas
from factory.synth.relations.relevance import relevant
from factory.synth.relations.sequence import ELAPSED, GAP, LEFT, NTH, PREVIOUS, ROOM, bounds, field_of_context
from factory.synth.relations.values import ITEM, Values
from factory.synth.rows import Field, People
from factory.synth.trees import SequentialTrees, Settings

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
        self._settings = replace(
            settings,
            trees=_TREES,
            people_share=0.9,
            # A person gives many events: a leaf of few people holds many rows.
            few_people=0,
            shrinkage=1.0,
            splitter="best",
            atom_share=0.25,
            scale_values=5,
        )
        self._item = item

    def fit(
        self,
        level: Level,
        fields: Mapping[str, Field],
        context: pd.DataFrame,
        told: Told,
        people: People,
        timed: bool,
        seed: int,
    ) -> None:
        """Learn from a level (n rows, in the order of `by_item`) with the context of each row's parent (n rows).

        `told` is what each parent knows of its items (a row a parent).
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
        numbers = [name for name in values.columns if fields[name].kind != "category"]
        self._values = Values(self._settings, self._chain, list(values.columns), numbers)
        if values.shape[1]:
            self._values.fit(level, fields, context, told, self._item, people, seed)

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

    def sample(
        self,
        context: pd.DataFrame,
        told: Told,
        people: People,
        counts: Rows,
        start: npt.NDArray[np.float64],
        span: npt.NDArray[np.float64],
        rng: np.random.Generator,
    ) -> Level:
        """Events for each parent (m rows of context): `counts` of them, the first at `start`, all within `span`.

        `people` (m,) says whose each parent is.
        """
        context = context[self._context].reset_index(drop=True)
        owner = np.repeat(np.arange(len(counts)), counts)
        if not len(owner):
            return Level(self._like, owner, owner, np.zeros(0))
        at, codes = self._moments(context, told.tallies, counts, start, np.nan_to_num(span), rng)
        rows = pd.DataFrame({self._item: self._chain.names(codes)})
        made = self._values.draw(context, told, people, owner, at, codes, rng) if self._like.shape[1] > 1 else rows
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
        left = quotas(self._chain, tallies, counts)
        for nth in range(int(counts.max())):
            active = active[counts[active] > nth]
            if nth and self._timed:
                gap[active] = self._next_gap(context, active, nth, counts, now - start, span, gap, item, rng)
                now[active] = np.minimum(now[active] + gap[active], start[active] + span[active])
            wanted = None if left is None else left.wanted(active, counts[active] - nth)
            item[active] = self._chain.draw(item[active], (gap[active] == 0) & (nth > 0), nth == 0, rng, wanted)
            if left is not None:
                left.take(active, item[active])
            at[offsets[active] + nth] = now[active]
            codes[offsets[active] + nth] = item[active]
        return stretched(at, counts, span) if self._timed else at, codes

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

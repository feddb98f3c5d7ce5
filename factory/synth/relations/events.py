"""Events of many kinds in one table (labs, vitals, drugs): when the next comes, which it is, and its values.

An item's values follow that item's last values in the same parent, however many other events came between.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

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
_EXPLAINED = 0.3
_LOOKED_AT = 20_000
_ROWS_A_PARENT = 4.0
# Events are many: fewer trees and columns for each than for rows of which a parent has a few.
_TREES = 3
_MOST_CONTEXT = 10


def item_of(level: Level, fields: Mapping[str, Field], twins: Collection[str]) -> str | None:
    """The category column that says what is measured: the one that explains most of the numbers' ranks, or None.

    Not one of `twins`, which repeat the number as text.
    """
    rows = level.rows.iloc[:: max(1, len(level.rows) // _LOOKED_AT)]
    numbers = [n for n in rows.columns if n in fields and fields[n].kind != "category" and rows[n].notna().sum() > 1]
    parents = len(np.unique(level.owner))
    if not numbers or len(level.rows) < _ROWS_A_PARENT * parents:
        return None
    found = {
        name: float(np.mean([_explained(rows[name], rows[number]) for number in numbers]))
        for name in rows.columns
        if name in fields and name not in twins and fields[name].kind == "category" and rows[name].nunique() > 1
    }
    best = max(found, key=lambda name: found[name], default=None)
    return best if best is not None and found[best] >= _EXPLAINED else None


def _explained(groups: pd.Series, values: pd.Series) -> float:
    """Share of the variance of the ranks of `values` that lies between groups (eta squared)."""
    there = values.notna().to_numpy() & groups.notna().to_numpy()
    if there.sum() < 2:
        return 0.0
    rank = pd.Series(rankdata(values[there].to_numpy("float64")))
    total = float(rank.var(ddof=0))
    means = rank.groupby(groups[there].to_numpy()).transform("mean")
    return float(means.var(ddof=0)) / total if total else 0.0


def by_item(level: Level, item: str) -> Level:
    """The level with events of the same moment in the order of their items: no row of such a panel comes first."""
    codes = pd.factorize(level.rows[item], sort=True)[0]
    order = np.lexsort((codes, level.at, level.owner))
    rows = level.rows.iloc[order].reset_index(drop=True)
    return Level(rows, level.owner[order], level.people[order], level.at[order])


class Events:
    """Draws the events of many parents: first all moments and items, then each item's values in order."""

    def __init__(self, settings: Settings, item: str) -> None:
        # A person gives many events, so half the people hold as many rows as a leaf of single rows does.
        self._settings = replace(settings, trees=_TREES, min_people_per_leaf=settings.min_people_per_leaf // 2)
        self._item = item

    def fit(
        self, level: Level, fields: Mapping[str, Field], context: pd.DataFrame, people: People, timed: bool, seed: int
    ) -> None:
        """Learn from a level (n rows, in the order of `by_item`) with the context of each row's parent (n rows)."""
        self._timed = timed
        self._like = level.rows.iloc[:0]
        items = level.rows[self._item]
        gap = gaps(level)
        self._chain = Chain(self._settings.smallest_cell)
        self._chain.fit(items, level.nth(), gap == 0, people)
        context = context.reset_index(drop=True)
        values = level.rows.drop(columns=self._item)
        self._context = relevant(context, values.assign(**{GAP: gap}), _MOST_CONTEXT, items)
        context = context[self._context]
        if timed:
            self._fit_gaps(level, context, people, gap, seed)
        self._values = [name for name in level.rows.columns if name != self._item]
        self._numbers = [name for name in self._values if fields[name].kind != "category"]
        self._models: dict[int, SequentialTrees] = {}
        if self._values:
            self._fit_values(level, fields, context, people, seed)

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
        self, level: Level, fields: Mapping[str, Field], context: pd.DataFrame, people: People, seed: int
    ) -> None:
        codes = self._chain.codes(level.rows[self._item])
        enough = 2 * self._settings.smallest_cell
        groups = {code: np.flatnonzero(codes == code) for code in range(self._chain.items)}
        rest = [rows for rows in groups.values() if len(np.unique(people[rows])) < enough]
        own = {code: rows for code, rows in groups.items() if len(np.unique(people[rows])) >= enough}
        if rest:
            own[-1] = np.sort(np.concatenate([*rest, np.flatnonzero(codes < 0)]))
        for code, here in own.items():
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
            given = self._value_given(before, means, since, nth, codes[rows], beside)
            frame = pd.concat([values, given], axis=1)
            measured = {name: fields[name] for name in values.columns}
            measured |= {name: field_of_context(given[name]) for name in given.columns}
            model = SequentialTrees(self._settings)
            model.fit(frame, measured, people[rows], derive(seed, "values", str(code)), given=list(given.columns))
            self._models[code] = model
            self._value_columns = list(given.columns)

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
        at, codes = self._moments(context, counts, start, np.nan_to_num(span), rng)
        rows = pd.DataFrame({self._item: self._chain.names(codes)})
        made = self._draw_values(context, owner, at, codes, rng) if self._values else rows
        made[self._item] = rows[self._item]
        return Level(made[list(self._like.columns)], owner, owner, at)

    def _moments(
        self,
        context: pd.DataFrame,
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
        for nth in range(int(counts.max())):
            active = active[counts[active] > nth]
            if nth and self._timed:
                gap[active] = self._next_gap(context, active, nth, counts, now - start, span, gap, item, rng)
                now[active] = np.minimum(now[active] + gap[active], start[active] + span[active])
            item[active] = self._chain.draw(item[active], (gap[active] == 0) & (nth > 0), nth == 0, rng)
            at[offsets[active] + nth] = now[active]
            codes[offsets[active] + nth] = item[active]
        return at, codes

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
        self, context: pd.DataFrame, owner: Rows, at: npt.NDArray[np.float64], codes: Rows, rng: np.random.Generator
    ) -> pd.DataFrame:
        """Values of all events: item by item, its first occurrence in every parent, then the second, and so on."""
        parts: list[pd.DataFrame] = []
        places: list[Rows] = []
        order = np.lexsort((at, owner, codes))
        nth = np.empty(len(owner), dtype=np.int64)
        nth[order] = ranks((owner * (self._chain.items + 2) + codes + 1)[order])
        for code in np.unique(codes):
            model = self._models.get(int(code), self._models.get(-1))
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
                so_far = means.of(owner[here])
                given = self._value_given(before, so_far, since, nth[here], codes[here], beside)
                before = model.sample_given(given[self._value_columns], rng)[self._values]
                means.add(before, owner[here])
                last = here
                parts.append(before)
                places.append(here)
        made = pd.concat(parts, ignore_index=True) if parts else self._like[self._values]
        back = np.argsort(np.concatenate(places)) if places else np.zeros(0, np.int64)
        return made.iloc[back].reset_index(drop=True)


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

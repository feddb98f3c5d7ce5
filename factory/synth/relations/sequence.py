"""Rows of a parent in order: each drawn given the parent, how many there are, and the row before."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.synth.relations.clock import Floats
from factory.synth.relations.prepare import COUNT, SPAN, Level, Rows, gaps, ranks, whole
from factory.synth.relations.relevance import relevant
from factory.synth.rows import Field, People
from factory.synth.trees import SequentialTrees, Settings
from factory.synth.trees.coded import Coded, coded, joined

GAP = "gap|"
PREVIOUS = "before|"
NTH = "nth|"
LEFT = "left|"
ROOM = "room|"
ELAPSED = "elapsed|"
CONTEXT = "of|"
_MOST_GIVEN = 60


class Sequence:
    """Draws the rows of many parents side by side, one position after another."""

    def __init__(self, settings: Settings) -> None:
        self._model = SequentialTrees(settings)
        self._timed = False

    def fit(
        self, level: Level, fields: Mapping[str, Field], context: pd.DataFrame, people: People, timed: bool, seed: int
    ) -> None:
        """Learn from a level (n rows) with the context of each row's parent (n rows, any columns)."""
        self._timed = timed
        rows = level.rows.copy()
        self._columns = list(rows.columns)
        measured = dict(fields)
        counts = np.bincount(level.owner, minlength=1)[level.owner] if len(level.owner) else level.owner
        self._repeats = bool(len(counts) and counts.max() > 1)
        if timed and self._repeats:
            rows[GAP] = whole(gaps(level))
            measured[GAP] = Field("integer", minimum=0.0)
        drawn = list(rows.columns)
        given = [context.reset_index(drop=True)]
        if self._repeats:
            nth = level.nth()
            before = _before(rows, nth > 0)
            first, last, _ = bounds(level)
            span = last - level.at if timed else None
            elapsed = level.at - first if timed else None
            given += [before, _place(nth, counts, elapsed, span, None if not timed else rows[GAP].to_numpy(float))]
        beside = pd.concat(given, axis=1)
        placed = list(given[-1].columns) if self._repeats else []
        # That the row before is missing for the first row says no more than the row's place does.
        known = given[-1].assign(first=(level.nth() == 0).astype("float64")) if self._repeats else None
        best = relevant(beside.drop(columns=placed), rows, _MOST_GIVEN, known=known)
        beside = beside[[*best, *placed]]
        self._like = rows.iloc[:0]
        measured |= {name: field_of_context(beside[name]) for name in beside.columns}
        frame = pd.concat([rows, beside], axis=1)
        leading = [name for name in drawn if name.startswith((COUNT, SPAN))]
        self._model.fit(frame, measured, people, seed, given=list(beside.columns), first=leading)
        self._given = list(beside.columns)
        self._drawn = drawn

    def sample(
        self, context: pd.DataFrame, counts: Rows, start: Floats, span: Floats, rng: np.random.Generator
    ) -> Level:
        """Rows for each parent (m rows of context): `counts` of them, the first at `start`, the last within `span`."""
        parts: list[dict[str, Coded]] = []
        owners: list[Rows] = []
        at = start.copy()
        times: list[Floats] = []
        known = {name: coded(context[name]) for name in self._given if name in context.columns}
        before: dict[str, Coded] = {}
        active = np.arange(len(counts))
        for nth in range(int(counts.max(initial=0))):
            kept = counts[active] > nth
            active = active[kept]
            given = {name: values.take(active) for name, values in known.items()}
            if self._repeats:
                before = self._nothing(len(active)) if nth == 0 else {n: v.take(kept) for n, v in before.items()}
                elapsed = at[active] - start[active] if self._timed else None
                room = span[active] - elapsed if elapsed is not None else None
                place = _place(np.full(len(active), nth), counts[active], elapsed, room, None)
                given |= {PREVIOUS + name: values for name, values in before.items()}
                given |= {name: Coded(place[name].to_numpy()) for name in place.columns}
            made = self._model.draw(given, len(active), rng, of=int(counts.sum()))
            if GAP in made:
                gap = np.nan_to_num(made[GAP].values)
                if nth == 0:
                    gap[:] = 0.0
                ends = np.maximum(start[active] + np.nan_to_num(span[active]), at[active])
                at[active] = np.minimum(at[active] + gap, ends)
            parts.append(made)
            owners.append(active)
            times.append(at[active].copy())
            before = made
        if not parts:
            return Level(self._like[self._columns], np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
        owner = np.concatenate(owners)
        order = np.argsort(owner, kind="stable")
        rows = {name: joined([part[name] for part in parts]).take(order) for name in self._drawn}
        frame = self._model.frame(rows, len(order))[self._columns]
        return Level(frame, owner[order], owner[order], np.concatenate(times)[order])

    def _nothing(self, rows: int) -> dict[str, Coded]:
        """Columns (rows,) of which nothing is there."""
        none = np.array([None], dtype=object)
        text = {name: self._like[name].dtype == object for name in self._drawn}
        return {
            name: Coded(np.zeros(rows, np.int64), none) if is_text else Coded(np.full(rows, np.nan))
            for name, is_text in text.items()
        }


def _before(rows: pd.DataFrame, has: npt.NDArray[np.bool_]) -> pd.DataFrame:
    shifted = rows.shift(1)
    for name in shifted.columns:
        shifted[name] = shifted[name].where(has, None if shifted[name].dtype == object else pd.NA)
    return shifted.add_prefix(PREVIOUS)


def _place(
    nth: Rows,
    counts: Rows,
    elapsed: Floats | None,
    span: Floats | None,
    gap: Floats | None,
) -> pd.DataFrame:
    """Where a row stands: its number, rows left, time passed since the first, time left for each row left.

    While learning, `gap` is taken back out of both times: they are those known before the row is drawn.
    """
    left = counts - nth
    made: dict[str, Rows | Floats] = {NTH: nth, LEFT: left}
    if elapsed is not None and span is not None:
        passed = elapsed if gap is None else elapsed - gap
        room = span if gap is None else span + gap
        made[ELAPSED] = passed
        made[ROOM] = room / np.maximum(left, 1)
    return pd.DataFrame(made).astype("float64")


def bounds(level: Level) -> tuple[Floats, Floats, Rows]:
    """First and last moment of each row's parent, and how many rows it has (n each)."""
    edge = np.flatnonzero(ranks(level.owner) == 0)
    size = np.diff(np.r_[edge, len(level.owner)])
    first = np.repeat(level.at[edge], size)
    last = np.repeat(level.at[edge + size - 1], size)
    return first, last, np.repeat(size, size)


def field_of_context(values: pd.Series) -> Field:
    """A column that is only conditioned on: its contract matters no more."""
    return Field("category" if values.dtype == object else "number")

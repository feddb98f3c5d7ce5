"""Linked tables for models that know rows only: children are drawn as a pool and handed to the parents they fit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from factory.contract import Contract
from factory.core.seeds import derive, generator
from factory.synth.engine import Engine
from factory.synth.linking import match, stay_label
from factory.synth.rare import rows_without_rare
from factory.synth.relations.clock import Floats
from factory.synth.relations.finish import Finisher, learn
from factory.synth.relations.plan import TablePlan, plans
from factory.synth.relations.prepare import (
    AT,
    COUNT,
    SPAN,
    START,
    Level,
    Rows,
    clocks,
    field_for,
    gaps,
    levels,
    whole,
)
from factory.synth.relations.sequence import CONTEXT, GAP
from factory.synth.rows import Field, RowModel

STAY = "stay|"
_POOL = 3
# Matching goes from all of these to ever fewer, so more of them are hardly ever met together.
_MOST_MATCHED = 6
MakeModel = Callable[[str, int], RowModel]


class Pooled(Engine):
    """Base of the engines that fit one model of rows a table; `make` makes one, given its table and its place."""

    def __init__(self, make: MakeModel) -> None:
        self._make = make

    def _fit(self, tables: dict[str, pd.DataFrame], contract: Contract, seed: int) -> None:
        self._plans = plans(contract, self.shapes, tables)
        self._clock = clocks(self.shapes, self._plans, tables)
        self._learned = learn(contract, self._plans, self._clock, tables)
        made = levels(self._plans, self._clock, tables)
        self._models: dict[str, RowModel] = {}
        self._matched: dict[str, tuple[list[str], str | None]] = {}
        for name, plan in self._plans.items():
            level = made[name]
            fields = {column: field_for(column, plan, self._plans) for column in level.rows.columns}
            rows = level.rows.copy()
            if plan.parent is None:
                if plan.anchor is not None:
                    rows[AT], fields[AT] = whole(level.at), Field("integer")
            else:
                if not len(rows):
                    continue
                rows, fields = self._beside(plan, level, made[plan.parent], rows, fields)
            self._models[name] = self._make(name, len(self._models))
            plain = rows.reset_index(drop=True)
            common = rows_without_rare(plain, fields, level.people, contract.policy.smallest_cell)
            self._models[name].fit(common, fields, level.people, derive(seed, name))

    def _beside(
        self, plan: TablePlan, level: Level, parent: Level, rows: pd.DataFrame, fields: dict[str, Field]
    ) -> tuple[pd.DataFrame, dict[str, Field]]:
        """Child rows with gap, place among their siblings, and the columns of the parent that they are matched on."""
        texts = [c for c in parent.rows.columns if parent.rows[c].dtype == object][:_MOST_MATCHED]
        numbers = [c for c in parent.rows.columns if c in plan_fields(self._plans, plan) and c not in texts]
        self._matched[plan.shape.name] = (texts, numbers[0] if numbers else None)
        made = rows.copy()
        if plan.anchor is not None:
            made[GAP], fields = whole(gaps(level)), {**fields, GAP: Field("integer", minimum=0.0)}
        total = pd.Series(np.bincount(level.owner)[level.owner])
        made[STAY] = stay_label(pd.Series(level.nth() + 1), total)
        fields = {**fields, STAY: Field("category", levels=_STAYS)}
        for name in [*texts, *numbers[:1]]:
            made[CONTEXT + name] = parent.rows[name].to_numpy()[level.owner]
            fields[CONTEXT + name] = field_for(name, self._plans[str(plan.parent)], self._plans)
        return made, fields

    def _draw(self, people: int, seed: int) -> dict[str, pd.DataFrame]:
        drawn: dict[str, Level] = {}
        for name, plan in self._plans.items():
            if plan.parent is None:
                rows = self._models[name].sample(people, derive(seed, name))
                at = np.nan_to_num(_numbers(rows.pop(AT))) if AT in rows.columns else np.zeros(people)
                drawn[name] = Level(rows, np.full(people, -1), np.arange(people), at)
            else:
                drawn[name] = self._children(plan, drawn[plan.parent], derive(seed, name))
        finisher = Finisher(self.contract, self._plans, self._clock, self._learned, generator(seed, "days"))
        return finisher.tables(drawn, {})

    def _children(self, plan: TablePlan, parent: Level, seed: int) -> Level:
        name = plan.shape.name
        counts: Rows = np.nan_to_num(_numbers(parent.rows[COUNT + name])).round().clip(min=0).astype(np.int64)
        owner = np.repeat(np.arange(len(counts)), counts)
        if name not in self._models:
            owner = owner[:0]
            empty = pd.DataFrame({column: pd.Series(dtype=object) for column in plan.plain})
            return Level(empty, owner, owner, np.zeros(0))
        nth = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
        wanted = pd.DataFrame({STAY: stay_label(pd.Series(nth + 1), pd.Series(counts[owner]))})
        texts, near = self._matched[name]
        for column in [*texts, *([near] if near else [])]:
            wanted[CONTEXT + column] = parent.rows[column].to_numpy()[owner]
        pool = self._models[name].sample(max(1, _POOL * len(owner)), derive(seed, "pool"))
        exact = [STAY, *(CONTEXT + column for column in texts)]
        picked = match(wanted, pool, exact, CONTEXT + near if near else None) if len(owner) else owner
        rows = pool.iloc[picked].reset_index(drop=True)
        at = self._times(plan, parent, rows, owner, nth)
        own = [c for c in rows.columns if not c.startswith(CONTEXT) and c not in (STAY, GAP)]
        return Level(rows[own], owner, parent.people[owner], at)

    def _times(self, plan: TablePlan, parent: Level, rows: pd.DataFrame, owner: Rows, nth: Rows) -> Floats:
        name = plan.shape.name
        start = parent.at.copy()
        if START + name in parent.rows.columns:
            start = start + np.nan_to_num(_numbers(parent.rows[START + name]))
        if GAP not in rows.columns:
            return start[owner]
        gap = np.where(nth > 0, np.nan_to_num(_numbers(rows[GAP])).clip(min=0), 0.0)
        at: Floats = start[owner] + pd.Series(gap).groupby(owner).cumsum().to_numpy()
        if SPAN + name in parent.rows.columns:
            span = np.nan_to_num(_numbers(parent.rows[SPAN + name])).clip(min=0)
            at = np.minimum(at, (start + span)[owner])
        return at


_STAYS = tuple(f"{nth}/{total}" for total in (1, 2, 3) for nth in range(1, total + 1))


def plan_fields(all_plans: dict[str, TablePlan], plan: TablePlan) -> dict[str, Field]:
    """Fields of the parent's own columns."""
    return all_plans[str(plan.parent)].fields


def _numbers(values: pd.Series) -> Floats:
    return values.to_numpy("float64", na_value=np.nan)

"""Engine `trees`: sequential trees for single tables, for linked tables of any depth, and for events in time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from factory.contract import Contract
from factory.core.seeds import derive, generator
from factory.core.version import package_version
from factory.synth.engine import Engine
from factory.synth.protocol import Abilities, EngineInfo
from factory.synth.relations.apart import held_apart, in_turn
from factory.synth.relations.clock import Floats
from factory.synth.relations.events import Events
from factory.synth.relations.finish import Finisher, learn
from factory.synth.relations.foretold import foretold
from factory.synth.relations.items import Told, by_item, item_of, tell
from factory.synth.relations.plan import TablePlan, plans
from factory.synth.relations.prepare import (
    AT,
    COUNT,
    END,
    FORETOLD,
    LEVEL,
    SPAN,
    START,
    TALLY,
    TIMELESS,
    Level,
    Rows,
    begins,
    clocks,
    field_for,
    levels,
    whole,
)
from factory.synth.relations.sequence import CONTEXT, Sequence
from factory.synth.rows import Field
from factory.synth.trees import SequentialTrees, Settings

# Beyond these a column more in the context costs time in each draw and is hardly ever split on.
_MOST_CONTEXT = 40
_NOT_CONTEXT = (START, LEVEL, END, TALLY, FORETOLD)
# What a parent knows of its rows.
_OF_EVENTS = (COUNT, SPAN, LEVEL, END, TALLY)


class Trees(Engine):
    """See the module."""

    info = EngineInfo(
        "trees",
        "clinical-data-factory",
        package_version("clinical-data-factory"),
        "Apache-2.0",
        Abilities(depth=None, tables=None, time=True, private=False),
    )

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or Settings()

    def _fit(self, tables: dict[str, pd.DataFrame], contract: Contract, seed: int) -> None:
        self._settings = replace(self._settings, smallest_cell=contract.policy.smallest_cell)
        self._plans = plans(contract, self.shapes, tables)
        self._clock = clocks(self.shapes, self._plans, tables)
        self._learned = learn(contract, self._plans, self._clock, tables)
        made = levels(self._plans, self._clock, tables)
        self._items: dict[str, str] = {}
        self._in_turn = {
            name
            for name, plan in self._plans.items()
            if plan.parent is not None and plan.anchor and in_turn(made[plan.parent], made[name])
        }
        for name, plan in self._plans.items():
            if plan.parent is not None and len(made[name].rows):
                self._find_item(plan, made)
        self._people = SequentialTrees(self._settings)
        self._models: dict[str, Sequence | Events] = {}
        for name, plan in self._plans.items():
            fields = {column: field_for(column, plan, self._plans) for column in made[name].rows.columns}
            first = [c for task in contract.tasks if task.table == name for c in [plan.shape.of_source(task.target)]]
            if plan.parent is None:
                self._fit_people(plan, made[name], fields, [c for c in first if c in fields], derive(seed, name))
            else:
                self._fit_children(plan, made, fields, derive(seed, name))

    def _find_item(self, plan: TablePlan, made: dict[str, Level]) -> None:
        """Tables of events are put in the order of their items, and each parent is told its level of each."""
        name, level = plan.shape.name, made[plan.shape.name]
        fields = {column: field_for(column, plan, self._plans) for column in level.rows.columns}
        item = item_of(level, fields, plan.twins)
        if item is None:
            return
        self._items[name] = item
        above = made[str(plan.parent)].rows
        told = tell(level, item, fields, len(above))
        parts = {LEVEL: told.levels, END: told.ends, TALLY: told.tallies}
        named = [part.add_prefix(f"{kind}{name}|").set_index(above.index) for kind, part in parts.items()]
        made[str(plan.parent)].rows = pd.concat([above, *named], axis=1)
        if not plan.children:
            made[name] = by_item(level, item)

    def _told(self, name: str, rows: pd.DataFrame) -> Told:
        """What the rows of a table's parent know of its items, under the items' names."""
        parts = []
        for kind in (LEVEL, END, TALLY):
            mark = f"{kind}{name}|"
            held = [column for column in rows.columns if column.startswith(mark)]
            parts.append(rows[held].set_axis([column.removeprefix(mark) for column in held], axis=1))
        return Told(*parts)

    def _fit_people(
        self, plan: TablePlan, level: Level, fields: dict[str, Field], first: list[str | None], seed: int
    ) -> None:
        rows = level.rows.copy()
        if plan.anchor is not None:
            rows[AT] = whole(level.at)
            fields = {**fields, AT: Field("integer")}
        if any(name.startswith(LEVEL) for name in rows.columns):
            first, fields = self._foretell(plan, rows, fields, first, level, seed)
        counts = [name for name in rows.columns if name.startswith((COUNT, SPAN))]
        self._people.fit(rows, fields, level.people, seed, first=[*(str(name) for name in first), *counts])

    def _foretell(
        self,
        plan: TablePlan,
        rows: pd.DataFrame,
        fields: dict[str, Field],
        first: list[str | None],
        level: Level,
        seed: int,
    ) -> tuple[list[str | None], dict[str, Field]]:
        """Adds to `rows` a score of each task's target, which is drawn right after it."""
        order = list(first)
        told = rows.copy()
        # Not the parent's own columns: one that gives the outcome away, as days of survival do, would be all the score.
        said = [name for name in told.columns if name.startswith(_OF_EVENTS)]
        for task in self.contract.tasks:
            target = plan.shape.of_source(task.target) if task.table == plan.shape.name else None
            if target is None or target not in told.columns:
                continue
            score = foretold(told[said], told[target], task.positive, level.people, derive(seed, "foretold", task.id))
            if score is not None:
                name = FORETOLD + task.id
                rows[name], fields = score, {**fields, name: Field("number")}
                order.insert(order.index(target) + 1, name)
        return order, fields

    def _fit_children(self, plan: TablePlan, made: dict[str, Level], fields: dict[str, Field], seed: int) -> None:
        name, level = plan.shape.name, made[plan.shape.name]
        if not len(level.rows):
            return
        context = self._context(name, made).iloc[level.owner].reset_index(drop=True)
        timed = plan.anchor is not None
        if name in self._items:
            told = self._told(name, made[str(plan.parent)].rows)
            events = Events(self._settings, self._items[name], self._targets())
            events.fit(level, fields, context, told, level.people, timed, seed)
            self._models[name] = events
        else:
            rows = Sequence(self._settings)
            rows.fit(level, fields, context, level.people, timed, seed)
            self._models[name] = rows

    def _targets(self) -> list[str]:
        """What the contract's tasks foretell, as a context calls it: events must know it."""
        made = []
        for task in self.contract.tasks:
            if task.table in self._plans:
                made.append(f"{CONTEXT}{task.table}|{self._plans[task.table].shape.of_source(task.target)}")
        return made

    def _context(self, name: str, made: dict[str, Level]) -> pd.DataFrame:
        """A row for each row of the parent: its columns, then those of the rows above it."""
        parts: list[pd.DataFrame] = []
        up = self._plans[name].parent
        at = np.arange(len(made[str(up)].rows))
        while up is not None:
            rows = made[up].rows
            own = [c for c in rows.columns if not c.startswith(_NOT_CONTEXT) or c == START + name]
            own.sort(key=lambda column: column not in (COUNT + name, SPAN + name))
            parts.append(rows[own].iloc[at].reset_index(drop=True).add_prefix(f"{CONTEXT}{up}|"))
            at, up = made[up].owner[at], self._plans[up].parent
        return pd.concat(parts, axis=1).iloc[:, :_MOST_CONTEXT]

    def _draw(self, people: int, seed: int) -> dict[str, pd.DataFrame]:
        # Products of a few thousand rows are done before threads have met, and their last digits must not hang on
        # how many threads there are.
        with threadpool_limits(1):
            return self._drawn(people, seed)

    def _drawn(self, people: int, seed: int) -> dict[str, pd.DataFrame]:
        drawn: dict[str, Level] = {}
        finisher = Finisher(self.contract, self._plans, self._clock, self._learned, generator(seed, "days"))
        for name, plan in self._plans.items():
            rng = generator(seed, name)
            if plan.parent is None:
                rows = self._people.sample(people, derive(seed, name))
                at = _numbers(rows.pop(AT)) if AT in rows.columns else np.zeros(len(rows))
                if TIMELESS in rows.columns:
                    # Drawn apart, the two may differ; a time that is not there is none, never the clock's zero.
                    rows[TIMELESS] = rows[TIMELESS].mask(np.isnan(at), "yes")
                at = np.nan_to_num(at)
                drawn[name] = Level(rows, np.full(len(rows), -1), np.arange(len(rows)), at)
            else:
                drawn[name] = self._rows(plan, drawn, rng)
            finisher.settle(name, drawn[name])
        return finisher.tables(drawn, {})

    def _rows(self, plan: TablePlan, drawn: dict[str, Level], rng: np.random.Generator) -> Level:
        name, parent = plan.shape.name, drawn[str(plan.parent)]
        counts: Rows = np.nan_to_num(_numbers(parent.rows[COUNT + name])).round().clip(min=0).astype(np.int64)
        n = len(parent.rows)
        start = parent.at
        if START + name in parent.rows:
            start = begins(parent) + np.nan_to_num(_numbers(parent.rows[START + name]))
        span = np.nan_to_num(_numbers(parent.rows[SPAN + name])) if SPAN + name in parent.rows else np.zeros(n)
        model = self._models.get(name)
        if model is None:
            counts = np.zeros_like(counts)
            columns = pd.DataFrame({column: pd.Series(dtype=object) for column in plan.plain})
            return Level(columns, counts[:0], counts[:0], np.zeros(0))
        context = self._context(name, drawn)
        if name in self._in_turn:
            start, span = held_apart(parent, counts, start, span)
        if isinstance(model, Events):
            made = model.sample(context, self._told(name, parent.rows), parent.people, counts, start.copy(), span, rng)
        else:
            made = model.sample(context, counts, start.copy(), span, rng)
        return Level(made.rows, made.owner, parent.people[made.owner], made.at)


def _numbers(values: pd.Series) -> Floats:
    return values.to_numpy("float64", na_value=np.nan)


class CautiousTrees(Trees):
    """Trees that follow people less closely: larger leaves, each column seen in fewer people."""

    info = replace(Trees.info, name="trees-cautious")

    def __init__(self) -> None:
        chance = 2 * Settings().chance
        super().__init__(
            Settings(min_people_per_leaf=90, people_share=0.4, chance=chance, chance_when_wide=chance, shrinkage=20.0)
        )

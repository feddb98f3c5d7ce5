"""What all engines share: rules hold in every drawn row, conditions are met, and what was redrawn is counted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.contract import CombinationRule, Contract, Kind, ReleasedColumn, ReleasedTable, shapes_of
from factory.contract.holds import Seen, broken_rows, combinations_of
from factory.contract.people import person_ids
from factory.core.errors import ContractError
from factory.core.seeds import derive
from factory.synth import conditions as conditioning
from factory.synth.conditions import Condition
from factory.synth.oldest import bounds, pooled
from factory.synth.protocol import EngineInfo
from factory.synth.quota import MOST, Quota

# A rule or condition that one drawn person in a thousand meets is still met; beyond that it is said, not awaited.
_ROUNDS = 40
_MOST_AT_ONCE = 8


class Engine(ABC):
    """Base of the engines: `_fit` learns, `_draw` draws people with all their rows as the engine draws them.

    `redrawn` counts, after `sample`, the people set aside for each rule or condition.
    """

    info: EngineInfo
    redrawn: dict[str, int]

    def fit(self, tables: dict[str, pd.DataFrame], contract: Contract, seed: int) -> None:
        """Learn from tables in the released or in the source shape. Raises: ContractError."""
        self.contract = contract
        self.shapes: dict[str, ReleasedTable] = shapes_of(contract, tables)
        kept = {name: tables[name][shape.names()].reset_index(drop=True) for name, shape in self.shapes.items()}
        self._seen: dict[str, Seen | None] = {
            rule.id: combinations_of(rule, self.shapes, kept)
            for rule in contract.rules
            if isinstance(rule, CombinationRule) and rule.table in self.shapes
        }
        self._types = {name: frame.dtypes.to_dict() for name, frame in kept.items()}
        self._bounds = bounds(self.shapes, kept, contract.policy.age_cap)
        self._fit(kept, contract, seed)

    @abstractmethod
    def _fit(self, tables: dict[str, pd.DataFrame], contract: Contract, seed: int) -> None:
        """Learn from tables that have just the columns of `self.shapes`."""

    @abstractmethod
    def _draw(self, people: int, seed: int) -> dict[str, pd.DataFrame]:
        """Draw people and their rows in the same shape; keys may be any that link."""

    def sample(self, people: int, seed: int, conditions: Sequence[Condition] = ()) -> dict[str, pd.DataFrame]:
        """Draw `people` new people with rows in all tables: linked, keys 1..n, every rule of the contract held.

        People with a row that breaks a rule are drawn again. Raises: ContractError when a rule or condition is met
        by so few that waiting would not end.
        """
        for condition in conditions:
            conditioning.check(condition, self.shapes)
        if len(conditions) > MOST:
            raise ContractError(f"At most {MOST} conditions can be met at a time.", "Leave some out.")
        self.redrawn = {}
        quota = Quota(conditions, people)
        kept: list[dict[str, pd.DataFrame]] = []
        size = people
        for turn in range(_ROUNDS):
            drawn = pooled(self._draw(size, derive(seed, "round", str(turn))), self.shapes, self._bounds)
            ids = drawn[self.contract.person][self.shapes[self.contract.person].key]
            good = np.flatnonzero(~self._breakers(drawn, ids))
            hits = [conditioning.people_that_meet(c, self.shapes, drawn, ids) for c in conditions]
            chosen = quota.choose(good, hits)
            kept.append(drawn if len(chosen) == len(ids) else self._of_people(drawn, ids.iloc[chosen]))
            if not quota.places:
                break
            if len(chosen) < len(good):
                name = "condition " + ", ".join(str(condition) for condition in conditions)
                self.redrawn[name] = self.redrawn.get(name, 0) + len(good) - len(chosen)
            rate = max(len(chosen) / max(size, 1), 1 / _MOST_AT_ONCE)
            size = max(50, int(1.2 * quota.places / rate))
        if quota.places:
            blamed = max(self.redrawn, key=lambda name: self.redrawn[name], default="the conditions")
            raise ContractError(
                f"Only {people - quota.places:,} of {people:,} people could be drawn: too few of what"
                f" {self.info.name} draws meet {blamed}.",
                "Ask for fewer, lower the share, or look at the rule.",
            )
        return self._joined(kept)

    def _breakers(self, drawn: dict[str, pd.DataFrame], ids: pd.Series) -> npt.NDArray[np.bool_]:
        """People (n) with a row that breaks a rule."""
        broken = np.zeros(len(ids), dtype=bool)
        for rule in self.contract.rules:
            if rule.table not in self.shapes or not len(drawn[rule.table]):
                continue
            rows = broken_rows(rule, self.contract, self.shapes, drawn, self._seen.get(rule.id))
            if rows.any():
                owners = person_ids(self.shapes, drawn, rule.table)[rows]
                hit = ids.isin(owners).to_numpy()
                self.redrawn[f"rule {rule.id}"] = self.redrawn.get(f"rule {rule.id}", 0) + int(hit.sum())
                broken |= hit
        return broken

    def _of_people(self, drawn: dict[str, pd.DataFrame], people: pd.Series) -> dict[str, pd.DataFrame]:
        return {
            name: drawn[name][person_ids(self.shapes, drawn, name).isin(people)].reset_index(drop=True)
            for name in self.shapes
        }

    def _joined(self, parts: list[dict[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
        """Parts put together with keys 1..n, in the columns and types learned from."""
        made: dict[str, pd.DataFrame] = {}
        keys: dict[str, list[pd.Series]] = {}
        for name, shape in self.shapes.items():
            pieces, keys[name], first = [], [], 1
            for at, part in enumerate(parts):
                frame = part[name].copy(deep=False)
                for column in shape.columns:
                    if (of := self._points_to(shape, column)) is not None:
                        frame[column.name] = frame[column.name].map(keys[of][at])
                new = pd.Series(np.arange(first, first + len(frame)), index=frame[shape.key].to_numpy())
                first += len(frame)
                frame[shape.key] = new.to_numpy()
                keys[name].append(new)
                pieces.append(frame)
            there = [piece for piece in pieces if len(piece)] or pieces[:1]
            made[name] = there[0] if len(there) == 1 else pd.concat(there, ignore_index=True)
        return {name: _typed(made[name], self._types[name]) for name in self.shapes}

    def _points_to(self, shape: ReleasedTable, column: ReleasedColumn) -> str | None:
        """The table whose key a column holds, or None."""
        if column.kind is Kind.PARENT_ID and shape.link is not None:
            return shape.link.parent_table
        if column.kind is Kind.ANCESTOR_ID:
            path = self.contract.person_path(shape.name)
            return next(up.parent_table for up in path if self.shapes[up.parent_table].key == column.source)
        return None


def _typed(drawn: pd.DataFrame, like: dict[Any, Any]) -> pd.DataFrame:
    """The drawn table with the columns, order and types of the one learned from."""
    made = {}
    for name, kind in like.items():
        values = drawn[name]
        if pd.api.types.is_datetime64_any_dtype(kind):
            made[name] = values.astype("datetime64[s]")
        elif isinstance(kind, pd.CategoricalDtype):
            # Only levels that were drawn: the type would else list the rare ones of the source.
            named = {str(level): level for level in kind.categories}
            made[name] = values.map(named, na_action="ignore").astype("category")
        elif pd.api.types.is_object_dtype(kind) or isinstance(kind, pd.StringDtype):
            gone = values.isna()
            made[name] = values.astype(object).where(~gone, None) if gone.any() else values.astype(object, copy=False)
        elif pd.api.types.is_integer_dtype(kind):
            numbers = pd.to_numeric(values).astype("Float64").round()
            made[name] = numbers.astype("Int64") if numbers.isna().any() else numbers.astype(kind)
        elif pd.api.types.is_bool_dtype(kind):
            said = values.astype(object).map(str, na_action="ignore")
            made[name] = said.map({"True": True, "False": False}).astype("boolean")
        else:
            made[name] = pd.to_numeric(values).astype("float64")
    # Columns stay apart: laying those of one type side by side would copy them all.
    return pd.DataFrame(made, copy=False)

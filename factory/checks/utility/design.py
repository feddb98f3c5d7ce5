"""Columns of a regression, alike in every part: numbers by the training people's spread, categories as indicators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.checks.comparison import Comparison, Ints
from factory.checks.features import Floats
from factory.checks.utility.rows import column_of, numbers_of, owned, text_of

# Levels of a category with an indicator of their own; the rarer share one.
MOST_LEVELS = 8
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Number:
    name: str
    mean: float
    spread: float


@dataclass(frozen=True)
class _Category:
    name: str
    base: str
    levels: tuple[str, ...]


@dataclass(frozen=True)
class Design:
    """How rows become columns, drawn from the training people; no level fewer than k of them have is named."""

    parts: tuple[tuple[str, _Number | _Category], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What each column is called."""
        return tuple(name for _, part in self.parts for name in _named(part))

    @property
    def sources(self) -> tuple[str, ...]:
        """The contract's column that each is made of."""
        return tuple(source for source, part in self.parts for _ in _named(part))

    def columns(self, frame: pd.DataFrame, placed: dict[str, str]) -> tuple[Floats, Bools]:
        """Rows as numbers (n x p), and which rows are whole (n,). `placed`: the frame's names of the sources."""
        made: list[Floats] = []
        whole = np.ones(len(frame), dtype=bool)
        for source, part in self.parts:
            values = frame[placed[source]]
            if isinstance(part, _Number):
                numbers = _numbers(values)
                whole &= ~np.isnan(numbers)
                made.append(((numbers - part.mean) / part.spread)[:, None])
            else:
                text = text_of(values)
                whole &= text.notna().to_numpy()
                made.append(_indicators(text, part))
        return (np.column_stack(made) if made else np.zeros((len(frame), 0))), whole


def design_of(comparison: Comparison, table: str, sources: Sequence[str], categories: Sequence[str]) -> Design:
    """The design of columns as the contract writes them; `categories` are such whatever their type."""
    frame, people = owned(comparison, "train", table)
    k = comparison.contract.policy.smallest_cell
    parts: list[tuple[str, _Number | _Category]] = []
    for source in sources:
        values = frame[str(column_of(comparison, table, source))]
        if source in categories or numbers_of(values) is None or pd.api.types.is_bool_dtype(values):
            parts.append((source, _category(source, text_of(values), people, k)))
        else:
            numbers = _numbers(values)
            there = numbers[~np.isnan(numbers)]
            spread = float(there.std()) if len(there) else 0.0
            parts.append((source, _Number(source, float(there.mean()) if len(there) else 0.0, spread or 1.0)))
    return Design(tuple(parts))


def _numbers(values: pd.Series) -> Floats:
    found = numbers_of(values)
    if found is None:
        found = np.asarray(pd.to_numeric(values, errors="coerce").to_numpy("float64", na_value=np.nan))
    return found


def _category(source: str, text: pd.Series, people: Ints, k: int) -> _Category:
    pairs = pd.DataFrame({"level": text, "person": people}).dropna().drop_duplicates()["level"].value_counts()
    order = pairs.sort_index(kind="stable").sort_values(ascending=False, kind="stable")
    shown = [str(level) for level in order.index[order >= k]][: MOST_LEVELS + 1]
    if not shown:
        return _Category(source, "", ())
    return _Category(source, shown[0], tuple(shown[1:]))


def _indicators(text: pd.Series, part: _Category) -> Floats:
    values = text.to_numpy(dtype=object)
    made = [values == level for level in part.levels]
    known = np.isin(values.astype(str), [part.base, *part.levels])
    return np.column_stack([*made, ~known & text.notna().to_numpy()]).astype(np.float64)


def _named(part: _Number | _Category) -> list[str]:
    if isinstance(part, _Number):
        return [f"{part.name} (a standard deviation)"]
    against = f"against {part.base}" if part.base else ""
    return [*(f"{part.name} = {level} {against}" for level in part.levels), f"{part.name} = another, rarer {against}"]

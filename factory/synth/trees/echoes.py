"""Numbers that repeat, or never pass, a number drawn before them in the same row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from factory.synth.rows import People

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

# Share of a column's rows from which repeating an earlier column is a class of its own.
ECHO_SHARE = 0.03
# Repeats that are so many times what chance makes take common values with them.
RULE_TIMES = 4.0
MOST_ECHOES = 3
# Rows with both columns that an order must hold in before it is taken for a rule.
FEWEST_ORDERED = 500


@dataclass(frozen=True)
class Echoes:
    """Columns whose number a row may repeat, by class, and columns whose number is a floor or a ceiling."""

    names: tuple[str, ...] = ()
    floors: tuple[str, ...] = ()
    ceilings: tuple[str, ...] = ()

    def broken(self, numbers: Floats, before: Mapping[str, Floats]) -> Flags:
        """Rows whose number breaks an order; NaN breaks none."""
        low, high = self.bounds(len(numbers), before)
        found: Flags = (numbers < low) | (numbers > high)
        return found

    def bounds(self, rows: int, before: Mapping[str, Floats]) -> tuple[Floats, Floats]:
        """Lowest and highest number each row may have."""
        low, high = np.full(rows, -np.inf), np.full(rows, np.inf)
        for name in self.floors:
            low = np.fmax(low, before[name])
        for name in self.ceilings:
            high = np.fmin(high, before[name])
        # Where two rules contradict each other neither is one.
        against = low > high
        return np.where(against, -np.inf, low), np.where(against, np.inf, high)


def find_echoes(
    numbers: Floats, apart: Flags, before: Mapping[str, Floats], people: People, cell: int
) -> tuple[Echoes, Ints]:
    """What of `before` a column (n,) repeats, and for each row which of them it does, or -1.

    `apart` (n,) are rows whose value is a class by itself: they count only where chance does not explain them.
    """
    which = np.full(len(numbers), -1)
    names: list[str] = []
    least = max(float(cell), ECHO_SHARE * len(numbers))
    same = {name: numbers == other for name, other in before.items()}
    for name, equal in same.items():
        # What one row has against what the next one has is chance; rows come in no order that matters.
        if equal.sum() < RULE_TIMES * (numbers == np.roll(before[name], len(numbers) // 2)).sum():
            same[name] = equal & ~apart
    while len(names) < MOST_ECHOES:
        fresh = {name: int((equal & (which < 0)).sum()) for name, equal in same.items() if name not in names}
        if not fresh:
            break
        best = max(fresh, key=lambda name: (fresh[name], name))
        rows = same[best] & (which < 0)
        if fresh[best] < least or len(np.unique(people[rows])) < cell:
            break
        which[rows] = len(names)
        names.append(best)
    floors, ceilings = _orders(numbers, before, people, cell)
    return Echoes(tuple(names), floors, ceilings), which


def _orders(
    numbers: Floats, before: Mapping[str, Floats], people: People, cell: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns that fewer than `cell` people fall below, or rise above: one person makes or breaks no rule."""
    floors, ceilings = [], []
    for name, other in before.items():
        both = ~np.isnan(numbers) & ~np.isnan(other)
        if both.sum() < FEWEST_ORDERED:
            continue
        gap = numbers[both] - other[both]
        # Columns on different scales are ordered by their units alone; such an order says nothing.
        if _overlap(numbers[both], other[both]):
            if len(np.unique(people[both][gap < 0])) < cell:
                floors.append(name)
            elif len(np.unique(people[both][gap > 0])) < cell:
                ceilings.append(name)
    return tuple(floors), tuple(ceilings)


def _overlap(one: Floats, other: Floats) -> bool:
    low, high = max(one.min(), other.min()), min(one.max(), other.max())
    return bool(((one >= low) & (one <= high)).mean() > 0.2 and ((other >= low) & (other <= high)).mean() > 0.2)


def repeated(names: Sequence[str], which: Ints, before: Mapping[str, Floats]) -> Floats:
    """The number each row repeats, NaN where `which` is -1 or nothing is there to repeat."""
    made = np.full(len(which), np.nan)
    for at, name in enumerate(names):
        made[which == at] = before[name][which == at]
    return made

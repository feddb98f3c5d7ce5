"""Whom the game asks for: the people who stand out, those with rare codes, some at random, and planted canaries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from factory.checks.comparison import Comparison, Ints, Tables
from factory.checks.features import Floats
from factory.checks.privacy.shadow.population import Population, population
from factory.checks.privacy.shadow.space import Space, apart, is_number
from factory.contract import CombinationRule, Kind
from factory.contract.holds import Seen, broken_rows, combinations_of
from factory.core.seeds import generator

OUTLIER, RARE, RANDOM, CANARY = "outlier", "rare code", "random", "canary"
EXPOSED = (OUTLIER, RARE)
NEIGHBOUR = 5
# How many of each; of few people no more than one in twenty, that worlds still differ in others. Where fewer have a
# rare code, more who stand out take their places.
WANTED = {RARE: 12, OUTLIER: 20, RANDOM: 12, CANARY: 12}
_FEWEST, _ONE_IN = 2, 20
# Distances to everybody are worked out for no more people than this; the others are compared to these.
_MOST_OTHERS = 4000
_CHANGED = (Kind.CATEGORY, Kind.INTEGER, Kind.NUMBER)


@dataclass(frozen=True)
class Targets:
    """Positions in the population (t,) and the group of each (t names)."""

    at: Ints
    groups: tuple[str, ...]

    def of(self, *groups: str) -> Ints:
        """Which of the targets (positions among them) are of the groups."""
        return np.array([place for place, group in enumerate(self.groups) if group in groups], dtype=np.int64)


def choose(space: Space, codes: Floats, train: int, canaries: int, smallest_cell: int, seed: int) -> Targets:
    """Targets among the first `train` people of `codes` (people x columns); the last `canaries` are canaries.

    A code is rare that fewer than `smallest_cell` people share.
    """
    dice = generator(seed, "shadow targets")
    real = len(codes) - canaries
    shared = _shared(space, codes[:real], train)
    score = {
        RARE: np.where(shared < smallest_cell, -shared, -np.inf),
        OUTLIER: _outlying(space, codes[:real], train, dice),
        RANDOM: dice.random(train),
    }
    most = max(_FEWEST, train // _ONE_IN)
    wanted = {group: min(WANTED[group], most) for group in score}
    taken: list[int] = []
    groups: list[str] = []
    for group, found in score.items():
        left = np.where(np.isin(np.arange(train), taken), -np.inf, found)
        best = [int(one) for one in np.argsort(-left, kind="stable")[: wanted[group]] if left[one] > -np.inf]
        if group == RARE:
            wanted[OUTLIER] += wanted[RARE] - len(best)
        taken += best
        groups += [group] * len(best)
    at = np.array([*taken, *range(real, len(codes))], dtype=np.int64)
    return Targets(at, (*groups, *[CANARY] * canaries))


def _outlying(space: Space, codes: Floats, train: int, dice: np.random.Generator) -> Floats:
    """How far training people (train,) stand out: the rank of the distance to their fifth neighbour among the others.

    The greater of two ranks: by all cells, and by squares of numbers alone, which one extreme value is enough for.
    """
    others = np.arange(len(codes))
    if len(others) > _MOST_OTHERS:
        others = np.sort(dice.choice(others, _MOST_OTHERS, replace=False))
    made = np.zeros((2, train))
    for one in range(train):
        cells = apart(codes[one], codes[others[others != one]])
        for place, distance in enumerate((cells.sum(axis=1), (cells[:, space.ordered] ** 2).sum(axis=1))):
            if len(distance):
                nth = min(NEIGHBOUR, len(distance)) - 1
                made[place, one] = np.partition(distance, nth)[nth]
    return np.asarray(rankdata(made, axis=1).max(axis=0))


def _shared(space: Space, codes: Floats, train: int) -> Floats:
    """Number of people who share the rarest level of each training person (train,); inf without a category."""
    made = np.full(train, np.inf)
    for column in np.setdiff1d(np.arange(codes.shape[1]), space.ordered):
        held = codes[:, column].astype(np.int64)
        made = np.minimum(made, np.bincount(held)[held[:train]])
    return made


def planted(comparison: Comparison, seed: int, wanted: int | None = None) -> Population:
    """Training and hold-out people, and after them canaries: records of real people moved to the edge of what is.

    Each number becomes the least or the greatest of its column, each category one of its rarest levels, where the
    contract's rules still hold; dates stay, so that their order does. `wanted`: how many, by default as `WANTED`.
    """
    contract, shapes = comparison.contract, comparison.shapes
    real = population(contract, shapes, [comparison.train, comparison.holdout])
    most = max(_FEWEST, comparison.people("train") // _ONE_IN)
    count = min(WANTED[CANARY], most) if wanted is None else wanted
    dice = generator(seed, "shadow canaries")
    donors = dice.choice(real.people, count, replace=count > real.people)
    tables = population(contract, shapes, [real.take(np.array([one])) for one in donors]).tables
    seen = {
        rule.id: combinations_of(rule, shapes, real.tables)
        for rule in contract.rules
        if isinstance(rule, CombinationRule) and rule.table in shapes
    }
    for name, shape in shapes.items():
        for column in shape.columns:
            if column.kind in _CHANGED and len(tables[name]):
                before = tables[name][column.name].copy()
                tables[name][column.name] = _extreme(real.tables[name][column.name], before, dice)
                broken = _broken(comparison, tables, name, seen)
                tables[name][column.name] = tables[name][column.name].where(~broken, before)
    return population(contract, shapes, [real.tables, tables])


def _extreme(known: pd.Series, values: pd.Series, dice: np.random.Generator) -> pd.Series:
    there = known.dropna()
    if there.empty:
        return values
    if is_number(known):
        edges = [there.min(), there.max()]
    else:
        counts = there.value_counts()
        edges = list(counts.index[::-1][: max(2, len(counts) // 4)])
    drawn = [edges[place] for place in dice.integers(0, len(edges), len(values))]
    return pd.Series(drawn, index=values.index).astype(values.dtype)


def _broken(comparison: Comparison, tables: Tables, changed: str, seen: dict[str, Seen | None]) -> pd.Series:
    """Rows of the changed table (n booleans) that break a rule of it, or all where another table's rule is broken."""
    contract, shapes = comparison.contract, comparison.shapes
    broken = pd.Series(False, index=tables[changed].index)
    for rule in contract.rules:
        if rule.table in shapes:
            rows = broken_rows(rule, contract, shapes, tables, seen.get(rule.id))
            broken |= rows if rule.table == changed else bool(rows.any())
    return broken

"""What an attack looks at: real rows of a pool of people and synthetic rows, as codes, levels and neighbours."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from factory.checks.features import encode
from factory.checks.neighbours import Floats, Ints, nearest
from factory.core.seeds import generator

# Neighbours that an attack may ask for; of a person's own rows as many more are looked at.
MOST_NEIGHBOURS = 10
MOST_OWN = 5
# Levels of a category with an indicator of their own in the space of distances; rarer ones share some.
_OWN_LEVELS = 48
_SHARED_LEVELS = 16
_FINE_BINS = 32


@dataclass(frozen=True, eq=False)
class View:
    """One way to look at the people: the rows of a table, or one row a person.

    `real` (n rows) and `made` (m rows) have the same columns. `people`: whose each real row is, as numbers of the pool
    (n,).
    """

    name: str
    real: pd.DataFrame
    made: pd.DataFrame
    people: Ints
    seed: int
    kept: dict[str, Any] = field(default_factory=dict, repr=False)

    def codes(self) -> tuple[Floats, Floats]:
        """Real and synthetic rows in one space (n x features, m x features)."""
        if "codes" not in self.kept:
            real, made = space(self.real, self.made)
            self.kept["codes"] = real, made
        found: tuple[Floats, Floats] = self.kept["codes"]
        return found

    def to_made(self) -> tuple[Floats, Ints]:
        """Of each real row the nearest synthetic rows: distances and row numbers (n x MOST_NEIGHBOURS)."""
        if "to made" not in self.kept:
            real, made = self.codes()
            self.kept["to made"] = nearest(real, made, MOST_NEIGHBOURS)
        found: tuple[Floats, Ints] = self.kept["to made"]
        return found

    def to_others(self) -> Floats:
        """Of each real row the distances from the nearest rows of other people (n x MOST_NEIGHBOURS)."""
        if "to others" not in self.kept:
            real, _ = self.codes()
            own = min(MOST_OWN, int(np.bincount(self.people).max()))
            distance, rows = nearest(real, real, MOST_NEIGHBOURS + own)
            # A person with still more rows so near keeps some of them: that holds for both kinds of people.
            mine = (self.people[rows] == self.people[:, None]) & (rows >= 0)
            order = np.argsort(mine, axis=1, kind="stable")[:, :MOST_NEIGHBOURS]
            self.kept["to others"] = np.take_along_axis(distance, order, axis=1)
        found: Floats = self.kept["to others"]
        return found

    def from_made(self) -> tuple[Floats, Ints]:
        """Of each synthetic row the nearest real rows: distances and row numbers (m x MOST_NEIGHBOURS)."""
        if "from made" not in self.kept:
            real, made = self.codes()
            # Of rows as near, the first are taken: in an order that knows nothing of who was trained on.
            order = generator(self.seed, "ties", self.name).permutation(len(real))
            distance, rows = nearest(made, real[order], MOST_NEIGHBOURS)
            self.kept["from made"] = distance, np.where(rows >= 0, order[rows], -1)
        found: tuple[Floats, Ints] = self.kept["from made"]
        return found

    def levels(self) -> list[tuple[Ints, Ints]]:
        """For each column the level of each real and of each synthetic row, from 0; missing is a level."""
        if "levels" not in self.kept:
            self.kept["levels"] = [levels_of(self.real[c], self.made[c]) for c in self.real.columns]
        found: list[tuple[Ints, Ints]] = self.kept["levels"]
        return found


def as_numbers(values: pd.Series) -> Floats:
    """Numbers, times as seconds; missing is nan (n,)."""
    if pd.api.types.is_datetime64_any_dtype(values):
        seconds = values.astype("datetime64[s]").astype("int64").astype("float64").where(values.notna())
        return np.asarray(seconds, dtype=np.float64)
    return np.asarray(values.to_numpy("float64", na_value=np.nan), dtype=np.float64)


def levels_of(real: pd.Series, made: pd.Series) -> tuple[Ints, Ints]:
    """Levels to compare for equality: values as they are, or fine bins of a number that synthetic rows never repeat."""
    if object in (real.dtype, made.dtype):
        both = pd.concat([real, made], ignore_index=True).astype(object)
        codes, _ = pd.factorize(both.where(both.notna(), "\x00missing").astype(str))
    else:
        numbers = [as_numbers(real), as_numbers(made)]
        there = numbers[1][~np.isnan(numbers[1])]
        if len(there) and np.isin(there, numbers[0]).mean() < 0.5:
            known = numbers[0][~np.isnan(numbers[0])]
            cuts = np.linspace(0, 1, _FINE_BINS + 1)[1:-1]
            edges: Floats = np.unique(np.quantile(known, cuts)) if len(known) else np.zeros(0)
            binned = [np.where(np.isnan(one), -1.0, np.searchsorted(edges, one)) for one in numbers]
            codes, _ = pd.factorize(np.concatenate(binned))
        else:
            codes, _ = pd.factorize(np.concatenate(numbers), use_na_sentinel=False)
    codes = np.asarray(codes, dtype=np.int64)
    return codes[: len(real)], codes[len(real) :]


def space(*frames: pd.DataFrame) -> list[Floats]:
    """Frames of the same columns in one space, as `features.encode` has it (rows x features).

    Of a category of many levels the rarer ones share indicators, so that the space stays small.
    """
    whole = pd.concat(frames, ignore_index=True)
    for name in whole.columns:
        if whole[name].dtype != object:
            continue
        text = whole[name].map(str, na_action="ignore")
        counts = text.value_counts()
        if len(counts) > _OWN_LEVELS + _SHARED_LEVELS:
            rare = sorted(counts.index[_OWN_LEVELS:])
            shared = {level: f"\x00{place % _SHARED_LEVELS}" for place, level in enumerate(rare)}
            text = text.map(lambda level, to=shared: to.get(level, level), na_action="ignore")
        whole[name] = text.astype(object)
    edges = np.cumsum([0, *(len(frame) for frame in frames)])
    return encode(*(whole.iloc[a:b] for a, b in itertools.pairwise(edges)))

"""People as rows of numbers in a space that no synthetic table moves, so that worlds can be compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from factory.checks.features import Floats
from factory.checks.intervals import Ints

# Columns of a person that are looked at; of wider people, those that tell most people apart.
MOST_COLUMNS = 80
MISSING = 5.0


@dataclass(frozen=True)
class Space:
    """`names` of the columns kept; of each either the sorted numbers of the population or its levels."""

    names: tuple[str, ...]
    numbers: dict[str, Floats]
    levels: dict[str, pd.Index]

    @property
    def ordered(self) -> Ints:
        """Positions of the columns that hold numbers."""
        return np.array([at for at, name in enumerate(self.names) if name in self.numbers], dtype=np.int64)

    def place(self, frame: pd.DataFrame) -> Floats:
        """Codes (people x columns). A number is half its rank and half its place in the range, in [0, 1], or `MISSING`.

        A category is the rank of its level by frequency, an unknown one -1. Two cells are min(|a - b|, 1) apart.
        The range beside the rank keeps apart those in the tails, who are the ones looked for.
        """
        made = np.empty((len(frame), len(self.names)))
        for at, name in enumerate(self.names):
            if name in self.numbers:
                made[:, at] = _coordinate(numeric(frame[name]), self.numbers[name])
            else:
                made[:, at] = self.levels[name].get_indexer(pd.Index(_texts(frame[name])))
        return made


def space_of(frame: pd.DataFrame) -> Space:
    """The space of a population (people x columns)."""
    numbers: dict[str, Floats] = {}
    levels: dict[str, pd.Index] = {}
    telling: dict[str, float] = {}
    for name in frame.columns:
        if is_number(frame[name]):
            values = np.sort(numeric(frame[name]))
            numbers[name] = values[~np.isnan(values)]
            counts = pd.Series(values).value_counts(dropna=False)
        else:
            counts = _texts(frame[name]).value_counts()
            levels[name] = counts.index
        telling[name] = 1 - float(((counts / max(counts.sum(), 1)) ** 2).sum())
    # A column of one value tells nobody from anybody.
    kept = sorted((name for name in telling if telling[name] > 0), key=lambda name: -telling[name])[:MOST_COLUMNS]
    names = tuple(name for name in frame.columns if name in kept)
    return Space(names, numbers, levels)


def apart(one: Floats, others: Floats) -> Floats:
    """Distance of each cell of a person (columns) from that of others (n x columns), each in [0, 1]."""
    return np.asarray(np.minimum(np.abs(others - one), 1.0))


def is_number(values: pd.Series) -> bool:
    """Whether a column is ordered: numbers and times, not categories or true and false."""
    kind = values.dtype
    if pd.api.types.is_bool_dtype(kind):
        return False
    return bool(pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_datetime64_any_dtype(kind))


def numeric(values: pd.Series) -> Floats:
    """Numbers and times as floats (n,), missing as nan."""
    if pd.api.types.is_datetime64_any_dtype(values):
        seconds = values.astype("datetime64[s]").astype("int64").astype("float64").where(values.notna())
        return np.asarray(seconds, dtype=np.float64)
    return np.asarray(pd.to_numeric(values, errors="coerce").to_numpy("float64", na_value=np.nan))


def _texts(values: pd.Series) -> pd.Series:
    return values.astype(object).where(values.notna(), "\x00missing").astype(str)


def _coordinate(values: Floats, known: Floats) -> Floats:
    made = np.full(len(values), MISSING)
    there = ~np.isnan(values)
    if not len(known) or not there.any():
        return made
    found = values[there]
    rank = (np.searchsorted(known, found, "left") + np.searchsorted(known, found, "right")) / (2 * len(known))
    wide = known[-1] - known[0]
    span = np.clip((found - known[0]) / wide, 0.0, 1.0) if wide > 0 else np.full(len(found), 0.5)
    made[there] = (rank + span) / 2
    return made

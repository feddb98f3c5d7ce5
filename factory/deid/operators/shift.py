"""Operator `date shift per person`: all dates of a person move by as many days, drawn at random.

The order of days and durations in days stay; the time of day goes. Shifted dates are not Safe Harbor, which lets
nothing finer than a year through; an expert may accept them (45 CFR 164.514(b)(1)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from factory.core.seeds import generator
from factory.deid.batch.spill import PIECE, Spill, Spilled
from factory.deid.operators.base import Cells, Lookup


def offsets(spill: Spill, people: int, seed: int, most: int) -> Spilled:
    """Days to shift each person's dates by: from -most to most, never 0, drawn without looking at the person; on disk.

    Raises: DiskFull, StorageError.
    """
    made, rng = spill.array(np.int32), generator(seed, "date-shift")
    while len(made) < people:
        days = rng.integers(1, 2 * most + 1, size=min(PIECE, people - len(made)))
        made.append(np.where(days > most, most - days, days))
    return made


@dataclass(frozen=True)
class Shift:
    """Dates moved by the offset of their person (`days`: one a person)."""

    days: Lookup
    kind: pa.DataType

    def apply(self, cells: Cells) -> pa.Array:
        """Dates or times of type `kind`; a row of nobody has none."""
        there = cells.there & (cells.people >= 0)
        made = np.full(len(cells.codes), np.datetime64("NaT"), dtype="datetime64[us]")
        dates = cells.values.to_numpy().astype("datetime64[us]")
        # A time of day to the second would tell whose day it was, whatever the shift.
        days = dates[cells.codes[there]].astype("datetime64[D]")
        made[there] = days + self.days.take(cells.people[there]).astype("timedelta64[D]")
        return pa.array(made, from_pandas=True).cast(self.kind)

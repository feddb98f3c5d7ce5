"""Operator `top- and bottom-code`: numbers beyond the last value that enough people reach become that value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from factory.deid.batch.behind import PeopleBehind
from factory.deid.operators.base import Cells, spread


@dataclass(frozen=True)
class Bound:
    """Numbers clipped to a range, or all missing where there is none."""

    range: tuple[float, float] | None
    kind: pa.DataType

    def apply(self, cells: Cells) -> pa.Array:
        """Numbers of type `kind`."""
        values = cells.values
        made = values.clip(*self.range) if self.range else values.where(values.isna())
        return spread(made, cells, self.kind)


def common_range(behind: PeopleBehind) -> tuple[int, int] | None:
    """Range of whole numbers at whose ends, or beyond them, at least k people lie; None where there are fewer."""
    order = np.argsort(np.array(behind.values, dtype=np.float64), kind="stable").tolist()
    low, high = _end(behind, order), _end(behind, order[::-1])
    if low is None or high is None:
        return None
    return min(low, high), max(low, high)


def _end(behind: PeopleBehind, order: list[int]) -> int | None:
    seen: set[int] = set()
    for number in order:
        if behind.common[number]:
            return int(behind.values[number])
        seen.update(behind.people_of(number))
        if len(seen) >= behind.k:
            return int(behind.values[number])
    return None

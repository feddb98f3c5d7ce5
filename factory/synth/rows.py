"""What a model of one table's rows is given and gives back: the part of an engine that knows nothing of links.

A frame of rows has plain columns only: categories as objects (text, None where missing), integers as `Int64` or
`int64`, numbers as `float64` with NaN. Keys, links, dates and what a rule derives are gone before it comes here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

People = npt.NDArray[np.int64]
Measured = Literal["category", "integer", "number"]


@dataclass(frozen=True)
class Field:
    """One column as a model sees it: how it is measured, and the domain the contract states.

    `levels` are the contract's own codes, `minimum` and `maximum` its bounds in the column's unit; None where the
    contract says nothing. `hierarchy` names the ladder along which rare codes climb.
    """

    kind: Measured
    levels: tuple[str, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None
    hierarchy: str | None = None


class RowModel(Protocol):
    """Learns the joint distribution of one frame's rows."""

    def fit(self, frame: pd.DataFrame, fields: Mapping[str, Field], people: People, seed: int) -> None:
        """Learn from `frame` (n rows); `people` (n,) says whose each row is. `fields` names every column."""

    def sample(self, rows: int, seed: int) -> pd.DataFrame:
        """Draw `rows` rows with the columns, order and types of the frame learned from."""

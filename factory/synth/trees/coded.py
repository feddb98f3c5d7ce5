"""A column as one array: numbers, or whole codes into a short list of levels; text is made of it once, at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.synth.trees.columns import from_floats, to_floats


@dataclass(frozen=True)
class Coded:
    """`values` (n,) are numbers with NaN; or, where there are `levels`, codes of which the last level is missing."""

    values: npt.NDArray[Any]
    levels: npt.NDArray[np.object_] | None = None

    def take(self, rows: npt.NDArray[Any]) -> Coded:
        """The rows given, by number or by flag."""
        return Coded(self.values[rows], self.levels)

    def series(self, name: str, dtype: object) -> pd.Series:
        """The column as a frame holds it: text with None, or numbers of the type `dtype`."""
        if self.levels is None:
            return from_floats(self.values, name, dtype)
        return pd.Series(self.levels[self.values], name=name, dtype=object)


def coded(values: pd.Series) -> Coded:
    """A frame's column (n,); text and whatever else is no number become codes."""
    if values.dtype != object and pd.api.types.is_numeric_dtype(values.dtype):
        return Coded(to_floats(values))
    at, different = pd.factorize(values.astype(object))
    levels = np.array([*different, None], dtype=object)
    return Coded(np.where(at < 0, len(different), at).astype(np.int64), levels)


def joined(parts: list[Coded]) -> Coded:
    """Parts of one column, drawn one after another by one model, as one."""
    return Coded(np.concatenate([part.values for part in parts]), parts[0].levels)

"""Rows in the forms that attacks compare: codes that predicates are made of, and points between which distances are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

from factory.checks.comparison import PARTS, Part

Singles = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
MISSING = -1.0
# A category's levels share places beyond these many, so that a column of codes costs no more than this.
_MOST_PLACES = 64


@dataclass(frozen=True)
class Records:
    """Rows of the three parts. `codes`: columns x rows, categories as whole numbers, ordered columns as mid-ranks in
    [0, 1] over all parts, missing -1. `ordered`: which columns are ordered (columns,).
    """

    names: tuple[str, ...]
    ordered: Bools
    codes: dict[Part, Singles]

    def count(self, part: Part) -> int:
        """Rows of a part."""
        return len(self.codes[part][0]) if self.names else 0

    def points(self, codes: Singles) -> list[Singles]:
        """Points of some rows' codes, a matrix a column (rows x places): two different categories are as far apart as
        the ends of an ordered column, a square distance of 1.
        """
        return [
            _ranks(values) if ordered else _places(values, self._levels(place))
            for place, (values, ordered) in enumerate(zip(codes, self.ordered, strict=True))
        ]

    def _levels(self, place: int) -> int:
        return max(int(codes[place].max(initial=0)) for codes in self.codes.values()) + 1


def records(frames: dict[Part, pd.DataFrame]) -> Records:
    """Code frames of the same columns; columns that hold one value in all parts are left out."""
    whole = pd.concat([frames[part] for part in PARTS], ignore_index=True)
    names, ordered, coded = [], [], []
    for place, name in enumerate(whole.columns):
        codes, is_ordered = _coded(whole.iloc[:, place])
        if len(codes) and (codes != codes[0]).any():
            names.append(str(name))
            ordered.append(is_ordered)
            coded.append(codes)
    matrix = np.array(coded, dtype=np.float32).reshape(len(coded), len(whole))
    edges = np.cumsum([0, *(len(frames[part]) for part in PARTS)])
    parts = {part: np.ascontiguousarray(matrix[:, edges[i] : edges[i + 1]]) for i, part in enumerate(PARTS)}
    return Records(tuple(names), np.array(ordered, dtype=bool), parts)


def _coded(values: pd.Series) -> tuple[Singles, bool]:
    if pd.api.types.is_datetime64_any_dtype(values):
        numbers = values.astype("datetime64[s]").astype("int64").astype("float64").where(values.notna()).to_numpy()
    elif pd.api.types.is_numeric_dtype(values):
        numbers = values.to_numpy("float64", na_value=np.nan)
    else:
        text = values.astype(object).where(values.notna(), None)
        codes, _ = pd.factorize(text.map(str, na_action="ignore"), sort=True)
        return codes.astype(np.float32), False
    there = ~np.isnan(numbers)
    made = np.full(len(numbers), MISSING, dtype=np.float32)
    if there.any():
        made[there] = (rankdata(numbers[there]) - 0.5) / there.sum()
    return made, True


def _ranks(values: Singles) -> Singles:
    missing = values == MISSING
    return np.column_stack([np.where(missing, 0, values), missing]).astype(np.float32)


def _places(values: Singles, levels: int) -> Singles:
    level = values.astype(np.int64) + 1
    wide = min(levels + 1, _MOST_PLACES)
    # Among very many levels one pair in 64 is taken for the same, whichever they are.
    made = np.zeros((len(values), wide), dtype=np.float32)
    made[np.arange(len(values)), level % wide] = np.sqrt(0.5)
    return made

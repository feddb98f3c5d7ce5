"""Hierarchies of numbers: cuts, ages and calendar years. Bands are written `[70-75)`."""

from __future__ import annotations

import itertools
import re
from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
import pandas as pd

from factory.contract.ages import band_starts
from factory.core.errors import ContractError
from factory.deid.anonymity.classes import FloatArray
from factory.deid.anonymity.hierarchy import Leveled, Uncovered

_AGES = re.compile(r"(?P<start>\d{1,3})(?P<open>\+)?|\[(?P<from>\d{1,3})-(?P<end>\d{1,3})\)")


class _Bands(Leveled):
    """Numbers at level 0, bands [lower, upper) above; the loss is the width over the range of the table's values."""

    @abstractmethod
    def _band(self, numbers: FloatArray, level: int) -> tuple[FloatArray, FloatArray]:
        """Lower and upper end of each number's band; infinite where it is open."""

    def _numbers(self, leaves: pd.Series) -> FloatArray:
        """Each value as a number, NaN where it is none."""
        made = pd.to_numeric(leaves, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        return np.where(np.isfinite(made), made, np.nan)

    def _exact(self, leaves: pd.Series, numbers: FloatArray) -> pd.Series:
        """Level 0."""
        return leaves.where(~np.isnan(numbers))

    def _label(self, lower: float, upper: float) -> str:
        if np.isinf(lower):
            return f"<{upper:g}"
        return f">={lower:g}" if np.isinf(upper) else f"[{lower:g}-{upper:g})"

    def _lift(self, leaves: pd.Series, level: int) -> pd.Series:
        numbers = self._numbers(leaves)
        if level == 0:
            return self._exact(leaves, numbers)
        lower, upper = self._band(numbers, level)
        known = ~np.isnan(numbers)
        labels = {pair: self._label(*pair) for pair in set(zip(lower[known], upper[known], strict=True))}
        made = [labels.get(pair) for pair in zip(lower, upper, strict=True)]
        return pd.Series(made, index=leaves.index, name=leaves.name, dtype=object)

    def loss(self, leaves: pd.Series, level: int) -> FloatArray:
        """Width of the band within the table's range, over that range; 0 at level 0, 1 for `*`.

        Source: Xu et al. 2006 (KDD), normalised certainty penalty of a numeric attribute.
        """
        if level == len(self.names) - 1:
            return np.ones(len(leaves))
        lifted, numbers = self.at(leaves, level), self._numbers(leaves)
        if level == 0 or np.isnan(numbers).all():
            return self._finish(lifted, np.zeros(len(leaves)))
        lower, upper = self._band(numbers, level)
        least, most = np.nanmin(numbers), np.nanmax(numbers)
        width = np.clip(upper, least, most) - np.clip(lower, least, most)
        return self._finish(lifted, width / max(most - least, 1e-300))


class BandHierarchy(_Bands):
    """Numeric cuts, one list a level: `[[30, 40, 50, 60], [40, 60]]` gives `<30`, `[30-40)`, ... then `<40`, ...

    Raises: ContractError where cuts do not rise, or a coarser level cuts where a finer one does not.
    """

    kind = "bands"

    def __init__(self, cuts: Sequence[Sequence[float]], uncovered: Uncovered = "refuse") -> None:
        super().__init__(("value", *(f"{len(level) + 1} bands" for level in cuts)), uncovered)
        self.cuts = [np.asarray(level, dtype=np.float64) for level in cuts]
        if any(not len(level) or not np.isfinite(level).all() or (np.diff(level) <= 0).any() for level in self.cuts):
            raise ContractError("The cuts of a hierarchy of bands must be numbers that rise, one or more a level.")
        if any(not np.isin(coarse, fine).all() for fine, coarse in itertools.pairwise(self.cuts)):
            raise ContractError("A level of a hierarchy of bands cuts where a finer level does not.")

    def _band(self, numbers: FloatArray, level: int) -> tuple[FloatArray, FloatArray]:
        edges = np.concatenate([[-np.inf], self.cuts[level - 1], [np.inf]])
        at = np.searchsorted(edges, numbers, side="right")
        return edges[np.clip(at - 1, 0, None)], edges[np.clip(at, None, len(edges) - 1)]


def _whole(leaves: pd.Series, numbers: FloatArray) -> pd.Series:
    """Whole numbers in the type the column has, or as Int64 where it has none for them."""
    made = pd.Series(numbers, index=leaves.index, name=leaves.name).astype("Int64")
    return made.astype(leaves.dtype) if pd.api.types.is_integer_dtype(leaves.dtype) and made.notna().all() else made


def _nested(kind: str, widths: Sequence[int]) -> None:
    if any(wide <= narrow or wide % narrow for narrow, wide in itertools.pairwise(widths)):
        raise ContractError(f"In a hierarchy of {kind}, each width must be a multiple of the one before.")


class AgeHierarchy(_Bands):
    """Years of age, then bands of 5, 10 and 20 years; ages above the cap are one value at every level.

    45 CFR 164.514(b)(2)(i)(C). At level 0 an age stays a number and `cap` + 1 stands for all above the cap, as in
    `dates.capped_ages`; above, that value is `90+`, and a band ends at the cap rather than cross it. `finest`: the
    width of the bands the source has, where it has bands such as `[70-80)` and not years.
    """

    kind = "age"

    def __init__(
        self,
        cap: int = 89,
        widths: Sequence[int] = (5, 10, 20),
        finest: int = 1,
        uncovered: Uncovered = "refuse",
    ) -> None:
        _nested("ages", (finest, *(width for width in widths if width > finest)))
        self.cap = cap
        self.widths = (finest, *(width for width in widths if width > finest))
        super().__init__(tuple("year" if width == 1 else f"{width} years" for width in self.widths), uncovered)

    def _numbers(self, leaves: pd.Series) -> FloatArray:
        if self.widths[0] > 1:
            fits = np.array([self._fits(str(label)) for label in leaves], dtype=np.bool_)
            made = np.where(fits, band_starts(leaves.astype("string")), np.nan)
        else:
            made = super()._numbers(leaves)
        return np.minimum(np.floor(np.where(made < 0, np.nan, made)), self.cap + 1)

    def _fits(self, label: str) -> bool:
        """True where a source label lies within one band of the finest width, or is above the cap."""
        match = _AGES.fullmatch(label.strip())
        if match is None:
            return False
        start = int(match["start"] or match["from"])
        if start > self.cap:
            return True
        last = int(match["end"]) - 1 if match["end"] else start
        return not match["open"] and last <= self.cap and start // self.widths[0] == last // self.widths[0]

    def _exact(self, leaves: pd.Series, numbers: FloatArray) -> pd.Series:
        if self.widths[0] > 1:
            return self._lift_bands(leaves, numbers)
        return _whole(leaves, numbers)

    def _lift_bands(self, leaves: pd.Series, numbers: FloatArray) -> pd.Series:
        lower, upper = self._band(numbers, 0)
        made = [None if np.isnan(low) else self._label(low, up) for low, up in zip(lower, upper, strict=True)]
        return pd.Series(made, index=leaves.index, name=leaves.name, dtype=object)

    def _band(self, numbers: FloatArray, level: int) -> tuple[FloatArray, FloatArray]:
        width, past = self.widths[level], self.cap + 1
        lower = np.where(numbers >= past, past, np.floor(numbers / width) * width)
        return lower, np.where(numbers >= past, np.inf, np.minimum(lower + width, past))

    def _label(self, lower: float, upper: float) -> str:
        return f"{lower:g}+" if np.isinf(upper) else f"[{lower:g}-{upper:g})"


class YearHierarchy(_Bands):
    """Calendar years, then bands of `widths` years. `oldest`: it and every year before it are one value at every level.

    With birth years, `oldest` is the year of whoever turns `cap` + 1 in the batch's last year, as in
    `dates.birth_years`. Two years do not nest in five: the widths 2 and 10, or 5 and 10, do.
    """

    kind = "year"

    def __init__(
        self, widths: Sequence[int] = (5, 10), oldest: int | None = None, uncovered: Uncovered = "refuse"
    ) -> None:
        _nested("years", widths)
        self.widths = (1, *widths)
        self.oldest = -np.inf if oldest is None else float(oldest)
        super().__init__(("year", *(f"{width} years" for width in widths)), uncovered)

    def _numbers(self, leaves: pd.Series) -> FloatArray:
        return np.maximum(np.floor(super()._numbers(leaves)), self.oldest)

    def _exact(self, leaves: pd.Series, numbers: FloatArray) -> pd.Series:
        return _whole(leaves, numbers)

    def _band(self, numbers: FloatArray, level: int) -> tuple[FloatArray, FloatArray]:
        width, pooled = self.widths[level], numbers <= self.oldest
        lower = np.floor(numbers / width) * width
        upper = np.where(pooled, self.oldest + 1, lower + width)
        return np.where(pooled, -np.inf, np.maximum(lower, self.oldest + 1)), upper

    def _label(self, lower: float, upper: float) -> str:
        return f"<={upper - 1:g}" if np.isinf(lower) else f"[{lower:g}-{upper:g})"

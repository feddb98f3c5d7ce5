"""The values a column can have, from the contract alone, and their codes 0, 1, ...; the last is `missing`.

A category that is no level counts as missing, a number out of range as the nearest edge. In a column that is complete
there is no code for missing, and what is missing all the same gets code 0: a refusal would tell that it was there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.core.errors import ContractError
from factory.synth.dp.settings import Settings
from factory.synth.rows import Field

Codes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Levels:
    """A category: one code a level of the contract."""

    names: tuple[str, ...]
    missing: bool
    ordered = False

    @property
    def size(self) -> int:
        """How many codes there are, missing among them."""
        return len(self.names) + self.missing

    def encode(self, values: pd.Series) -> Codes:
        """Codes (n,) of values."""
        place = {name: code for code, name in enumerate(self.names)}
        other = len(self.names) if self.missing else 0
        return np.array([place.get(value, other) for value in values.tolist()], dtype=np.int64)

    def decode(self, codes: Codes, like: object, rng: np.random.Generator) -> pd.Series:
        """Values of codes; a level has one spelling, so no number is drawn."""
        return pd.Series(np.array([*self.names, None], dtype=object)[codes], dtype=object)


@dataclass(frozen=True)
class Bins:
    """A number: bin i holds `starts[i] <= x < starts[i + 1]`, the last one up to `maximum` itself."""

    starts: tuple[float, ...]
    maximum: float
    integer: bool
    missing: bool
    ordered = True

    @property
    def size(self) -> int:
        """How many codes there are, missing among them."""
        return len(self.starts) + self.missing

    def encode(self, values: pd.Series) -> Codes:
        """Codes (n,) of values."""
        numbers = pd.to_numeric(values).to_numpy(dtype=np.float64, na_value=np.nan)
        absent = np.isnan(numbers)
        codes = np.searchsorted(self.starts, np.where(absent, self.maximum, numbers), side="right") - 1
        codes = np.clip(codes, 0, len(self.starts) - 1)
        return np.asarray(np.where(absent, len(self.starts) if self.missing else 0, codes), dtype=np.int64)

    def decode(self, codes: Codes, like: object, rng: np.random.Generator) -> pd.Series:
        """Values drawn uniformly within the bins, as the dtype `like`."""
        absent = codes == len(self.starts)
        held = np.where(absent, 0, codes)
        low = np.asarray(self.starts)[held]
        if self.integer:
            high = np.append(np.asarray(self.starts)[1:], self.maximum + 1)[held]
            drawn = pd.Series(low + np.floor(rng.random(len(codes)) * (high - low))).astype("Int64")
        else:
            high = np.append(np.asarray(self.starts)[1:], self.maximum)[held]
            drawn = pd.Series(low + rng.random(len(codes)) * (high - low))
        drawn = drawn.mask(absent)
        return drawn.astype("int64") if str(like) == "int64" else drawn


Domain = Levels | Bins


def domains(frame: pd.DataFrame, fields: Mapping[str, Field], settings: Settings) -> dict[str, Domain]:
    """The domain of each column of `frame`, of which only names and types are read.

    The type int64 is a statement of the schema that nothing is missing. Raises: ContractError.
    """
    for name in (*settings.cuts, *settings.complete, *([settings.focus] if settings.focus else [])):
        if name not in frame.columns:
            raise ContractError(f"The settings name a column {name} that the table lacks.", "Name a column it has.")
    found = {}
    for name in frame.columns:
        missing = name not in settings.complete and str(frame[name].dtype) != "int64"
        found[name] = _domain(name, fields[name], missing, settings)
    return found


def _domain(name: str, field: Field, missing: bool, settings: Settings) -> Domain:
    if field.kind == "category":
        if not field.levels:
            raise ContractError(f"The column {name} states no levels.", "Add `codes` to it in the contract.")
        if len(field.levels) > settings.most_levels:
            raise ContractError(
                f"The column {name} has {len(field.levels):,} levels, more than {settings.most_levels:,}.",
                "Generalise it along a hierarchy first, and state the generalised codes.",
            )
        return Levels(tuple(dict.fromkeys(field.levels)), missing)
    if field.minimum is None or field.maximum is None:
        raise ContractError(f"The column {name} states no range.", "Add `minimum` and `maximum` to it in the contract.")
    integer = field.kind == "integer"
    low, high = (np.ceil(field.minimum), np.floor(field.maximum)) if integer else (field.minimum, field.maximum)
    if not (np.isfinite([low, high]).all() and low <= high):
        raise ContractError(f"The range of the column {name} is empty or endless.", "Mend `minimum` and `maximum`.")
    starts = _starts(name, float(low), float(high), integer, settings)
    return Bins(tuple(starts.tolist()), float(high), integer, missing)


def _starts(name: str, low: float, high: float, integer: bool, settings: Settings) -> Floats:
    if name in settings.cuts:
        cuts = np.asarray(settings.cuts[name], dtype=np.float64)
        cuts = np.ceil(cuts) if integer else cuts
        if not (np.isfinite(cuts).all() and (np.diff(cuts) > 0).all() and (low < cuts).all() and (cuts <= high).all()):
            raise ContractError(f"The cuts of the column {name} do not rise within its range.", "Mend the cuts.")
        return np.append(low, cuts)
    if low == high:
        return np.array([low])
    if not integer:
        return np.linspace(low, high, settings.bins + 1)[:-1]
    if high - low < settings.whole:
        return np.arange(low, high + 1)
    return np.unique(np.ceil(np.linspace(low, high + 1, settings.bins + 1)[:-1]))

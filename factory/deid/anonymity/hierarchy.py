"""Generalisation hierarchies: level 0 is the value as released at its finest, the last level is `*`.

Levels are nested: what is one value at a level is one value at every level above. Missing values stay missing at
every level but the last. Source: Samarati 2001 (IEEE TKDE 13:1010).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal, Protocol

import numpy as np
import pandas as pd

from factory.core.errors import ContractError, WrongType
from factory.deid.anonymity.classes import FloatArray

SUPPRESSED = "*"

Uncovered = Literal["refuse", "suppress"]


class Hierarchy(Protocol):
    """What the search needs of a hierarchy."""

    @property
    def kind(self) -> str:
        """What it is called in the log of decisions."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the levels, finest first; the last is `*`."""

    def at(self, values: pd.Series, level: int) -> pd.Series:
        """Values (n) at a level, same index."""

    def loss(self, leaves: pd.Series, level: int) -> FloatArray:
        """Normalised certainty penalty, in [0, 1], of each distinct value (n) of a table at a level."""


class Leveled(ABC):
    """A hierarchy drawn value by value; kinds say how one level is made of the distinct values.

    `uncovered`: a value the kind cannot read refuses the table, or becomes `*` at every level.
    """

    kind: str

    def __init__(self, names: tuple[str, ...], uncovered: Uncovered = "refuse") -> None:
        self.names = (*names, SUPPRESSED)
        self.uncovered = uncovered

    @abstractmethod
    def _lift(self, leaves: pd.Series, level: int) -> pd.Series:
        """Distinct values, none missing, at a level below the last; missing where a value is not covered."""

    def at(self, values: pd.Series, level: int) -> pd.Series:
        """Values (n) at a level, same index.

        Raises: WrongType where values are not covered and may not be suppressed; ContractError for no such level.
        """
        if not 0 <= level < len(self.names):
            raise ContractError(f"Hierarchy {self.kind} has the levels 0 to {len(self.names) - 1} only.")
        if level == len(self.names) - 1:
            return pd.Series(SUPPRESSED, index=values.index, name=values.name, dtype=object)
        codes, found = pd.factorize(values)
        leaves = pd.Series(found, name=values.name)
        if isinstance(leaves.dtype, pd.CategoricalDtype):
            leaves = leaves.astype(leaves.cat.categories.dtype)
        lifted = self._covered(leaves, level)
        made = lifted.reindex(codes)  # the code -1, of missing values, is no label: it gives a missing value
        made.index = values.index
        return made

    def loss(self, leaves: pd.Series, level: int) -> FloatArray:
        """(values under the same label - 1) / (values - 1), 1 for `*`, 0 for a missing value kept as such.

        Over the distinct values of the table. Source: Iyengar 2002 (KDD), Xu et al. 2006 (KDD).
        """
        if level == len(self.names) - 1:
            return np.ones(len(leaves))
        lifted = self.at(leaves, level)
        under = lifted.map(lifted.value_counts()).to_numpy(dtype=np.float64, na_value=1.0)
        return self._finish(lifted, (under - 1.0) / max(int(leaves.notna().sum()) - 1, 1))

    def _finish(self, lifted: pd.Series, penalty: FloatArray) -> FloatArray:
        gone = (lifted.astype(object) == SUPPRESSED).to_numpy(dtype=np.bool_, na_value=False)
        made: FloatArray = np.where(gone, 1.0, np.where(lifted.isna().to_numpy(), 0.0, penalty))
        return made

    def _covered(self, leaves: pd.Series, level: int) -> pd.Series:
        lifted = self._lift(leaves, level)
        missing = int(lifted.isna().sum())
        if missing and self.uncovered == "refuse":
            raise WrongType(
                f"The column {leaves.name} has {missing} distinct values its hierarchy {self.kind} does not cover.",
                "Mend them, extend the hierarchy, or let values it does not cover be suppressed.",
            )
        return lifted.astype(object).where(lifted.notna(), SUPPRESSED) if missing else lifted


class FlatHierarchy(Leveled):
    """The value, then `*`."""

    kind = "flat"

    def __init__(self) -> None:
        super().__init__(("value",))

    def _lift(self, leaves: pd.Series, level: int) -> pd.Series:
        return leaves

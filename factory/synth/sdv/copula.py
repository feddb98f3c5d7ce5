"""`CopulaRows`: SDV's Gaussian copula with each column's marginal chosen by fit and a correlation that is not weakened.

SDV's default puts a beta curve through every column, spikes and all, and gives categories random scores in the order
of their first appearance. Here SDV gets normal scores (`coding`, `marginals`, `latent`) and learns their correlation.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from sdv.single_table import GaussianCopulaSynthesizer

from factory.core.errors import NotReady
from factory.core.seeds import derive
from factory.synth.rows import Field, People
from factory.synth.sdv.coding import Coding
from factory.synth.sdv.metadata import TABLE, of_rows
from factory.synth.sdv.quiet import quietly, small

# A correlation is as good from so many rows as from all; marginals see every row.
_CORRELATED_ROWS = 20_000


class CopulaRows:
    """A `factory.synth.rows.RowModel`."""

    def __init__(self) -> None:
        self._coding: Coding | None = None
        self._model: GaussianCopulaSynthesizer | None = None

    def fit(self, frame: pd.DataFrame, fields: Mapping[str, Field], people: People, seed: int) -> None:
        """Learn from `frame` (n, p). Raises: as `coding.Coding`, and InternalError when SDV fails."""
        self._model = None
        with quietly("The Gaussian copula", derive(seed, "copula")):
            coding = Coding(frame, fields, people, derive(seed, "marginals"), one_hot=0, raw=False)
            if coding.parts:
                model = GaussianCopulaSynthesizer(
                    of_rows(coding.parts),
                    enforce_min_max_values=False,
                    enforce_rounding=False,
                    default_distribution="norm",
                )
                model.fit({TABLE: coding.coded(_CORRELATED_ROWS)})
                self._model = model
        coding.forget()
        self._coding = coding

    def sample(self, rows: int, seed: int) -> pd.DataFrame:
        """Draw a frame of `rows` rows. Raises: NotReady before `fit`."""
        if self._coding is None:
            raise NotReady("The Gaussian copula has not been fitted.")
        drawn = pd.DataFrame(index=range(rows))
        if self._model is not None:
            drawn = pd.DataFrame({part.name: [] for part in self._coding.parts})
            if rows:
                with quietly("The Gaussian copula", derive(seed, "draw")):
                    self._model._set_random_state(small(derive(seed, "copula")))
                    drawn = self._model.sample(rows)[TABLE]
        return self._coding.decoded(drawn, rows)

    def marginals(self) -> dict[str, str]:
        """The marginal each column got, by name: one of SDV's, `empirical`, `levels`, or `constant`."""
        if self._coding is None:
            raise NotReady("The Gaussian copula has not been fitted.")
        made = {column.name: "constant" for column in self._coding.columns}
        for part in reversed(self._coding.parts):
            if part.marginal is not None:
                made[self._coding.columns[part.of].name] = part.marginal.name
        return made

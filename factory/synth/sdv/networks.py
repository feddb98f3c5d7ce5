"""`CtganRows`, `TvaeRows`, `CopulaGanRows`: SDV's neural networks as row models, on the processor alone.

A category with more than `coding.ONE_HOT` levels is given to them as one column of scores: a column a level would
take hours. CopulaGAN is given scores for all numbers, of the marginals that `marginals` chose by fit.

Source: Xu et al., Modeling Tabular Data using Conditional GAN, NeurIPS 2019.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pandas as pd
from sdv.single_table import CopulaGANSynthesizer, CTGANSynthesizer, TVAESynthesizer

from factory.core.errors import NotReady
from factory.core.seeds import derive
from factory.synth.rows import Field, People
from factory.synth.sdv.coding import ONE_HOT, Coding
from factory.synth.sdv.metadata import TABLE, of_rows
from factory.synth.sdv.quiet import quietly, small

_MOST_EPOCHS = 300
_FEWEST_EPOCHS = 20
_BATCH = 500
# Steps of training after which 300 epochs are cut down: about two minutes on one core.
_STEPS = 3_000
# Below so few rows the mixtures that CTGAN puts under numbers cannot be fitted; rows are repeated up to it.
_FEWEST_ROWS = 20


def epochs_for(rows: int) -> int:
    """Epochs for a table of `rows` rows: 300, fewer where that is more than the steps allowed, and 20 at least."""
    return max(_FEWEST_EPOCHS, min(_MOST_EPOCHS, _STEPS // max(1, rows // _BATCH)))


class _NetworkRows:
    """What the three share. `epochs` None takes `epochs_for` the rows."""

    _kind: ClassVar[type]
    _what: ClassVar[str]
    _raw: ClassVar[bool] = True

    def __init__(self, epochs: int | None = None) -> None:
        self._epochs = epochs
        self._coding: Coding | None = None
        self._model: CTGANSynthesizer | None = None

    def fit(self, frame: pd.DataFrame, fields: Mapping[str, Field], people: People, seed: int) -> None:
        """Learn from `frame` (n, p). Raises: as `coding.Coding`, and InternalError when SDV fails."""
        self._model = None
        with quietly(self._what, derive(seed, "network")):
            coding = Coding(frame, fields, people, derive(seed, "marginals"), one_hot=ONE_HOT, raw=self._raw)
            if coding.parts:
                given = coding.coded()
                if len(given) < _FEWEST_ROWS:
                    given = pd.concat([given] * -(-_FEWEST_ROWS // len(given)), ignore_index=True)
                model = self._made(coding, self._epochs or epochs_for(len(given)))
                model.fit({TABLE: given})
                self._model = model
        coding.forget()
        self._coding = coding

    def sample(self, rows: int, seed: int) -> pd.DataFrame:
        """Draw a frame of `rows` rows. Raises: NotReady before `fit`."""
        if self._coding is None:
            raise NotReady(f"{self._what} has not been fitted.")
        drawn = pd.DataFrame({part.name: [] for part in self._coding.parts}, index=range(0))
        if self._model is not None and rows:
            with quietly(self._what, derive(seed, "draw")):
                self._model._set_random_state(small(derive(seed, "network")))
                drawn = self._model.sample(rows)[TABLE]
        return self._coding.decoded(drawn, rows)

    def _made(self, coding: Coding, epochs: int) -> CTGANSynthesizer:
        return self._kind(
            of_rows(coding.parts),
            enforce_min_max_values=False,
            enforce_rounding=False,
            epochs=epochs,
            batch_size=_BATCH,
            enable_gpu=False,
        )


class CtganRows(_NetworkRows):
    """A `factory.synth.rows.RowModel`: the conditional GAN of tables."""

    _kind = CTGANSynthesizer
    _what = "CTGAN"


class TvaeRows(_NetworkRows):
    """A `factory.synth.rows.RowModel`: the variational autoencoder of tables."""

    _kind = TVAESynthesizer
    _what = "TVAE"


class CopulaGanRows(_NetworkRows):
    """A `factory.synth.rows.RowModel`: CTGAN on normal scores."""

    _kind = CopulaGANSynthesizer
    _what = "CopulaGAN"
    _raw = False

    def _made(self, coding: Coding, epochs: int) -> CTGANSynthesizer:
        return CopulaGANSynthesizer(
            of_rows(coding.parts),
            enforce_min_max_values=False,
            enforce_rounding=False,
            epochs=epochs,
            batch_size=_BATCH,
            enable_gpu=False,
            default_distribution="norm",
        )

"""SDV's engines under the names they are asked for by: four that fit a model of rows a table, two for whole sets."""

from __future__ import annotations

from functools import partial
from typing import Protocol

import pandas as pd

from factory.contract import Contract, Kind, released
from factory.core.errors import ContractError
from factory.core.version import package_version
from factory.synth.engine import Engine
from factory.synth.protocol import Abilities, EngineInfo
from factory.synth.relations.pooled import Pooled
from factory.synth.rows import RowModel

_SDV = ("sdv", "BUSL-1.1")


class Inner(Protocol):
    """What SDV's own multi-table engines offer."""

    def fit(self, tables: dict[str, pd.DataFrame], contract: Contract, seed: int) -> None:
        """Learn from released tables."""

    def sample(self, people: int, seed: int) -> dict[str, pd.DataFrame]:
        """Draw released tables."""


def _sdv(name: str, abilities: Abilities | None = None) -> EngineInfo:
    package, licence = _SDV
    return EngineInfo(name, package, package_version(package), licence, abilities or Abilities())


class GaussianCopula(Pooled):
    """SDV's Gaussian copula, each column's marginal chosen by fit."""

    info = _sdv("sdv-gaussian-copula")

    def __init__(self) -> None:
        super().__init__(_copula)


class _Network(Pooled):
    def __init__(self, epochs: int | None, named: str) -> None:
        super().__init__(partial(_network, named, epochs))


def _copula(table: str, place: int) -> RowModel:
    from factory.synth.sdv.copula import CopulaRows

    return CopulaRows()


def _network(named: str, epochs: int | None, table: str, place: int) -> RowModel:
    from factory.synth.sdv import networks

    made: RowModel = getattr(networks, named)(epochs)
    return made


class Ctgan(_Network):
    """SDV's CTGAN; `epochs` by default follow from the number of rows."""

    info = _sdv("sdv-ctgan")

    def __init__(self, epochs: int | None = None) -> None:
        super().__init__(epochs, "CtganRows")


class Tvae(_Network):
    """SDV's TVAE."""

    info = _sdv("sdv-tvae")

    def __init__(self, epochs: int | None = None) -> None:
        super().__init__(epochs, "TvaeRows")


class CopulaGan(_Network):
    """SDV's CopulaGAN."""

    info = _sdv("sdv-copulagan")

    def __init__(self, epochs: int | None = None) -> None:
        super().__init__(epochs, "CopulaGanRows")


class _Whole(Engine):
    """An engine of SDV's for whole data sets, which works on released tables and knows no rule."""

    def __init__(self, inner: Inner) -> None:
        self._inner = inner

    def _fit(self, tables: dict[str, pd.DataFrame], contract: Contract, seed: int) -> None:
        shapes = released(contract)
        dated = any(shape.names(Kind.MOMENT, Kind.ANCESTOR_ID) for shape in self.shapes.values())
        if dated:
            raise ContractError(
                f"{self.info.name} works on de-identified tables, where dates are days and years.",
                "Use factory produce, or the engine trees.",
            )
        # Without dates the source's shape differs from the released one in the names of columns only.
        self._names = {name: self.shapes[name].names() for name in shapes}
        named = {name: tables[name].set_axis(shapes[name].names(), axis=1) for name in shapes}
        self._inner.fit(named, contract, seed)

    def _draw(self, people: int, seed: int) -> dict[str, pd.DataFrame]:
        drawn = self._inner.sample(people, seed)
        return {name: drawn[name].set_axis(names, axis=1) for name, names in self._names.items()}


class Hma(_Whole):
    """SDV's hierarchical model; what breaks a rule is drawn again, so strict rules may take it too long."""

    info = _sdv("sdv-hma", Abilities(depth=2, tables=5))

    def __init__(self) -> None:
        from factory.synth.sdv.hma import SdvHma

        super().__init__(SdvHma())


class Par(_Whole):
    """SDV's probabilistic autoregressive model of one dated child table."""

    info = _sdv("sdv-par", Abilities(depth=2, tables=2, time=True))

    def __init__(self, epochs: int | None = None) -> None:
        from factory.synth.sdv.par import EPOCHS, SdvPar

        super().__init__(SdvPar(EPOCHS if epochs is None else epochs))

"""What every engine offers, and how one is found by name."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Protocol

import pandas as pd

from factory.contract import Contract
from factory.core.errors import ContractError

GROUP = "factory.synthesizers"
DEFAULT = "sdv-gaussian-copula"


@dataclass(frozen=True)
class EngineInfo:
    """What the dossier says of an engine."""

    name: str
    package: str
    version: str
    licence: str


class Synthesizer(Protocol):
    """An engine: learns from de-identified tables, then draws tables of new people in the same shape."""

    info: EngineInfo

    def fit(self, tables: dict[str, pd.DataFrame], contract: Contract, seed: int) -> None:
        """Learn from released-shape tables."""

    def sample(self, people: int, seed: int) -> dict[str, pd.DataFrame]:
        """Draw `people` new people and their child rows, keys fresh and linked."""


def names() -> list[str]:
    """Names of the engines installed, sorted."""
    return sorted({point.name for point in entry_points(group=GROUP)})


def check_engine(name: str) -> None:
    """Raises: ContractError when there is no engine of that name."""
    if name not in names():
        raise _unknown(name)


def engine(name: str) -> Synthesizer:
    """A new, unfitted engine. Raises: ContractError when there is none of that name."""
    for point in entry_points(group=GROUP):
        if point.name == name:
            made: Synthesizer = point.load()()
            return made
    raise _unknown(name)


def _unknown(name: str) -> ContractError:
    known = ", ".join(names()) or "none; install the package anew"
    return ContractError(f"There is no engine called {name}.", f"Engines here: {known}.")

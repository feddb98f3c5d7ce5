"""What every engine offers, and how one is found by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Protocol

import pandas as pd

from factory.contract import Contract, ReleasedTable
from factory.core.errors import ContractError
from factory.synth.conditions import Condition

GROUP = "factory.synthesizers"
DEFAULT = "auto"


@dataclass(frozen=True)
class Abilities:
    """What an engine can do. `depth` and `tables` are the most it takes, None where there is no limit.

    `time`: it keeps the order of events and how values follow each other. `private`: it states an epsilon.
    """

    depth: int | None = None
    tables: int | None = None
    time: bool = False
    private: bool = False


@dataclass(frozen=True)
class EngineInfo:
    """What the dossier says of an engine."""

    name: str
    package: str
    version: str
    licence: str
    abilities: Abilities = Abilities()


class Synthesizer(Protocol):
    """An engine: learns from tables that a contract describes, then draws tables of new people in the same shape."""

    info: EngineInfo
    shapes: dict[str, ReleasedTable]
    redrawn: dict[str, int]

    def fit(self, tables: dict[str, pd.DataFrame], contract: Contract, seed: int) -> None:
        """Learn from tables in the released shape or in that of the source, identifiers and free text left out."""

    def sample(self, people: int, seed: int, conditions: Sequence[Condition] = ()) -> dict[str, pd.DataFrame]:
        """Draw `people` new people with their rows in all tables: keys fresh and linked, the contract's rules held."""


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

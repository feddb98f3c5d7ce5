"""Regimes as profiles: which controls each asks for, dated and versioned, in `expectations/profiles/`."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Annotated, Literal, get_args

from pydantic import Field, StringConstraints

from factory.contract.model import Regime
from factory.core.assets import shipped
from factory.core.documents import Document, from_yaml, read_capped
from factory.core.errors import ContractError


class RegimeProfile(Document):
    """One regime: its controls, and since when it is read so."""

    profile: Literal[1]
    regime: str
    title: str
    version: Annotated[str, StringConstraints(pattern=r"^[0-9]+\.[0-9]+\z")]
    date: dt.date
    review_on: dt.date
    citation: str
    controls: tuple[str, ...] = Field(min_length=1)


@functools.cache
def profile(regime: str) -> RegimeProfile:
    """The profile of a regime. Raises: ContractError when it is missing or not of the form."""
    path = shipped("expectations") / "profiles" / f"{regime}.yaml"
    if regime not in get_args(Regime) or not path.is_file():
        raise ContractError(f"There is no profile for the regime {regime}.", "See expectations/profiles/.")
    made = from_yaml(read_capped(path), RegimeProfile, path.name, ContractError)
    if made.regime != regime or len(set(made.controls)) != len(made.controls):
        raise ContractError(f"The profile {path.name} names another regime, or a control twice.", "Mend the profile.")
    return made

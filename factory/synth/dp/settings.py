"""What whoever runs a private model may choose; every value is public, none may be read off the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Shares:
    """How rho is split over the four releases; they sum to one. Without a focus the focus' share goes to the pairs."""

    oneway: float = 0.1
    focus: float = 0.6
    select: float = 0.05
    cliques: float = 0.25


@dataclass(frozen=True)
class Settings:
    """How columns are cut and rho is split.

    `focus` is the column whose dependence on every other is kept first, as the contract's task names it. `cuts` are
    public left edges of bins by column, `complete` the columns that the contract requires, which get no level for a
    missing value. An integer column with at most `whole` values has a bin a value, any other range `bins` of equal
    width; a category with more than `most_levels` levels is refused.
    """

    focus: str | None = None
    cuts: Mapping[str, Sequence[float]] = field(default_factory=dict)
    complete: frozenset[str] = frozenset()
    whole: int = 128
    bins: int = 64
    most_levels: int = 1000
    most_groups: int = 24
    shares: Shares = field(default_factory=Shares)

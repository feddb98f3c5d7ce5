"""Clinical rules and prediction tasks of the data contract."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from factory.contract.columns import Strict


class OrderRule(Strict):
    """In every row, `later` is not before `earlier`; both are date columns."""

    kind: Literal["order"]
    id: str
    table: str
    earlier: str
    later: str


class DurationRule(Strict):
    """Calendar days from `start` to `end` equal the integer column `days`."""

    kind: Literal["duration"]
    id: str
    table: str
    start: str
    end: str
    days: str


class AgeBandRule(Strict):
    """The ten-year age band in `column` agrees with the birth date and the date `at`, to a year.

    Bands are written `[70-80)`; `birth` is a column of the person table.
    """

    kind: Literal["age-band"]
    id: str
    table: str
    column: str
    at: str
    birth: str


class DeterminedRule(Strict):
    """`column` is a function of the person-table column `by`."""

    kind: Literal["determined"]
    id: str
    table: str
    column: str
    by: str


Rule = Annotated[OrderRule | DurationRule | AgeBandRule | DeterminedRule, Field(discriminator="kind")]


class Task(Strict):
    """A binary prediction task that the synthetic data must still support."""

    id: str
    table: str
    target: str
    positive: tuple[str, ...] = Field(min_length=1, description="Values of the target that count as yes.")
    exclude: tuple[str, ...] = Field((), description="Columns that would give the answer away.")

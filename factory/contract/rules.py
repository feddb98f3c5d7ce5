"""Clinical rules of the data contract."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

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


class CompareRule(Strict):
    """In every row the number in `left` stands to `right` (a column) or to `value` as `op` says."""

    kind: Literal["compare"]
    id: str
    table: str
    left: str
    op: Literal["<", "<=", "==", ">=", ">"]
    right: str | None = None
    value: float | None = Field(None, allow_inf_nan=False)

    @model_validator(mode="after")
    def _one_side(self) -> CompareRule:
        if (self.right is None) == (self.value is None):
            raise ValueError(f"rule {self.id}: a comparison needs either right or value")
        return self


class ImpliesRule(Strict):
    """Rows whose columns have the values of `when` have those of `then`; `person.sex` is a person's column."""

    kind: Literal["implies"]
    id: str
    table: str
    when: dict[str, tuple[str, ...]] = Field(min_length=1)
    then: dict[str, tuple[str, ...]] = Field(min_length=1)


class RangeRule(Strict):
    """The number in `column` lies within the bounds, in rows whose columns have the values of `when` (or in all)."""

    kind: Literal["range"]
    id: str
    table: str
    column: str
    minimum: float | None = Field(None, allow_inf_nan=False)
    maximum: float | None = Field(None, allow_inf_nan=False)
    when: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _bounded(self) -> RangeRule:
        if self.minimum is None and self.maximum is None:
            raise ValueError(f"rule {self.id}: a range needs minimum or maximum")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"rule {self.id}: the minimum of a range is above its maximum")
        return self


class CombinationRule(Strict):
    """The columns take together only combinations that are `allowed`, or, without a list, that the source has.

    A laboratory test and its unit, or a region and its country, are such.
    """

    kind: Literal["combination"]
    id: str
    table: str
    columns: tuple[str, ...] = Field(min_length=2)
    allowed: tuple[tuple[str, ...], ...] | None = None

    @model_validator(mode="after")
    def _whole(self) -> CombinationRule:
        if any(len(values) != len(self.columns) for values in self.allowed or ()):
            raise ValueError(f"rule {self.id}: each combination needs a value for each column")
        return self


Rule = Annotated[
    OrderRule | DurationRule | AgeBandRule | DeterminedRule | CompareRule | ImpliesRule | RangeRule | CombinationRule,
    Field(discriminator="kind"),
]
KINDS = ("order", "duration", "age-band", "determined", "compare", "implies", "range", "combination")

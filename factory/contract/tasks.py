"""What the synthetic data must still support: predictions, survival curves, and effects that analysts estimate."""

from __future__ import annotations

from pydantic import Field, model_validator

from factory.contract.columns import Strict


class Task(Strict):
    """A binary prediction task that the synthetic data must still support."""

    id: str
    table: str
    target: str
    positive: tuple[str, ...] = Field(min_length=1, description="Values of the target that count as yes.")
    exclude: tuple[str, ...] = Field((), description="Columns that would give the answer away.")


class Survival(Strict):
    """A time to an event, censored where the event did not come, whose curve the synthetic data must keep.

    `by`, `covariates`: columns of the table, or `person.sex` for a person's column.
    """

    id: str
    table: str
    time: str = Field(description="Column of numbers: time until the event or until nothing more is known.")
    event: str
    positive: tuple[str, ...] = Field(min_length=1, description="Values of `event` that mean it came; others censor.")
    by: str | None = Field(None, description="Category, such as the arm of a trial, with a curve for each value.")
    covariates: tuple[str, ...] = Field((), description="What a Cox regression adjusts for, beside `by`.")

    @model_validator(mode="after")
    def _columns_differ(self) -> Survival:
        if len(set(self.columns())) != len(self.columns()):
            raise ValueError(f"survival {self.id}: a column stands twice")
        return self

    def columns(self) -> tuple[str, ...]:
        """All columns, as the contract writes them."""
        return (self.time, self.event, *([self.by] if self.by else []), *self.covariates)


class Effect(Strict):
    """A regression of an outcome on an exposure, whose estimate the synthetic data must keep.

    Logistic where `positive` is given, else linear. `exposure`, `covariates`: as in a survival.
    """

    id: str
    table: str
    outcome: str = Field(description="Column of numbers, or with `positive` any.")
    positive: tuple[str, ...] | None = Field(None, min_length=1, description="Values of `outcome` that count as yes.")
    exposure: str
    covariates: tuple[str, ...] = Field((), description="What the regression adjusts for.")

    @model_validator(mode="after")
    def _columns_differ(self) -> Effect:
        if len(set(self.columns())) != len(self.columns()):
            raise ValueError(f"effect {self.id}: a column stands twice")
        return self

    def columns(self) -> tuple[str, ...]:
        """All columns, as the contract writes them."""
        return (self.outcome, self.exposure, *self.covariates)

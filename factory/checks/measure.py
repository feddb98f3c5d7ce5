"""One figure: value, interval, threshold and direction, and where the method comes from."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Literal


class Outcome(StrEnum):
    """What a figure says of its threshold. Inconclusive is never a pass."""

    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Measure:
    """A figure. `low` and `high` are a 95% interval, or None where the figure is a count of what is there.

    `direction` says on which side of `threshold` the release is good; `n` counts people.
    """

    name: str
    title: str
    value: float
    low: float | None
    high: float | None
    threshold: float
    direction: Literal["at most", "at least"]
    n: int
    citation: str

    @property
    def outcome(self) -> Outcome:
        """Pass where the whole interval is on the good side, fail where none of it is."""
        if math.isnan(self.value):
            return Outcome.INCONCLUSIVE
        low = self.value if self.low is None else self.low
        high = self.value if self.high is None else self.high
        if self.direction == "at most":
            good, bad = high <= self.threshold, low > self.threshold
        else:
            good, bad = low >= self.threshold, high < self.threshold
        return Outcome.PASS if good else Outcome.FAIL if bad else Outcome.INCONCLUSIVE

    @property
    def judged(self) -> float:
        """The end of the interval that the threshold is held against."""
        end = self.high if self.direction == "at most" else self.low
        return self.value if end is None else end

    def as_row(self) -> dict[str, Any]:
        """The measure as a JSON object, outcome included."""
        row = {**asdict(self), "outcome": self.outcome.value}
        return {**row, "value": None if math.isnan(self.value) else self.value}

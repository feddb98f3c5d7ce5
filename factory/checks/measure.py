"""One figure: value, interval, threshold and direction, and where the method comes from."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Literal

from factory.words import said_fields

Direction = Literal["at most", "at least"]


class Outcome(StrEnum):
    """What a figure says of its threshold. Inconclusive is never a pass."""

    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    REPORTED = "reported"


class Bearing(StrEnum):
    """What a figure may do to the verdict.

    A gate must be on the good side with its whole interval. An alarm looks at so few people that it cannot clear
    anybody: it fails the verdict where its whole interval is on the bad side, and is silent elsewhere. A diagnostic
    is shown and judged by nobody.
    """

    GATE = "gate"
    ALARM = "alarm"
    DIAGNOSTIC = "diagnostic"


@dataclass(frozen=True)
class Measure:
    """A figure. `low` and `high` are a 95% interval, or None where the figure is a count of what is there.

    `direction` says on which side of `threshold` the release is good; `threshold` is None for a diagnostic. `n` counts
    people. `seed` is what the measure's own dice were thrown with. `where`: the table, column, task or group it is of.
    `weak`: why the figure clears nobody although its interval might (an attack that finds nothing where there is
    something to find, too few people), as a sentence; then the outcome is never a pass. `title`, `where` and `weak` are
    English; where they are `Said`, a row keeps what they were made of, for other languages.
    """

    name: str
    title: str
    value: float
    low: float | None
    high: float | None
    threshold: float | None
    direction: Direction
    n: int
    citation: str
    seed: int | None = None
    where: str = ""
    bearing: Bearing = Bearing.GATE
    weak: str = ""

    @property
    def outcome(self) -> Outcome:
        """Pass where the whole interval is on the good side, fail where none of it is."""
        if self.bearing is Bearing.DIAGNOSTIC or self.threshold is None:
            return Outcome.REPORTED
        if math.isnan(self.value):
            return Outcome.INCONCLUSIVE
        low = self.value if self.low is None else self.low
        high = self.value if self.high is None else self.high
        if self.direction == "at most":
            good, bad = high <= self.threshold, low > self.threshold
        else:
            good, bad = low >= self.threshold, high < self.threshold
        if bad:
            return Outcome.FAIL
        return Outcome.PASS if good and not self.weak else Outcome.INCONCLUSIVE

    @property
    def judged(self) -> float:
        """The end of the interval that the threshold is held against."""
        end = self.high if self.direction == "at most" else self.low
        return self.value if end is None else end

    def as_row(self) -> dict[str, Any]:
        """The measure as a JSON object, outcome included; what is not a number is null. `said`: see `Said.as_json`."""
        row = {**asdict(self), "bearing": self.bearing.value, "outcome": self.outcome.value}
        plain = {key: None if isinstance(v, float) and not math.isfinite(v) else v for key, v in row.items()}
        return {**plain, "said": said_fields(row)}


def verdict(measures: Iterable[Measure]) -> Outcome:
    """Fail where a gate or an alarm fails, else inconclusive where a gate is, else pass; no gate is no pass."""
    measures = list(measures)
    outcomes = {m.outcome for m in measures if m.bearing is Bearing.GATE}
    if any(m.outcome is Outcome.FAIL for m in measures):
        return Outcome.FAIL
    return Outcome.PASS if outcomes == {Outcome.PASS} else Outcome.INCONCLUSIVE

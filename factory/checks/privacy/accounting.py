"""Accounting of differential privacy: what an engine claims, what its ledger adds up to, and what policy allows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np

from factory.checks.comparison import Comparison
from factory.checks.measure import Bearing, Measure
from factory.core.errors import DataError

PATIENT = "patient"
_DWORK = "Dwork and Roth 2014, The Algorithmic Foundations of Differential Privacy"


@dataclass(frozen=True)
class Part:
    """One use of a budget: (epsilon, delta) for one `unit`, by which mechanism."""

    epsilon: float
    delta: float
    unit: str = PATIENT
    mechanism: str = ""


@dataclass(frozen=True)
class Claim:
    """What an engine says of itself: whoever of a `unit` is in or out moves no output by more than (epsilon, delta).

    `parts`: its ledger, every use of these people's budget, oldest first. Raises: DataError when a number is none.
    """

    epsilon: float
    delta: float
    unit: str = PATIENT
    parts: tuple[Part, ...] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        pairs = [(self.epsilon, self.delta), *((part.epsilon, part.delta) for part in self.parts)]
        for epsilon, delta in pairs:
            if not (0 < epsilon < math.inf and 0 <= delta < 1):
                raise DataError("A privacy claim needs epsilon > 0 and 0 <= delta < 1.", "Mend the claim.")

    @property
    def spent(self) -> tuple[float, float]:
        """Sum of the parts by basic composition (Dwork and Roth, theorem 3.16), exact in decimals."""
        return _sum([part.epsilon for part in self.parts]), _sum([part.delta for part in self.parts])


def _sum(parts: list[float]) -> float:
    return float(sum((Decimal(repr(float(part))) for part in parts), Decimal(0)))


def claim_of(ledger: Mapping[str, Any]) -> Claim:
    """The claim that a ledger's file makes (`unit`, `epsilon`, `delta`, `spends`). Raises: DataError."""
    try:
        parts = tuple(
            Part(float(one["epsilon"]), float(one["delta"]), str(one["unit"]), str(one["mechanism"]))
            for one in ledger["spends"]
        )
        return Claim(float(ledger["epsilon"]), float(ledger["delta"]), str(ledger["unit"]), parts)
    except (KeyError, TypeError, ValueError):
        raise DataError("This is not the ledger of a private engine.", "Give the file the engine keeps.") from None


def measure_dp(comparison: Comparison, claim: Claim) -> list[Measure]:
    """Epsilon and delta a patient against policy, and what was spent against what is claimed.

    A claim whose unit is not the patient is turned into one by group privacy (Dwork and Roth, theorem 2.2) over the
    most rows a training patient has, rounded up to a power of two, so that the figure tells nobody's count. A claim
    with an empty ledger is inconclusive: nothing shows that noise was paid for.
    """
    policy = comparison.contract.policy
    spent = claim.spent
    units = {claim.unit, *(part.unit for part in claim.parts)}
    rows = 1 if units == {PATIENT} else _most_rows(comparison)
    epsilon, delta = _of_group(max(claim.epsilon, spent[0]), max(claim.delta, spent[1]), rows)
    beyond = "" if rows == 1 else f", a patient of up to {rows} rows"
    composed = f"{len(claim.parts)} uses by basic composition"
    weak = "" if claim.parts else "The ledger is empty: nothing shows what the noise was paid with."
    people = comparison.people("train")
    said = (
        ("dp_epsilon", f"Epsilon a patient, {composed}{beyond}", epsilon, policy.epsilon, weak),
        ("dp_delta", f"Delta a patient, {composed}{beyond}", delta, policy.delta, weak),
        ("dp_epsilon_spent", "Epsilon spent, against what is claimed", spent[0], claim.epsilon, weak),
        ("dp_delta_spent", "Delta spent, against what is claimed", spent[1], claim.delta, weak),
    )
    return [
        *(_figure(name, title, value, limit, people, weak) for name, title, value, limit, weak in said),
        _figure("dp_delta_people", "People whom delta would give away, expected", delta * people, None, people, ""),
    ]


def _figure(name: str, title: str, value: float, limit: float | None, people: int, weak: str) -> Measure:
    return Measure(
        name=name,
        title=title,
        value=value,
        low=None,
        high=None,
        threshold=limit,
        direction="at most",
        n=people,
        citation=_DWORK,
        where=PATIENT,
        bearing=Bearing.DIAGNOSTIC if limit is None else Bearing.GATE,
        weak=weak,
    )


def _most_rows(comparison: Comparison) -> int:
    count = np.zeros(comparison.people("train"), dtype=np.int64)
    for table in comparison.shapes:
        owner = comparison.rows("train", table).people
        count += np.bincount(owner[owner >= 0], minlength=len(count))
    return int(2 ** math.ceil(math.log2(max(int(count.max()), 1))))


def _of_group(epsilon: float, delta: float, rows: int) -> tuple[float, float]:
    exponent = (rows - 1) * epsilon
    return rows * epsilon, min(1.0, rows * delta * math.exp(exponent)) if exponent < 700 else 1.0 if delta else 0.0

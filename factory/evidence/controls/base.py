"""What a control is, what it looks at, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from factory.contract import Contract


class Verdict(StrEnum):
    """How a control ends; never silently as a pass."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NEEDS_ATTESTATION = "needs attestation"
    NOT_APPLICABLE = "not applicable"


WORST_FIRST = (
    Verdict.FAIL,
    Verdict.INCONCLUSIVE,
    Verdict.NEEDS_ATTESTATION,
    Verdict.PASS,
    Verdict.NOT_APPLICABLE,
)


@dataclass(frozen=True)
class Evidence:
    """What controls read: the contract, the dossier's facts (an allow-list, no value), and the bytes to be released.

    `folder` is the candidate's folder: `data/<table>.parquet` and the documents beside it. `audit` is the run's
    log, as (act, outcome) pairs in order. `licence` is the licence's content where one is bound already.
    """

    contract: Contract
    facts: Mapping[str, Any]
    folder: Path
    audit: tuple[tuple[str, str], ...] = ()
    licence: Mapping[str, Any] | None = None

    def measures(self, *names: str) -> list[Mapping[str, Any]]:
        """Measures of the dossier whose name begins with one of `names`, diagnostics left out."""
        return [
            measure
            for measure in self.facts["measures"]
            if measure["bearing"] != "diagnostic" and any(measure["name"].startswith(name) for name in names)
        ]


@dataclass(frozen=True)
class Finding:
    """How one control ended on one candidate.

    `sentence` is an English message of the catalogue, `values` what stands in its {places}: numbers and names of
    tables, columns, figures; never a cell value. `value`, `low`, `high` (95% interval), `threshold` and `direction`
    repeat the figure that decided, where one did.
    """

    verdict: Verdict
    sentence: str
    values: Mapping[str, str | int | float] = field(default_factory=dict)
    value: float | None = None
    low: float | None = None
    high: float | None = None
    threshold: float | None = None
    direction: str | None = None


@dataclass(frozen=True)
class Control:
    """One control of a regime.

    `policy` names the field of the contract's policy that holds its threshold. A control with a `question` that its
    check passes ends as needs-attestation; a named person's signed yes turns that into a pass, a no into a fail.
    """

    id: str
    title: str
    citation: str
    checks: str
    check: Callable[[Evidence], Finding]
    policy: str | None = None
    question: str | None = None

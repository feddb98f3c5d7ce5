"""Every control that a contract's regimes ask for, judged on one candidate, and the verdict of each regime."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from factory.core.errors import ContractError
from factory.evidence.controls import china, expert, gdpr, release, safe_harbor
from factory.evidence.controls.base import WORST_FIRST, Control, Evidence, Finding, Verdict
from factory.evidence.controls.profiles import profile

CATALOGUE: Mapping[str, Control] = {
    control.id: control
    for group in (
        safe_harbor.CONTROLS, expert.CONTROLS, gdpr.CONTROLS, china.CHINA, china.HONG_KONG, release.CONTROLS,
    )
    for control in group
}  # fmt: skip
ALWAYS = tuple(control.id for control in release.CONTROLS)
"""Controls of every release, whatever the regime."""


@dataclass(frozen=True)
class Judged:
    """What the controls came to, as rows of plain JSON.

    `controls`: one row a control asked for. `regimes`: one a regime of the contract, its verdict the worst of its
    controls'. `questions` are for people to answer, `shortfalls` for reviewers to accept by name; `failures` end a run.
    """

    controls: list[dict[str, Any]]
    regimes: list[dict[str, Any]]
    questions: list[dict[str, str]]
    shortfalls: list[dict[str, str]]
    failures: list[dict[str, str]]


def judge_controls(evidence: Evidence) -> Judged:
    """Judge every control of the contract's regimes and of release. Raises: ContractError for a control unknown."""
    profiles = [profile(regime) for regime in evidence.contract.regimes]
    asked: dict[str, list[str]] = {}
    for made in profiles:
        for control in made.controls:
            asked.setdefault(control, []).append(made.regime)
    for control in ALWAYS:
        asked.setdefault(control, [])
    if unknown := sorted(set(asked) - set(CATALOGUE)):
        raise ContractError(f"There is no control {unknown[0]}.", "Mend the profile.")
    rows = {
        control: judged_row(evidence, CATALOGUE[control], asked[control]) for control in CATALOGUE if control in asked
    }
    regimes = [
        {
            "regime": made.regime,
            "title": made.title,
            "version": made.version,
            "date": made.date.isoformat(),
            "citation": made.citation,
            "verdict": worst(rows[control]["verdict"] for control in made.controls),
            "counts": dict(sorted(Counter(rows[control]["verdict"] for control in made.controls).items())),
            "controls": list(made.controls),
        }
        for made in profiles
    ]
    said = {Verdict.INCONCLUSIVE: [], Verdict.FAIL: []}  # type: dict[Verdict, list[dict[str, Any]]]
    for row in rows.values():
        said.get(Verdict(row["verdict"]), []).append(row)
    return Judged(
        controls=list(rows.values()),
        regimes=regimes,
        questions=[{"control": row["id"], "sentence": row["question"]} for row in rows.values() if row["question"]],
        shortfalls=[{"control": row["id"], "sentence": spoken(row)} for row in said[Verdict.INCONCLUSIVE]],
        failures=[
            {"control": row["id"], "suite": "controls", "table": "all", "column": "all"} for row in said[Verdict.FAIL]
        ],
    )


def judged_row(evidence: Evidence, control: Control, regimes: list[str]) -> dict[str, Any]:
    """One control's row. A pass with a question is not a pass before somebody has answered it."""
    finding: Finding = control.check(evidence)
    verdict = finding.verdict
    asks = control.question if finding.asks and verdict is not Verdict.NOT_APPLICABLE else None
    if verdict is Verdict.PASS and asks:
        verdict = Verdict.NEEDS_ATTESTATION
    return {
        "id": control.id,
        "title": control.title,
        "citation": control.citation,
        "checks": control.checks,
        "regimes": regimes,
        "verdict": verdict.value,
        "sentence": finding.sentence,
        "values": dict(finding.values),
        "value": finding.value,
        "low": finding.low,
        "high": finding.high,
        "threshold": finding.threshold,
        "direction": finding.direction,
        "policy": control.policy,
        "question": asks,
    }


def worst(verdicts: Any) -> str:
    """The worst of some verdicts; what is not applicable counts for nothing."""
    found = [Verdict(verdict) for verdict in verdicts]
    return min(found, key=WORST_FIRST.index).value


def spoken(row: Mapping[str, Any]) -> str:
    """A control's row as one English sentence."""
    return f"{row['title']}: {row['sentence'].format(**row['values'])}"

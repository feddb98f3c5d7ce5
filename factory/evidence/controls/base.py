"""What a control is, what it looks at, and how it ends."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from factory.contract import Contract
from factory.scan import Options, scan
from factory.scan.allow import Allowed
from factory.scan.controls import Control as ScanControl
from factory.scan.controls import controls as scan_controls
from factory.scan.listed import listed


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

    `folder` is the candidate's folder: `data/<table>.parquet` and the documents beside it. `licence` is the licence's
    content where one is bound already. `sealed` is what sealing and verifying found, where a bundle was made of it:
    `signers` and `producer`, `signature`, `inclusion` and `consistency` (true where they hold), `fingerprint` (its `p`,
    `false_accusations` and `utility_cost`), `revoked_refused`.
    """

    contract: Contract
    facts: Mapping[str, Any]
    folder: Path
    licence: Mapping[str, Any] | None = None
    sealed: Mapping[str, Any] | None = None

    def measures(self, *names: str) -> list[Mapping[str, Any]]:
        """Measures of the dossier whose name begins with one of `names`, diagnostics left out."""
        return [
            measure
            for measure in self.facts["measures"]
            if measure["bearing"] != "diagnostic" and any(measure["name"].startswith(name) for name in names)
        ]

    @property
    def tables(self) -> dict[str, Path]:
        """The released tables, by name."""
        return {path.stem: path for path in sorted((self.folder / "data").glob("*.parquet"))}

    @property
    def documents(self) -> list[Path]:
        """Everything beside the tables that reviewers and licensees get."""
        data = self.folder / "data"
        return [path for path in sorted(self.folder.rglob("*")) if path.is_file() and data not in path.parents]

    def column(self, table: str, name: str) -> list[Any]:
        """Distinct values of a released column, missing ones left out."""
        values = pq.read_table(self.tables[table], columns=[name]).column(0).unique().to_pylist()
        return [value for value in values if value is not None]

    @property
    def review_by(self) -> dt.date | None:
        """The last day of the review, or None where the facts name none."""
        try:
            return dt.date.fromisoformat(str(self.facts.get("review_by")))
        except ValueError:
            return None

    def identifiers(self, control: str) -> Mapping[str, Any] | None:
        """What the gates' scan, which knew the source's identifiers, came to for a control."""
        return next((row for row in self.facts["identifiers"] if row["control"] == control), None)

    def scanned(self) -> dict[str, ScanControl]:
        """The independent scanner's controls over the released tables, by id."""
        allowed = listed(self.contract, {name: path.name for name, path in self.tables.items()})
        return _scanned(tuple(self.tables.values()), allowed)


@functools.lru_cache(maxsize=4)
def _scan_of(key: tuple[tuple[str, int, int], ...], allowed: tuple[Allowed, ...]) -> dict[str, ScanControl]:
    report = scan([Path(name) for name, _, _ in key], Options(allowed=allowed))
    return {control.id: control for control in scan_controls(report)}


def _scanned(paths: tuple[Path, ...], allowed: tuple[Allowed, ...]) -> dict[str, ScanControl]:
    # One scan of the same bytes for the eighteen controls that read it.
    return _scan_of(tuple((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in paths), allowed)


@dataclass(frozen=True)
class Finding:
    """How one control ended on one candidate.

    `sentence` is an English message of the catalogue, `values` what stands in its {places}: numbers and names of
    tables, columns, figures; never a cell value. `value`, `low`, `high` (95% interval), `threshold` and `direction`
    repeat the figure that decided, where one did. `asks` is false where nothing is left for a person to say.
    """

    verdict: Verdict
    sentence: str
    values: Mapping[str, str | int | float] = field(default_factory=dict)
    value: float | None = None
    low: float | None = None
    high: float | None = None
    threshold: float | None = None
    direction: str | None = None
    asks: bool = True


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


def passed(sentence: str, **values: str | int | float) -> Finding:
    """A pass."""
    return Finding(Verdict.PASS, sentence, values)


def settled(sentence: str, **values: str | int | float) -> Finding:
    """A pass that leaves nothing for a person to say."""
    return Finding(Verdict.PASS, sentence, values, asks=False)


def failed(sentence: str, **values: str | int | float) -> Finding:
    """A fail."""
    return Finding(Verdict.FAIL, sentence, values)


def unsure(sentence: str, **values: str | int | float) -> Finding:
    """What cannot be told; never a pass."""
    return Finding(Verdict.INCONCLUSIVE, sentence, values)


def elsewhere(sentence: str, **values: str | int | float) -> Finding:
    """Not applicable, or not yet."""
    return Finding(Verdict.NOT_APPLICABLE, sentence, values)


_GOOD = "at most"
_POLICY = {
    "membership_auc": "membership_auc",
    "membership_auc_exposed": "membership_auc_exposed",
    "membership_auc_outliers": "membership_auc_exposed",
    "membership_auc_subgroup": "membership_auc_exposed",
    "membership_tpr": "membership_tpr",
    "linked_membership_auc": "membership_auc",
    "linked_membership_tpr": "membership_tpr",
    "linked_epsilon": "epsilon_linked",
    "singling_out": "disclosure_advantage",
    "linkability": "disclosure_advantage",
    "inference": "disclosure_advantage",
    "attribute_disclosure": "disclosure_advantage",
    "identity_disclosure": "identity_disclosure",
    "exact_copy_share": "exact_copy_share",
    "near_copy_share": "disclosure_advantage",
    "rare_combination_share": "disclosure_advantage",
}
"""Which field of the policy holds the threshold of the figures whose name begins so; the longest name counts."""


def by_measures(evidence: Evidence, *names: str) -> Finding:
    """The worst of the figures so named, held against the contract's own policy; each name must have been measured.

    A gate is a pass with its whole interval only. An alarm clears nobody: only its failure counts.
    """
    found = evidence.measures(*names)
    for name in names:
        if not any(measure["name"] == name for measure in found):
            return unsure("The figure {figure} was not measured.", figure=name)
    judged = [(_outcome(evidence, measure), measure) for measure in found]
    counted = [
        (outcome, measure) for outcome, measure in judged if measure["bearing"] == "gate" or outcome is Verdict.FAIL
    ]
    if not counted:
        return unsure("The figure {figure} was not measured.", figure=names[0])
    verdict, worst = min(counted, key=lambda pair: WORST_FIRST.index(pair[0]))
    if worst["value"] is None:
        return unsure("The figure could not be measured on so few people.")
    said = {
        Verdict.PASS: "Within the policy, with its whole interval.",
        Verdict.FAIL: "Beyond the policy.",
        Verdict.INCONCLUSIVE: "Its interval reaches beyond the policy, or too few people were looked at.",
    }[verdict]
    threshold = _threshold(evidence, worst)
    return Finding(verdict, said, {}, worst["value"], worst["low"], worst["high"], threshold, worst["direction"])


def _threshold(evidence: Evidence, measure: Mapping[str, Any]) -> float:
    fitting = [name for name in _POLICY if measure["name"].startswith(name)]
    return float(getattr(evidence.contract.policy, _POLICY[max(fitting, key=len)]))


def _outcome(evidence: Evidence, measure: Mapping[str, Any]) -> Verdict:
    """Judged anew from the interval, so that neither an outcome nor a threshold of the dossier is taken on trust."""
    value = measure["value"]
    if value is None or measure["direction"] != _GOOD:
        return Verdict.INCONCLUSIVE
    low, high = (value if measure[end] is None else measure[end] for end in ("low", "high"))
    threshold = _threshold(evidence, measure)
    if low > threshold or measure["outcome"] == "fail":
        return Verdict.FAIL
    sure = high <= threshold and not measure["weak"] and measure["outcome"] == "pass"
    return Verdict.PASS if sure else Verdict.INCONCLUSIVE

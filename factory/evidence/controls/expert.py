"""HIPAA Expert Determination, 45 CFR 164.514(b)(1)."""

from __future__ import annotations

import pandas as pd

from factory.contract import Role, released
from factory.contract import digest as digest_of
from factory.evidence.controls.base import Control, Evidence, Finding, Verdict, by_measures, failed, passed, unsure

PARAGRAPH = "45 CFR 164.514(b)(1)"
_ROUNDING = 0.00005
_SECTIONS = ("title", "engine", "measures", "decisions", "policy", "tables", "code", "review_by", "expires", "rules")


def smallest_class(evidence: Evidence) -> int | None:
    """People in the smallest class that agrees on the person table's quasi-identifiers, or None where it has none."""
    shape = released(evidence.contract).get(evidence.contract.person)
    if shape is None or shape.name not in evidence.tables:
        return None
    names = [column.name for column in shape.columns if column.column.role is Role.QUASI_IDENTIFIER]
    if not names:
        return None
    frame = pd.read_parquet(evidence.tables[shape.name], columns=names)
    return int(frame.groupby(names, dropna=False, observed=True).size().min())


def _classes(evidence: Evidence) -> Finding:
    k, smallest = evidence.contract.policy.smallest_cell, smallest_class(evidence)
    if smallest is None:
        return unsure("The table of people is not released, or the contract declares no quasi-identifier of it.")
    if smallest >= k:
        return passed("At least {k} people agree on every combination of quasi-identifiers.", k=k)
    if by_measures(evidence, "identity_disclosure").verdict is Verdict.PASS:
        return unsure("Classes of fewer than {k} among synthetic people; how many are real, ED-2 measures.", k=k)
    return failed("Classes of fewer than {k} people, and identity disclosure is not within the policy.", k=k)


def _small_cells(evidence: Evidence) -> Finding:
    k = evidence.contract.policy.smallest_cell
    for table, rows in evidence.facts["counts"].items():
        if any(isinstance(count, int) and 0 < count < k for count in rows.values()):
            return failed("The count of rows of {table} is a small cell.", table=table)
    batch = evidence.facts.get("batch") or {}
    counted = [*(batch.get("since") or {}).values(), *batch.get("linked", ())]
    if any(isinstance(count, int) and 0 < count < k for count in counted):
        return failed("The dossier shows a cell of fewer than {k} for {column}.", k=k, column="batch")
    for decision in evidence.facts["decisions"]:
        changed = str(decision["changed"]).replace(",", "")
        if changed.isdigit() and 0 < int(changed) < k:
            return failed("The dossier shows a cell of fewer than {k} for {column}.", k=k, column=decision["column"])
    for name, bars in evidence.facts["marginals"].items():
        rows = evidence.facts["counts"].get(name.partition(".")[0], {}).get("train", 0)
        # Shares are rounded to four digits: only what is a small cell at its upper end is one for certain.
        if any(bar["real"] > 0 and (bar["real"] + _ROUNDING) * rows < k for bar in bars):
            return failed("The dossier shows a cell of fewer than {k} for {column}.", k=k, column=name)
    return passed("No count from 1 to {n} stands in what is published.", n=k - 1)


def _repeatable(evidence: Evidence) -> Finding:
    facts = evidence.facts
    named = [
        facts.get("contract"),
        facts.get("code", {}).get("digest"),
        *(t.get("sha256") for t in facts["tables"].values()),
    ]
    if not all(isinstance(digest, str) and len(digest) == 64 for digest in named):
        return failed("A digest of contract, code or table is missing, so that nobody could repeat the run.")
    if facts["contract"] != digest_of(evidence.contract):
        return failed("The digest of the contract is not that of the contract the run was judged by.")
    return passed("Contract, code and tables are pinned by digests; the seed is kept in the source zone.")


def _complete(evidence: Evidence) -> Finding:
    missing = [name for name in _SECTIONS if not evidence.facts.get(name) and evidence.facts.get(name) != 0]
    if missing:
        return failed("The dossier lacks: {what}.", what=", ".join(missing))
    last = evidence.review_by
    if last is None or str(evidence.facts["expires"]) < last.isoformat():
        return failed("The dossier expires before its review ends.")
    return passed("Scope, method, risk, conditions and expiry are there.")


CONTROLS = (
    Control(
        id="ED-1",
        title="Risk over declared quasi-identifiers",
        citation=PARAGRAPH,
        checks="The smallest class of people who agree on all quasi-identifiers, in the released bytes.",
        check=_classes,
        policy="smallest_cell",
        question="Are the quasi-identifiers, the population and the threshold those you would choose?",
    ),
    Control(
        id="ED-2",
        title="Meaningful identity disclosure",
        citation=f"{PARAGRAPH}; El Emam et al., JMIR 2020 e23139",
        checks="The share of synthetic records that match a real person and tell something new of them.",
        check=lambda evidence: by_measures(evidence, "identity_disclosure"),
        policy="identity_disclosure",
        question="Is the share of the population that the tables are taken to hold realistic?",
    ),
    Control(
        id="ED-3",
        title="Membership of people",
        citation=PARAGRAPH,
        checks="Seven attacks that ask whether a person was learned from, against people who were not.",
        check=lambda evidence: by_measures(evidence, "membership_auc", "membership_auc_exposed", "membership_tpr"),
        policy="membership_auc",
        question="Are the attacks adequate for the recipients you expect?",
    ),
    Control(
        id="ED-4",
        title="Attribute disclosure",
        citation=PARAGRAPH,
        checks="What the synthetic rows tell of a real person's sensitive columns, beyond what they tell of others.",
        check=lambda evidence: by_measures(evidence, "attribute_disclosure"),
        policy="disclosure_advantage",
        question="Would what could still be told of a group do no harm to it?",
    ),
    Control(
        id="ED-5",
        title="No small cells in what is published",
        citation="CMS cell size policy",
        checks="Every count in the dossier.",
        check=_small_cells,
        policy="smallest_cell",
    ),
    Control(
        id="ED-6",
        title="The figures can be had again",
        citation=PARAGRAPH,
        checks="That contract, code and tables are named by digests.",
        check=_repeatable,
    ),
    Control(
        id="ED-7",
        title="The report is complete and has not expired",
        citation=f"{PARAGRAPH}(ii)",
        checks="That every section is there, and the expiry lies after the review.",
        check=_complete,
        policy="valid_days",
        question="Are you qualified to judge this, and is the risk, in your judgement, very small?",
    ),
)

"""Mainland China and the Greater Bay Area: PIPL, GB/T 42460-2023, flows across the border; and Hong Kong's PDPO."""

from __future__ import annotations

import hashlib
import re

import pyarrow.parquet as pq

from factory.evidence.controls.base import (
    Control,
    Evidence,
    Finding,
    Verdict,
    by_measures,
    elsewhere,
    failed,
    passed,
    unsure,
)
from factory.evidence.controls.gdpr import keys_gone, stated
from factory.scan.controls import Verdict as Scanned

_DOCUMENTS = re.compile(
    r"^(dossier(\.zh-Han[ts])?\.(html|json|pdf)|dictionary\.json|candidate\.json|controls\.json|records/[a-z0-9.-]+)$"
)
_GENOME_NAME = re.compile(r"(?:^|_)(rs\d+|snp|genotype|allele|variant|vcf|haplotype|exome|genome)", re.IGNORECASE)
_GENOME_VALUE = re.compile(r"^(rs\d{3,}|[ACGT]{12,}|[ACGT]/[ACGT]|chr[0-9XYM]{1,2}:\d+)", re.IGNORECASE)


def _grade(evidence: Evidence) -> Finding:
    if any(control.verdict is Scanned.FAIL for control in evidence.scanned().values()):
        return failed("Direct identifiers are left: the lowest grade, which may not be released.")
    risk = by_measures(evidence, "identity_disclosure")
    if risk.verdict is Verdict.PASS:
        return passed("Grade 3 of 4: no direct identifier, and the risk of quasi-identifiers is within the policy.")
    said = "No direct identifier, and the risk of quasi-identifiers is not shown to be within the policy."
    return failed(said) if risk.verdict is Verdict.FAIL else unsure(said)


def _only_synthetic(evidence: Evidence) -> Finding:
    listed = {table["sha256"] for table in evidence.facts["tables"].values()}
    for path in sorted(evidence.folder.rglob("*")):
        if not path.is_file():
            continue
        name = path.relative_to(evidence.folder).as_posix()
        if name.startswith("data/"):
            if path.suffix != ".parquet" or hashlib.sha256(path.read_bytes()).hexdigest() not in listed:
                return failed("{name} is not one of the synthetic tables.", name=name)
        elif not _DOCUMENTS.match(name):
            return failed("{name} is neither a synthetic table nor a document of the dossier.", name=name)
    return passed("Only synthetic tables and aggregate documents are in the candidate.")


def _people(evidence: Evidence) -> Finding:
    statement, policy = evidence.contract.statement, evidence.contract.policy
    if statement.destination is None:
        return unsure("The contract does not state where the recipients are.")
    here = evidence.facts["counts"].get(evidence.contract.person, {}).get("synthetic", 0)
    year = int(str(evidence.facts["review_by"])[:4])
    total = (statement.people_sent or {}).get(year, 0) + here
    most = policy.transfer_sensitive if statement.sensitive else policy.transfer_assessment
    if total < most:
        return passed("{n} people to one destination this year, below {most}.", n=total, most=most)
    if statement.route in ("security-assessment", "not-from-mainland"):
        return passed("{n} people to one destination this year, by a route that allows it.", n=total)
    return failed("{n} people to one destination this year: a security assessment is asked for.", n=total)


def _gba(evidence: Evidence) -> Finding:
    licence = evidence.licence or {}
    contract = licence.get("standard_contract")
    if not contract:
        return elsewhere("No standard contract of the Greater Bay Area is relied on yet.")
    territory = set(licence.get("licensee", {}).get("territory", ()))
    if not territory <= GREATER_BAY_AREA or licence.get("onward_transfer"):
        return failed("The licence goes beyond the Greater Bay Area, or allows onward transfer.")
    if not contract.get("filed"):
        return unsure("The standard contract has not been filed.")
    return passed("Recipient in the Greater Bay Area, no onward transfer, contract filed.")


def _genome(evidence: Evidence) -> Finding:
    for table, path in evidence.tables.items():
        for field in pq.read_schema(path):
            named = bool(_GENOME_NAME.search(field.name))
            held = str(field.type).endswith("string") and any(
                _GENOME_VALUE.match(str(value)) for value in evidence.column(table, field.name)[:5000]
            )
            if (named or held) and not evidence.contract.statement.genetic_approval:
                return failed(
                    "{table}.{column} looks genomic, and no approval number is stated.", table=table, column=field.name
                )
    return (
        passed("No column looks genomic.")
        if not evidence.contract.statement.genetic_approval
        else passed("An approval number is stated.")
    )


def _important(evidence: Evidence) -> Finding:
    match evidence.contract.statement.important_data:
        case "yes":
            return failed("The data were declared important data, which may not leave without a security assessment.")
        case "no":
            return passed("The contract states that the data were not declared important.")
        case _:
            return unsure("The contract does not state whether the data were declared important.")


def _hong_kong(evidence: Evidence) -> Finding:
    found = stated(evidence, ("controller", "collected_for", "review_on"))
    return found if found.verdict is not Verdict.PASS else passed("Purpose, user and next look are stated.")


CHINA = (
    Control(
        id="CN-1",
        title="Grade after GB/T 42460-2023",
        citation="GB/T 42460-2023; PIPL Art. 73(4)",
        checks="Direct identifiers in the released bytes, and the measured risk of quasi-identifiers.",
        check=_grade,
        policy="identity_disclosure",
        question="Do you accept the grade?",
    ),
    Control(
        id="CN-2",
        title="Irreversible",
        citation="PIPL Art. 73(4)",
        checks="As GD-6: no key, no mapping, no reversible operator.",
        check=keys_gone,
        question="Can nobody, with anything kept anywhere, bring the records back?",
    ),
    Control(
        id="CN-3",
        title="Only synthetic data cross",
        citation="PIPL Art. 38-40",
        checks="Every file of the candidate, by digest and by name.",
        check=_only_synthetic,
        question="Did no copy of the source records leave the border in any other way?",
    ),
    Control(
        id="CN-4",
        title="People by year and destination",
        citation="CAC provisions on flows across the border, 22 March 2024, Art. 5, 7, 8",
        checks="People in this release and, as stated, in earlier ones of the year, against 10,000 and a million.",
        check=_people,
        question="Are route, consent and impact assessment, kept for three years, in order?",
    ),
    Control(
        id="CN-5",
        title="Standard contract of the Greater Bay Area",
        citation="GBA standard contract, 13 December 2023",
        checks="Recipient, onward transfer, filing, where a licence relies on it.",
        check=_gba,
    ),
    Control(
        id="CN-6",
        title="Human genetic resources",
        citation="HGR regulation (State Council 717), Art. 28",
        checks="Names and content of every released column.",
        check=_genome,
    ),
    Control(
        id="CN-7",
        title="Important data",
        citation="Data Security Law Art. 21, 31",
        checks="What the contract states.",
        check=_important,
        question="Is it certain that no authority has declared these data important?",
    ),
)
HONG_KONG = (
    Control(
        id="HK-1",
        title="Purpose and record of anonymisation",
        citation="PDPO s. 26, DPP2(2), DPP3; APPA guide to anonymisation",
        checks="That purpose of collection, data user and next look are stated, and k is in the dossier.",
        check=_hong_kong,
        question="Were the records collected for this use, or are the people no longer identifiable in it?",
    ),
)

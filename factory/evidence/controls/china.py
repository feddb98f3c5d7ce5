"""Mainland China and the Greater Bay Area: PIPL, GB/T 42460-2023, flows across the border; and Hong Kong's PDPO."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.parquet as pq

from factory.contract.statement import GREATER_BAY_AREA
from factory.core.files import sha256_file
from factory.evidence.controls.base import (
    Control,
    Evidence,
    Finding,
    Verdict,
    by_measures,
    elsewhere,
    failed,
    passed,
    settled,
    unsure,
)
from factory.evidence.controls.expert import smallest_class
from factory.evidence.controls.gdpr import keys_gone, stated
from factory.scan.controls import Verdict as Scanned

_ANY_NUMBER = ("security-assessment", "not-from-mainland", "gba-standard-contract")
"""Routes that know no greatest number of people."""
_DOCUMENTS = re.compile(
    r"^(dossier(\.zh-Han[ts])?\.(html|json|pdf)|dictionary\.json|candidate\.json|controls\.json|croissant\.json|"
    r"records/[a-z0-9.-]+\.(?:json|jsonld|md|html|pdf|txt|ttl))$"
)
_GENOME_WORD = re.compile(
    r"snps?|genotypes?|alleles?|vcf|haplotypes?|exome|genom(?:e|ic)|hgvs|variants|mutations?|karyotype|zygosity|"
    r"chromosome|hla|brca[12]?|egfr|kras|apoe|cyp2(?:c9|c19|d6)|dbsnp|genes?|rsid|rs\d{3,}|dna|rna|methylation|"
    r"transcriptome|.*(?:基因|突变|突變).*",
    re.IGNORECASE,
)
_PARTS = re.compile(r"[^0-9A-Za-z\u3400-\u9fff]+|(?<=[a-z])(?=[A-Z])")
_GENOME_VALUE = re.compile(
    r"^\s*(?:rs\d{3,}|[ACGT]{12,}|[ACGT][/|][ACGT]|[01][/|][01]|chr[0-9XYM]{1,2}:\d+|(?:N[MCGPR]_\d+(?:\.\d+)?:)?"
    r"(?:[cgm]\.[*-]?\d+\S*(?:>|del|dup|ins|inv)\S*|p\.\(?[A-Z][a-z]{2}\d+\S*)|HLA-[A-Z0-9]+\*\d+\S*)",
    re.IGNORECASE,
)


def _grade(evidence: Evidence) -> Finding:
    if any(control.verdict is Scanned.FAIL for control in evidence.scanned().values()):
        return failed("Direct identifiers are left: the lowest grade, which may not be released.")
    for decision in evidence.facts["decisions"]:
        if decision["role"] == "identifier" and decision["released_as"]:
            return failed("Direct identifiers are left: the lowest grade, which may not be released.")
    risk = by_measures(evidence, "identity_disclosure")
    if risk.verdict is Verdict.PASS:
        return passed("Grade 3 of 4: no direct identifier, and the risk of quasi-identifiers is within the policy.")
    said = "No direct identifier, and the risk of quasi-identifiers is not shown to be within the policy."
    return failed(said) if risk.verdict is Verdict.FAIL else unsure(said)


def _only_synthetic(evidence: Evidence) -> Finding:
    listed = {f"data/{name}.parquet": table["sha256"] for name, table in evidence.facts["tables"].items()}
    for path in sorted(evidence.folder.rglob("*")):
        if not path.is_file():
            continue
        name = path.relative_to(evidence.folder).as_posix()
        if name.startswith("data/"):
            if listed.get(name) != sha256_file(path):
                return failed("{name} is not one of the synthetic tables.", name=name)
        elif not _DOCUMENTS.match(name):
            return failed("{name} is neither a synthetic table nor a document of the dossier.", name=name)
    return passed("Only synthetic tables and aggregate documents are in the candidate.")


def _people(evidence: Evidence) -> Finding:
    statement, policy = evidence.contract.statement, evidence.contract.policy
    if statement.destination is None:
        return unsure("The contract does not state where the recipients are.")
    counts, last = evidence.facts["counts"].get(evidence.contract.person, {}), evidence.review_by
    if last is None or statement.people_sent is None or last.year not in statement.people_sent:
        return unsure("The contract does not state how many people's data went there in the year of this release.")
    # Those who were learned from; those held out are in the evidence, as counts. The register knows who of them went
    # there in other releases of the year, and counts nobody twice.
    here = sum(int(counts.get(part, 0)) for part in ("train", "holdout"))
    here = max(here, int(evidence.facts.get("batch", {}).get("sent", {}).get(str(last.year), 0)))
    total = statement.people_sent[last.year] + here
    if statement.route is None:
        return unsure("The contract does not state by which route the data leave.")
    if statement.route in _ANY_NUMBER:
        return passed("{n} people to one destination this year, by a route that allows it.", n=total)
    most = policy.transfer_sensitive if statement.sensitive else policy.transfer_assessment
    if total >= most:
        return failed("{n} people to one destination this year: a security assessment is asked for.", n=total)
    if statement.route == "exempt" and (statement.sensitive or total >= policy.transfer_filing):
        return failed("{n} people to one destination this year: a contract or certification is asked for.", n=total)
    return passed("{n} people to one destination this year, below {most}.", n=total, most=most)


def _gba(evidence: Evidence) -> Finding:
    licence, statement = evidence.licence or {}, evidence.contract.statement
    contract = licence.get("standard_contract")
    if statement.route == "gba-standard-contract":
        if statement.destination not in GREATER_BAY_AREA or statement.onward_transfer is not False:
            return failed(
                "The contract relies on the Greater Bay Area's, and states another destination, or passing on."
            )
        if statement.contract_filed is None or statement.contract_until is None:
            return unsure("The standard contract's day of filing, or its last day, is not stated.")
        if evidence.review_by is None or statement.contract_until <= evidence.review_by:
            return failed("The standard contract ends before this review does.")
        return passed("Recipient in the Greater Bay Area, no onward transfer, contract filed.")
    if not contract:
        return elsewhere("No standard contract of the Greater Bay Area is relied on yet.")
    territory = set(licence.get("licensee", {}).get("territory", ()))
    if not territory <= GREATER_BAY_AREA or licence.get("onward_transfer"):
        return failed("The licence goes beyond the Greater Bay Area, or allows onward transfer.")
    if not contract.get("filed"):
        return unsure("The standard contract has not been filed.")
    if evidence.review_by is None or str(licence.get("expires")) <= evidence.review_by.isoformat():
        return failed("The standard contract ends before this review does.")
    return passed("Recipient in the Greater Bay Area, no onward transfer, contract filed.")


def _genome(evidence: Evidence) -> Finding:
    approved = evidence.contract.statement.genetic_approval
    for table, path in evidence.tables.items():
        for field in pq.read_schema(path):
            if not _looks_genomic(evidence, table, field):
                continue
            if not approved:
                return failed(
                    "{table}.{column} looks genomic, and no approval number is stated.", table=table, column=field.name
                )
            return passed(
                "{table}.{column} looks genomic; an approval number is stated.", table=table, column=field.name
            )
    return settled("No column looks genomic.")


def _looks_genomic(evidence: Evidence, table: str, field: pa.Field) -> bool:
    if any(_GENOME_WORD.fullmatch(part) for part in _PARTS.split(field.name)):
        return True
    return "string" in str(field.type) and any(
        _GENOME_VALUE.match(str(value)) for value in evidence.column(table, field.name)
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
    """The five steps of the APPA guide, each by what shows it; k is reported, not judged."""
    found = stated(evidence, ("controller", "collected_for", "review_on", "incident_plan"))
    if found.verdict is not Verdict.PASS:
        return found
    decided = {(row["table"], row["column"]) for row in evidence.facts["decisions"]}
    columns = {(name, column) for name, table in evidence.contract.tables.items() for column in table.columns}
    if left := sorted(columns - decided):
        return failed("Nothing says what was done to {table}.{column}.", table=left[0][0], column=left[0][1])
    if not evidence.measures("identity_disclosure"):
        return unsure("The figure {figure} was not measured.", figure="identity_disclosure")
    smallest = smallest_class(evidence)
    if smallest is None:
        return unsure("No smallest class of quasi-identifiers can be reported.")
    return passed(
        "Purpose, columns, techniques, risk and plan are on record; the smallest class holds {k}.", k=smallest
    )


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
        checks="Every file of the candidate, by name and digest; RL-8 refuses documents with any other digest.",
        check=_only_synthetic,
        question="Did no copy of the source records leave the border in any other way?",
    ),
    Control(
        id="CN-4",
        title="People by year and destination",
        citation="CAC provisions on flows across the border, 22 March 2024, Art. 5, 7, 8",
        checks="Different people of this and, as registered or stated, other releases of the year, against the limits"
        " of the route.",
        check=_people,
        policy="transfer_sensitive",
        question="Are route and consent in order, and is the impact assessment kept for three years?",
    ),
    Control(
        id="CN-5",
        title="Standard contract of the Greater Bay Area",
        citation="GBA standard contract, 13 December 2023",
        checks="Recipient, onward transfer, filing, expiry, where contract or licence relies on it.",
        check=_gba,
        question="Has the standard contract been filed with both authorities?",
    ),
    Control(
        id="CN-6",
        title="Human genetic resources",
        citation="HGR regulation (State Council 717), Art. 28",
        checks="Names and content of every released column.",
        check=_genome,
        question="Is the approval number genuine, and does the approval cover this release?",
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
        checks="Purpose, data user, plan and next look stated; columns decided on; risk measured; k reported.",
        check=_hong_kong,
        question="Were the records collected for this use, or are the people no longer identifiable in it?",
    ),
)

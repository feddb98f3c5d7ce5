"""HIPAA Safe Harbor, 45 CFR 164.514(b)(2): the eighteen classes, and what goes with them."""

from __future__ import annotations

import hashlib
import re

import pyarrow as pa
import pyarrow.parquet as pq

from factory.contract import Kind, released
from factory.evidence.controls.base import Control, Evidence, Finding, Verdict, failed, passed, unsure
from factory.scan.controls import Verdict as Scanned

PARAGRAPH = "45 CFR 164.514(b)(2)(i)"
CLASSES = {
    "A": "Names",
    "B": "Geography below State",
    "C": "Dates finer than a year, ages over 89",
    "D": "Telephone numbers",
    "E": "Fax numbers",
    "F": "E-mail addresses",
    "G": "National identity and social security numbers",
    "H": "Medical record numbers",
    "I": "Health plan numbers",
    "J": "Account numbers",
    "K": "Certificate and licence numbers",
    "L": "Vehicle identifiers",
    "M": "Device identifiers",
    "N": "Web addresses",
    "O": "Network addresses",
    "P": "Biometric identifiers",
    "Q": "Photographs of faces",
    "R": "Any other unique number, characteristic or code",
}
_FINE_DATE = re.compile(r"\d{4}[-/.年]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")
_LONG_ZIP = re.compile(r"^\d{5}(-\d{4})?$")
_QUESTIONS = {
    "B": "Is 'State' read as the smallest area in it that regulators of the source allow: province, SAR or State?",
    "C": "Are the years of events in it unable to point to a person whom the public knows?",
    "P": "Is it free of voice, fingerprints, gait and genome data of any kind?",
    "Q": "Is it free of photographs and comparable images?",
    "R": "Has nobody who gets it access to a code book that leads from its row numbers to people?",
}


def _class(letter: str, evidence: Evidence) -> Finding:
    found = evidence.scanned()[f"SH-{letter}"]
    if found.verdict is Scanned.FAIL:
        return failed("{n} found in the tables to be released.", n=found.count)
    if found.verdict is Scanned.NOT_APPLICABLE or not evidence.tables:
        return unsure("There was no table to look at.")
    more = {"B": _places, "C": _times, "R": _row_ids}.get(letter)
    if more is not None and (beyond := more(evidence)) is not None:
        return beyond
    return passed("None found in the tables to be released.")


def _texts(evidence: Evidence) -> list[tuple[str, str, list[str]]]:
    """Table, column and distinct texts of every released column of text."""
    made = []
    for table, path in evidence.tables.items():
        for field in pq.read_schema(path):
            if (
                pa.types.is_string(field.type)
                or pa.types.is_large_string(field.type)
                or pa.types.is_dictionary(field.type)
            ):
                made.append((table, field.name, [str(value) for value in evidence.column(table, field.name)]))
    return made


def _places(evidence: Evidence) -> Finding | None:
    for table, column, values in _texts(evidence):
        if re.search("zip|post", column, re.IGNORECASE) and any(_LONG_ZIP.match(value) for value in values):
            return failed("{table}.{column} holds postal codes of more than three digits.", table=table, column=column)
    return None


def _times(evidence: Evidence) -> Finding | None:
    for table, column, values in _texts(evidence):
        if any(_FINE_DATE.search(value) for value in values):
            return failed("{table}.{column} holds dates finer than a year.", table=table, column=column)
    for table, path in evidence.tables.items():
        for field in pq.read_schema(path):
            if pa.types.is_temporal(field.type):
                return failed("{table}.{column} holds dates finer than a year.", table=table, column=field.name)
    cap = evidence.contract.policy.age_cap
    for table, shape in released(evidence.contract).items():
        for made in shape.columns:
            if not made.column.age or table not in evidence.tables:
                continue
            ages = [value for value in evidence.column(table, made.name) if isinstance(value, int | float)]
            if any(age > cap + 1 for age in ages):
                return failed("{table}.{column} holds ages over {cap}.", table=table, column=made.name, cap=cap)
    return None


def _row_ids(evidence: Evidence) -> Finding | None:
    for table, shape in released(evidence.contract).items():
        for column in shape.columns:
            if column.kind is not Kind.ID or table not in evidence.tables:
                continue
            ids = evidence.column(table, column.name)
            if not all(isinstance(value, int) for value in ids) or (ids and max(ids) > 2 * len(ids)):
                return failed("The row numbers of {table} are not plain counts.", table=table)
    return None


def _link(evidence: Evidence) -> Finding:
    row = next((item for item in evidence.facts["identifiers"] if item["control"] == "SH-LINK"), None)
    if row is None or row["verdict"] not in ("pass", "fail"):
        return unsure("The tables were not compared with the identifiers of the source.")
    if row["verdict"] == "fail" or row["hits"]:
        return failed("{n} identifiers of the source stand in the tables.", n=row["hits"])
    for table, path in evidence.tables.items():
        listed = evidence.facts["tables"].get(table, {}).get("sha256")
        if hashlib.sha256(path.read_bytes()).hexdigest() != listed:
            return failed("{table} is not the table that was compared with the source.", table=table)
    return passed("None of the source's identifiers, in any spelling, stands in the tables.")


def _canary(evidence: Evidence) -> Finding:
    row = next((item for item in evidence.facts["identifiers"] if item["control"] == "SH-CANARY"), None)
    if row is not None and row["verdict"] == "fail":
        return failed("{n} planted identifiers survived.", n=row["hits"])
    texts = [d for d in evidence.facts["decisions"] if d["role"] == "text" and d["released_as"]]
    if texts and row is None:
        return unsure("Free text is released, and no planted pack was run through the flow.")
    return passed("No free text is released; the software's tests run two planted packs through its text flow.")


def _known(_: Evidence) -> Finding:
    return Finding(Verdict.NEEDS_ATTESTATION, "Only people can say what they know.")


CONTROLS = (
    *(
        Control(
            id=f"SH-{letter}",
            title=title,
            citation=f"{PARAGRAPH}({letter})",
            checks="Every cell of the released bytes, by a scanner that shares no code with what removed them.",
            check=lambda evidence, letter=letter: _class(letter, evidence),  # type: ignore[misc]
            policy="age_cap" if letter == "C" else None,
            question=_QUESTIONS.get(letter),
        )
        for letter, title in CLASSES.items()
    ),
    Control(
        id="SH-LINK",
        title="No source identifier in the output",
        citation=f"{PARAGRAPH}(R), 164.514(c)",
        checks="Every identifier of the source tables, in every spelling known, looked for in the released bytes.",
        check=_link,
    ),
    Control(
        id="SH-CANARY",
        title="Planted identifiers do not survive",
        citation=PARAGRAPH,
        checks="Whether free text is released, and what became of a planted bilingual pack where it is.",
        check=_canary,
        question="Was the planted pack written by people other than those who wrote the rules?",
    ),
    Control(
        id="SH-KNOW",
        title="No actual knowledge",
        citation="45 CFR 164.514(b)(2)(ii)",
        checks="Nothing: software cannot know what people know.",
        check=_known,
        question="Do you, and everybody you asked, know of no way in which it could identify a person?",
    ),
)

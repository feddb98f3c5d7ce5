"""HIPAA Safe Harbor, 45 CFR 164.514(b)(2): the eighteen classes, and what goes with them."""

from __future__ import annotations

import hashlib
import re

import pyarrow as pa
import pyarrow.parquet as pq

from factory.contract import Kind, ReleasedTable, released
from factory.evidence.controls.base import Control, Evidence, Finding, Verdict, failed, passed, settled, unsure
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
_YEAR, _MONTH, _DAY = r"(?:1[89]|2[01])\d\d", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_FINE_DATE = re.compile(
    rf"(?<![\d.])(?:{_YEAR}([-/.]){_MONTH}\1{_DAY}|{_DAY}([-/.]){_MONTH}\2{_YEAR}|{_MONTH}([-/.]){_DAY}\3{_YEAR}"
    # A month of two digits: codes of LOINC end in one.
    rf"|{_YEAR}[-/](?:0[1-9]|1[0-2])|{_YEAR}年{_MONTH}月)(?![\d.-])"
)
_LONG_ZIP = re.compile(r"^\d{5}(-\d{4})?$")
_QUESTIONS = {
    "B": "Is it right to read 'State' as the province in the mainland and as the whole SAR in Hong Kong and Macao?",
    "C": "Are you sure that no year in these data points to a person through an event the public knows?",
    "P": "Are these data free of voices, fingerprints, gaits and genomes of any kind?",
    "Q": "Are these data free of photographs of faces and comparable images?",
    "R": "Are you sure that nobody who gets these data has a code book from their row numbers to people?",
}


def _class(letter: str, evidence: Evidence) -> Finding:
    known = evidence.identifiers(f"SH-{letter}")
    if known is not None and known["verdict"] == "fail":
        return failed("{n} found in the tables to be released.", n=known["hits"])
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
        if (astray := _parents(evidence, shape)) is not None:
            return astray
        for column in shape.columns:
            if column.kind is not Kind.ID or table not in evidence.tables:
                continue
            ids = evidence.column(table, column.name)
            if not all(isinstance(value, int) for value in ids) or (ids and max(ids) > 2 * len(ids)):
                return failed("The row numbers of {table} are not plain counts.", table=table)
    return _no_digests(evidence)


def _parents(evidence: Evidence, shape: ReleasedTable) -> Finding | None:
    """Every link points to a row number of the parent's, so that it is none of the source's either."""
    if shape.link is None or shape.parent_id is None:
        return None
    parent = released(evidence.contract)[shape.link.parent_table]
    if not {shape.name, parent.name} <= set(evidence.tables):
        return None
    if set(evidence.column(shape.name, shape.parent_id)) <= set(evidence.column(parent.name, parent.key)):
        return None
    return failed("The row numbers of {table} are not plain counts.", table=shape.name)


def _no_digests(evidence: Evidence) -> Finding | None:
    """The scan that knew the source's identifiers tried their digests as well; without it nothing is known."""
    known = evidence.identifiers("SH-R")
    if known is None or known["verdict"] != "pass":
        return unsure("No digest of a source identifier was tried against the row numbers and codes.")
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
    ran = row is not None and row["verdict"] == "pass"
    texts = [d for d in evidence.facts["decisions"] if d["role"] == "free-text" and d["released_as"]]
    if texts and not ran:
        return unsure("Free text is released, and no planted pack was run through the flow.")
    if ran:
        return passed("None of the planted identifiers survived the flow.")
    return settled("No free text is released; the software's tests run two planted packs through its text flow.")


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
        question="Can you say, for your organisation, that you know of no way to identify a person by these data?",
    ),
)

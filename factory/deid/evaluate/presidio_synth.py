"""The English sentences of presidio-research: {full_text, spans: [{entity_type, start_position, end_position}]}."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from factory.deid.evaluate.corpus import Corpus, Document, Gold
from factory.deid.evaluate.countries import COUNTRIES
from factory.deid.evaluate.reading import json_file, span_of
from factory.deid.text.spans import PhiClass

LABELS = {
    "PERSON": PhiClass.NAME,
    "STREET_ADDRESS": PhiClass.ADDRESS,
    "ADDRESS": PhiClass.ADDRESS,
    "GPE": PhiClass.ADDRESS,
    "LOCATION": PhiClass.ADDRESS,
    "ZIP_CODE": PhiClass.ADDRESS,
    "DATE_TIME": PhiClass.DATE,
    "AGE": PhiClass.AGE,
    "PHONE_NUMBER": PhiClass.PHONE,
    "EMAIL_ADDRESS": PhiClass.EMAIL,
    "US_SSN": PhiClass.ID,
    "CREDIT_CARD": PhiClass.ACCOUNT,
    "IBAN_CODE": PhiClass.ACCOUNT,
    "US_DRIVER_LICENSE": PhiClass.LICENCE,
    "DOMAIN_NAME": PhiClass.URL,
    "IP_ADDRESS": PhiClass.IP,
}
EXCLUDED = {
    "ORGANIZATION": "companies, shops and orchestras of the templates, not the employer of a patient",
    "TITLE": "forms of address and occupations identify nobody alone",
    "PREFIX": "forms of address identify nobody alone",
    "NRP": "nationality is not among the eighteen identifiers",
    "GPE, LOCATION": "where the value is a country, or a code of two letters (a state): B concerns smaller units",
    "DATE_TIME": "a year, a day of the week, a time of day: C concerns elements of dates except the year",
    "AGE": "where 89 or less",
    "PERSON": "where the value is only a form of address",
}
FILES = ("generated_small.json", "generated_large.json", "synth_dataset_v2.json")

_TITLE = re.compile(r"(?:mr|mrs|ms|miss|dr|prof)\.?", re.IGNORECASE)
_TIME = re.compile(r"[ T]\d\d?:\d\d")
_STATE = re.compile(r"[A-Z]{2}|nan", re.IGNORECASE)
_DEMONYMS = ("sudanese", "greenlander")  # the templates put two nationalities where a country should stand


def matches(rows: Any) -> bool:
    """Whether this is a file of that project."""
    return (
        isinstance(rows, list) and bool(rows) and isinstance(rows[0], dict) and {"full_text", "spans"} <= set(rows[0])
    )


def read(path: Path) -> Corpus:
    """A folder with the three files, or one of them. Raises: BrokenFile, StorageError."""
    files = [path / name for name in FILES if (path / name).is_file()] if path.is_dir() else [path]
    documents = [_document(row, number, file) for file in files for number, row in enumerate(json_file(file))]
    return Corpus("presidio-synth", documents, LABELS, EXCLUDED)


def _document(row: dict[str, Any], number: int, file: Path) -> Document:
    text = str(row["full_text"])
    spans = [
        span_of(text, span["start_position"], span["end_position"], span["entity_type"], file) for span in row["spans"]
    ]
    gold = tuple(gold for start, end, label in spans for gold in _gold(text, start, end, label))
    return Document(f"{file.stem}:{number}", text, gold, language="en")


def _gold(text: str, start: int, end: int, label: str) -> list[Gold]:
    """One span; of a date with a time of day two, the time neutral."""
    kind = in_scope(label, text[start:end])
    if kind is PhiClass.DATE and (time := _TIME.search(text, start, end)):
        return [Gold(start, time.start(), label, kind), Gold(time.start(), end, label, None)]
    return [Gold(start, end, label, kind)]


def in_scope(label: str, value: str) -> PhiClass | None:
    """The class of a span, or None where it identifies nobody by the letter of the rule (see EXCLUDED)."""
    kind = LABELS.get(label)
    plain = " ".join(value.split())
    if label in ("GPE", "LOCATION", "ADDRESS") and _nowhere(plain):
        return None
    if kind is PhiClass.DATE and not re.search(r"\d\D+\d", plain):
        return None
    if kind is PhiClass.AGE and not (plain.isdigit() and int(plain) > 89):
        return None
    return None if kind is PhiClass.NAME and _TITLE.fullmatch(plain) else kind


def _nowhere(plain: str) -> bool:
    return plain.lower() in COUNTRIES or plain.lower() in _DEMONYMS or _STATE.fullmatch(plain) is not None

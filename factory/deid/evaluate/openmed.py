"""OpenMed's fixtures in some fifty languages, Chinese among them: six shapes of JSON, each a few cases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from factory.deid.evaluate.corpus import Corpus, Document, Gold
from factory.deid.evaluate.countries import COUNTRIES
from factory.deid.evaluate.reading import objects, span_of
from factory.deid.text.spans import PhiClass

LABELS = {
    "PERSON": PhiClass.NAME,
    "STREET_ADDRESS": PhiClass.ADDRESS,
    "LOCATION": PhiClass.ADDRESS,
    "ZIPCODE": PhiClass.ADDRESS,
    "DATE": PhiClass.DATE,
    "DATE_OF_BIRTH": PhiClass.DATE,
    "AGE": PhiClass.AGE,
    "PHONE": PhiClass.PHONE,
    "PHONE_NUMBER": PhiClass.PHONE,
    "EMAIL": PhiClass.EMAIL,
    "SSN": PhiClass.ID,
    "ID_NUM": PhiClass.ID,
    "ACCOUNT_NUMBER": PhiClass.ACCOUNT,
    "CREDIT_CARD": PhiClass.ACCOUNT,
    "VIN": PhiClass.VEHICLE,
    "IMEI": PhiClass.DEVICE,
    "URL": PhiClass.URL,
    "IP_ADDRESS": PhiClass.IP,
    "ORGANIZATION": PhiClass.ORG,
}
EXCLUDED = {
    "GENDER": "sex is not among the eighteen identifiers",
    "MEDICATION, CONDITION, LAB_TEST, PROCEDURE, BODY_SITE": "what a note is for",
    "AMOUNT, CURRENCY, CREDIT_CARD_ISSUER": "identify nobody alone",
    "API_KEY": "a credential of software, stands in no note",
    "dis, sym, dep, dru, ite, bod, pro, mic, equ": "clinical terms of CMeEE, gold of another task",
    "AGE": "where 89 or less",
    "LOCATION": "where the value is a country",
    "zh_cn_administrative_divisions.json": "a list, no text",
}
_HAN = re.compile(r"[\u4e00-\u9fff]")


def matches(rows: list[dict[str, Any]]) -> bool:
    """Whether a file's objects are fixtures of that project."""
    return bool(rows) and any(next(_spans(row), None) is not None or "gold_spans" in row for row in rows)


def read(files: list[Path]) -> Corpus:
    """All fixtures of the files. Raises: BrokenFile, WrongEncoding, StorageError."""
    documents = [
        _document(row, number, file)
        for file in files
        for number, row in enumerate(objects(file))
        if isinstance(row.get("text"), str)
    ]
    return Corpus("openmed", documents, LABELS, EXCLUDED)


def _document(row: dict[str, Any], number: int, file: Path) -> Document:
    text = row["text"]
    spans = [span_of(text, start, end, label, file) for start, end, label in _spans(row)]
    gold = tuple(Gold(start, end, label, in_scope(label, text[start:end])) for start, end, label in spans)
    name = row.get("id", row.get("case_id", f"{number}"))
    language = row.get("language") or ("zh" if _HAN.search(text) else "en")
    if row.get("locale") in ("zh-Hans", "zh-Hant"):
        language = row["locale"]
    return Document(f"{file.stem}:{name}", text, gold, language=str(language))


def _spans(row: dict[str, Any]) -> Iterator[tuple[Any, Any, str]]:
    """start, end and label of each gold span, whichever of the shapes the object has."""
    text = row.get("text", "")
    for span in row.get("gold_spans", row.get("expected_entities", [])):
        yield span["start"], span["end"], str(span["label"]).upper()
    if "entities" in row:  # CMeEE: clinical entities with the identifiers among the metadata
        for span in row.get("metadata", {}).get("phi_spans", []):
            yield span["start"], span["end"], str(span["label"]).upper()
    begin = 0
    for name in row.get("names", []):
        begin = text.index(name, begin)
        yield begin, begin + len(name), "PERSON"
        begin += len(name)
    if isinstance(row.get("address"), str):
        begin = text.index(row["address"])
        yield begin, begin + len(row["address"]), "STREET_ADDRESS"


def in_scope(label: str, value: str) -> PhiClass | None:
    """The class of a span, or None where it identifies nobody by the letter of the rule (see EXCLUDED)."""
    if label == "AGE":
        # isdigit() would miss signs like '७'; int() reads the digits of every script.
        return PhiClass.AGE if any(int(number) > 89 for number in re.findall(r"\d+", value)) else None
    if label == "LOCATION" and value.lower() in COUNTRIES:
        return None
    return LABELS.get(label)

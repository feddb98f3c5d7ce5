"""Corpora of no particular origin: brat pairs, JSON lines of spans, and notes without labels."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

from factory.core.errors import BrokenFile
from factory.deid.evaluate.corpus import Corpus, Document, Gold
from factory.deid.evaluate.reading import json_lines, span_of, text_file
from factory.deid.text.spans import PhiClass

ALIASES = {
    **{kind.value: kind for kind in PhiClass},
    "PERSON": PhiClass.NAME,
    "PATIENT": PhiClass.NAME,
    "DOCTOR": PhiClass.NAME,
    "LOCATION": PhiClass.ADDRESS,
    "STREET": PhiClass.ADDRESS,
    "CITY": PhiClass.ADDRESS,
    "ZIP": PhiClass.ADDRESS,
    "FAX": PhiClass.PHONE,
    "SSN": PhiClass.ID,
    "MEDICALRECORD": PhiClass.MRN,
    "HEALTHPLAN": PhiClass.ACCOUNT,
    "LICENSE": PhiClass.LICENCE,
    "IPADDR": PhiClass.IP,
    "ORGANIZATION": PhiClass.ORG,
}
"""Our own classes, and names that other annotation schemes give them (i2b2 2014 among them)."""

_OWNERS = ("patient", "kin", "staff", "other")
_ENTITY = re.compile(r"T\d+\t(\S+) ([\d; ]+)\t")
_HAN = re.compile(r"[\u4e00-\u9fff]")


def read_brat(folder: Path) -> Corpus:
    """Pairs of .txt and .ann files. A span in pieces counts as its pieces. Raises: BrokenFile, StorageError."""
    documents = [_brat(file) for file in sorted(folder.glob("*.txt")) if file.with_suffix(".ann").is_file()]
    return _corpus(folder.name, documents)


def _brat(file: Path) -> Document:
    text = text_file(file)
    gold = []
    for line in text_file(file.with_suffix(".ann")).splitlines():
        if match := _ENTITY.match(line):
            for piece in match[2].split(";"):
                bounds = [int(number) for number in piece.split()]
                if len(bounds) != 2:
                    raise BrokenFile(f"{file.stem}.ann holds a span without two offsets.")
                gold.append(_gold(text, bounds[0], bounds[1], match[1], None, file))
    return Document(file.stem, text, tuple(gold), language=_language(text))


def read_jsonl(file: Path) -> Corpus:
    """Lines of {id, text, spans: [{start, end, label or class, of}], person, language}; the last two may be absent.

    Raises: BrokenFile, WrongEncoding, StorageError.
    """
    documents = [_line(row, number, file) for number, row in enumerate(json_lines(file), start=1)]
    return _corpus(file.stem, documents)


def _line(row: dict[str, Any], number: int, file: Path) -> Document:
    text, spans = row.get("text"), row.get("spans")
    if not isinstance(text, str) or not isinstance(spans, list):
        raise BrokenFile(f"{file.name}: object {number} has no text or no list of spans.")
    try:
        gold = [
            _gold(text, span["start"], span["end"], span.get("label", span.get("class")), span.get("of"), file)
            for span in spans
        ]
    except (KeyError, TypeError, AttributeError):
        raise BrokenFile(f"{file.name}: object {number} holds a span without start or end.") from None
    language = row.get("language") or _language(text)
    return Document(str(row.get("id", number)), text, tuple(gold), row.get("person"), str(language))


def _gold(text: str, start: Any, end: Any, label: Any, of: Any, file: Path) -> Gold:
    start, end, label = span_of(text, start, end, label, file)
    return Gold(start, end, label, ALIASES.get(label.upper()), of if of in _OWNERS else "other")


def _language(text: str) -> str:
    return "zh" if _HAN.search(text) else "en"


def _corpus(name: str, documents: list[Document]) -> Corpus:
    labels = {gold.label for document in documents for gold in document.gold}
    known = {label: ALIASES[label.upper()] for label in sorted(labels) if label.upper() in ALIASES}
    return Corpus(name, documents, known, dict.fromkeys(sorted(labels - set(known)), "not a class known here"))


def read_mts(files: list[Path]) -> Corpus:
    """The notes and dialogues of MTS-Dialog, which hold no labels. Raises: WrongEncoding, StorageError."""
    documents = []
    for file in files:
        for row in csv.DictReader(io.StringIO(text_file(file))):
            for column in ("section_text", "dialogue"):
                documents.append(Document(f"{file.stem}:{row['ID']}:{column}", row[column], (), language="en"))
    return Corpus("mts-dialog", documents, {}, labelled=False)

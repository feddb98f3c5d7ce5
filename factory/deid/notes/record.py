"""The record of one person, from a file with any columns, in the form the detector looks people up in."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from factory.contract.columns import IdentifierClass
from factory.core.errors import BrokenFile
from factory.core.files import storage_errors
from factory.deid.notes.encoding import decode

if TYPE_CHECKING:
    from factory.deid.text import KnownPeople

PERSON = "the-person-of-this-record"
"""The one person of a record: a key that stands in no text."""

_CLASSES = (
    (r"mail", IdentifierClass.EMAIL),
    (r"phone|mobile|tel|fax|電話|电话|手機|手机", IdentifierClass.PHONE),
    (r"address|addr|street|city|地址|住址", IdentifierClass.ADDRESS),
    (r"zip|post", IdentifierClass.POSTCODE),
    (r"mrn|record|patient_?id|chart|hospital_?n|病歷|病历|住院|門診|门诊", IdentifierClass.MRN),
    (r"payer|plan|insur|policy|醫保|医保", IdentifierClass.HEALTH_PLAN),
    (r"account|card|iban|encounter|visit", IdentifierClass.ACCOUNT),
    (r"licen[cs]e|certificate", IdentifierClass.LICENCE),
    (r"plate|vehicle|vin", IdentifierClass.VEHICLE),
    (r"device|serial|udi", IdentifierClass.DEVICE),
    (r"url|web", IdentifierClass.URL),
    (r"^ip", IdentifierClass.IP),
    (r"name|kin|guardian|contact|attending|doctor|姓名|名字", IdentifierClass.NAME),
    (r"ssn|hkid|cnid|passport|id|number|身份|身分|證號|证号", IdentifierClass.NATIONAL_ID),
)
_BIRTH = re.compile(r"birth|dob|出生", re.IGNORECASE)


def known_record(path: Path) -> KnownPeople:
    """What a CSV or JSON file says of one person: every cell is an identifier, its class seen from the column's name.

    Several rows (or a list of objects) are taken for several records of that person. Look up `PERSON`.
    Raises: BrokenFile, WrongEncoding, StorageError.
    """
    import pandas as pd

    from factory.contract.model import Contract
    from factory.deid.text import known_people

    cells = [(name, value.strip()) for row in _rows(path) for name, value in row.items() if value.strip()]
    if not cells:
        raise BrokenFile(f"{path.name} holds no cells.", "Give a CSV with a header and a row, or a JSON object.")
    names = [f"c{number}" for number in range(1, len(cells) + 1)]
    columns: dict[str, dict[str, Any]] = {"person": {"role": "key", "type": "string", "class": "mrn", "as": "person"}}
    for column, (name, value) in zip(names, cells, strict=True):
        columns[column] = _column(name, value)
    contract = Contract.model_validate(
        {
            "contract": 1,
            "name": "record",
            "title": "The record of one person",
            "licensor": "none",
            "person": "record",
            "tables": {"record": {"key": "person", "columns": columns}},
        }
    )
    row = {"person": PERSON, **{column: value for column, (_, value) in zip(names, cells, strict=True)}}
    return known_people(contract, {"record": pd.DataFrame([row], dtype="string")})


def _rows(path: Path) -> list[dict[str, str]]:
    with storage_errors(path):
        text = decode(path.read_bytes(), path.name)
    if path.suffix == ".json":
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            raise BrokenFile(f"{path.name} is not valid JSON.", "Give one object, or a list of them.") from None
        rows = value if isinstance(value, list) else [value]
        if not all(isinstance(row, dict) for row in rows):
            raise BrokenFile(f"{path.name} holds something that is no object.", "Give one object, or a list of them.")
        return [{str(key): "" if cell is None else str(cell) for key, cell in row.items()} for row in rows]
    try:
        rows = list(csv.DictReader(io.StringIO(text), strict=True))
    except csv.Error:
        raise BrokenFile(f"{path.name} cannot be parsed as CSV.", "Check quotes and separators.") from None
    if any(None in row or None in row.values() for row in rows):
        raise BrokenFile(f"{path.name} has rows whose number of fields differs from the header's.", "Check separators.")
    return rows


def _column(name: str, value: str) -> dict[str, Any]:
    if _BIRTH.search(name) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return {"role": "date", "type": "date", "birth": True}
    kinds = (kind for pattern, kind in _CLASSES if re.search(pattern, name, re.IGNORECASE))
    return {"role": "identifier", "type": "string", "class": next(kinds, IdentifierClass.OTHER).value}

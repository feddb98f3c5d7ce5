"""The log of decisions: what was done to each column, why, and how many cells it changed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

SAFE_HARBOR = "45 CFR 164.514(b)(2)(i)"

LETTERS = {
    "name": "A",
    "address": "B",
    "postcode": "B",
    "phone": "D",
    "fax": "E",
    "email": "F",
    "national-id": "G, R",
    "mrn": "H",
    "health-plan": "I",
    "account": "J",
    "licence": "K",
    "vehicle": "L",
    "device": "M",
    "url": "N",
    "ip": "O",
    "biometric": "P",
    "photo": "Q",
    "other": "R",
}


@dataclass(frozen=True)
class Decision:
    """What was done to one source column; `changed` of `cells` values differ from the source or are gone."""

    table: str
    column: str
    role: str
    operator: str
    because: str
    released_as: tuple[str, ...]
    changed: int
    cells: int

    def as_row(self) -> dict[str, Any]:
        """The decision as a JSON object."""
        return asdict(self)


def letters(identifier: str) -> str:
    """The paragraph of Safe Harbor that names a class of identifier."""
    return f"{SAFE_HARBOR}({LETTERS[identifier]})"

"""The log of decisions: what was done to each column, why, and how many cells it changed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
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
    """What was done to one source column; `changed` of `cells` values differ from the source or are gone.

    `profiles` asked for it. A quasi-identifier of a search has the level it was generalised to and its loss, in [0, 1];
    free text has the identifiers `found`, by class; `notes` say what the software decided on its own.
    """

    table: str
    column: str
    role: str
    operator: str
    because: str
    released_as: tuple[str, ...]
    changed: int
    cells: int
    identifier: str | None = None
    profiles: tuple[str, ...] = ("hipaa-safe-harbor",)
    level: str | None = None
    loss: float | None = None
    found: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def as_row(self) -> dict[str, Any]:
        """The decision as a JSON object; the class of an identifier stands under `class`."""
        row = asdict(self)
        row["class"] = row.pop("identifier")
        return row


def letters(identifier: str) -> str:
    """The paragraph of Safe Harbor that names a class of identifier."""
    return f"{SAFE_HARBOR}({LETTERS[identifier]})"

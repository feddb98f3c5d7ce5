"""What copy.dsse.json says of a licensee's copy, and the proof that it holds: needs no data frames."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from factory.core.documents import Digest, Document
from factory.core.errors import BundleInvalid
from factory.core.files import sha256_bytes
from factory.release.statements import Statement
from factory.review.candidate import Candidate, RelativePath

COPY = "copy.dsse.json"
CROISSANT = "croissant.json"
PREDICATE = "urn:clinical-data-factory:copy:1"


class Cost(Document):
    """The most that marks move: a mean, in standard deviations; a spread, as a share; a correlation."""

    mean: float
    spread: float
    correlation: float


class Said(Document):
    """Predicate of copy.dsse.json. `marks` counts cells by table; `reviewed` has the digests that were signed."""

    licence: Digest
    reviewed: dict[RelativePath, Digest] = Field(min_length=1)
    rows: dict[str, int]
    marks: dict[str, int]
    cost: Cost
    false_accusations: float
    method: Literal["keyed marks in low-order structure, one-sided binomial"]


METHOD: Literal["keyed marks in low-order structure, one-sided binomial"] = (
    "keyed marks in low-order structure, one-sided binomial"
)


def check_copy(said: Statement, candidate: Candidate, files: Mapping[str, str], licence: str) -> Said:
    """The statement is on just the copied files and ties each to what was reviewed. Raises: BundleInvalid."""
    try:
        predicate = Said.model_validate_json(json.dumps(said.predicate))
    except ValueError:
        raise BundleInvalid(f"{COPY} does not say what it must of the copy.") from None
    tables = set(candidate.tables().values()) | ({CROISSANT} & candidate.files.keys())
    if said.digests.keys() != tables or predicate.reviewed.keys() != tables:
        raise BundleInvalid(f"{COPY} does not speak of just the tables.")
    for path in sorted(tables):
        if predicate.reviewed[path] != candidate.files[path].sha256:
            raise BundleInvalid(f"{path} is not a copy of the file that was reviewed.")
        if said.digests[path] != files[path]:
            raise BundleInvalid(f"{path} is not the copy that {COPY} speaks of.")
    if predicate.licence != licence:
        raise BundleInvalid(f"{COPY} is on the copy of another licence.")
    return predicate


def check_croissant(data: bytes, said: Said, copied: Mapping[str, str]) -> None:
    """The copy's record is the reviewed one with the copy's digests in it. Raises: BundleInvalid."""
    pairs = {copied[path]: digest for path, digest in said.reviewed.items() if path != CROISSANT}
    if sha256_bytes(replaced(data, pairs)) != said.reviewed[CROISSANT]:
        raise BundleInvalid(f"{CROISSANT} is not the record that was reviewed.")


def replaced(data: bytes, digests: Mapping[str, str]) -> bytes:
    """The bytes with each digest in place of another."""
    for one, other in digests.items():
        data = data.replace(one.encode("ascii"), other.encode("ascii"))
    return data

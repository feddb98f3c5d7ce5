"""What the room knows of a candidate, and how a row of the store becomes that."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, Field

from factory.core.documents import Line, read_capped
from factory.core.errors import ReviewError, StorageError
from factory.core.files import canonical_json, sha256_bytes
from factory.core.run import RunState
from factory.review.candidate import Candidate, Question, Shortfall, parse_candidate
from factory.review.room.blobs import place

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some of many: the items shown and how many there are in all."""

    items: tuple[T, ...]
    total: int


@dataclass(frozen=True)
class Comment:
    """What somebody wrote beside a candidate."""

    name: str
    at: str
    text: str


@dataclass(frozen=True)
class Submission:
    """A candidate in the room. `people` and `rows` count the synthetic tables; `votes` those cast, not which way."""

    digest: str
    candidate: Candidate
    state: RunState
    submitted: dt.datetime
    expires: dt.date | None
    people: int | None
    rows: int
    regimes: Mapping[str, str]
    votes: int

    @property
    def name(self) -> str:
        """Name of the data set."""
        return self.candidate.name

    @property
    def version(self) -> str:
        """Version of the data set."""
        return self.candidate.version

    @property
    def title(self) -> str:
        """Title of the data set."""
        return self.candidate.title

    @property
    def producer(self) -> str:
        """Who produced it, and so takes no part in its review."""
        return self.candidate.producer

    @property
    def contract(self) -> str:
        """Digest of the contract."""
        return self.candidate.contract

    @property
    def review_by(self) -> dt.date:
        """Last day of the review."""
        return self.candidate.review_by

    @property
    def verdict(self) -> str:
        """The gates' verdict."""
        return self.candidate.verdict


def submission_of(row: Any, votes: int) -> Submission:
    """A row of `submissions` as a Submission. Raises: StorageError when another document stands in it."""
    check_document(row)
    summary = json.loads(row.summary)
    return Submission(
        digest=row.digest,
        candidate=parse_candidate(bytes(row.document)),
        state=RunState(row.state),
        submitted=moment(row.submitted),
        expires=None if row.expires is None else dt.date.fromisoformat(row.expires),
        people=summary["people"],
        rows=summary["rows"],
        regimes=summary["regimes"],
        votes=votes,
    )


def check_document(row: Any) -> None:
    """The candidate of a row is the one of its digest. Raises: StorageError."""
    if sha256_bytes(bytes(row.document)) != row.digest:
        raise StorageError(
            f"The candidate {row.digest[:12]} of the store is not what was submitted.", "Restore it from a backup."
        )


def _iso(value: object) -> object:
    """A date in its one spelling, since dates are compared as the text that they are."""
    if not isinstance(value, str) or dt.date.fromisoformat(value).isoformat() != value:
        raise ValueError
    return value


def summarised(blobs: Path, candidate: Candidate) -> tuple[str, str | None]:
    """What the queue shows of a candidate's dossier, as JSON, and the day on which its evidence expires.

    Raises: ReviewError when it is not of the form.
    """
    entry = candidate.files.get("dossier.json")
    if entry is None:
        return canonical_json({"people": None, "rows": 0, "regimes": {}}).decode(), None
    try:
        facts = _Shown.model_validate_json(read_capped(place(blobs, entry.sha256)))
    except ValueError:
        raise ReviewError("dossier.json is not a dossier.", "Produce the run again.") from None
    if (facts.verdict, _asked(facts.shortfalls), _asked(facts.questions)) != (
        candidate.verdict,
        _asked(candidate.shortfalls),
        _asked(candidate.questions),
    ):
        raise ReviewError("The candidate says something else than its dossier.", "Produce the run again.")
    people = facts.tables.get(facts.person)
    summary = {
        "people": None if people is None else people.rows,
        "rows": sum(table.rows for table in facts.tables.values()),
        "regimes": {item.regime: item.verdict for item in facts.regimes},
    }
    return canonical_json(summary).decode(), None if facts.expires is None else facts.expires.isoformat()


def _asked(items: Iterable[_Sentence | Shortfall | Question]) -> list[tuple[str, str]]:
    return sorted((item.control, item.sentence) for item in items)


class _Sentence(BaseModel):
    control: Line
    sentence: str
    said: dict[str, Any] | None = None


class _Table(BaseModel):
    rows: Annotated[int, Field(strict=True, ge=0, le=10**12)]


class _Regime(BaseModel):
    regime: Line
    title: Line
    version: Line
    date: Line
    verdict: Line
    counts: dict[Line, int]


class _Shown(BaseModel):
    """What the queue takes from a dossier, whatever else is in it."""

    tables: dict[str, _Table] = {}
    person: str = ""
    regimes: Annotated[tuple[_Regime, ...], Field(max_length=50)] = ()
    verdict: str
    shortfalls: tuple[_Sentence, ...]
    questions: tuple[_Sentence, ...]
    expires: Annotated[dt.date, BeforeValidator(_iso)] | None = None


def stamp(at: dt.datetime) -> str:
    """A time as the store holds it: UTC to the second."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> dt.datetime:
    """The time that `stamp` wrote."""
    return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)

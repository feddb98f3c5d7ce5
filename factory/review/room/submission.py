"""What the room knows of a candidate, and how a row of the store becomes that."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from factory.core.files import canonical_json, read_json
from factory.core.run import RunState
from factory.review.candidate import Candidate, parse_candidate

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
    """A row of `submissions` as a Submission."""
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


def summarised(folder: Path) -> tuple[str, str | None]:
    """What the queue shows of a candidate's dossier, as JSON, and the day on which its evidence expires."""
    path = folder / "dossier.json"
    facts = read_json(path) if path.is_file() else {}
    tables = facts.get("tables", {})
    summary = {
        "people": _people(facts),
        "rows": sum(int(table["rows"]) for table in tables.values()),
        "regimes": {item["regime"]: item["verdict"] for item in facts.get("regimes", []) if isinstance(item, dict)},
    }
    return canonical_json(summary).decode(), facts.get("expires")


def _people(facts: Mapping[str, Any]) -> int | None:
    table = facts.get("tables", {}).get(facts.get("person", ""))
    return None if table is None else int(table["rows"])


def stamp(at: dt.datetime) -> str:
    """A time as the store holds it: UTC to the second."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> dt.datetime:
    """The time that `stamp` wrote."""
    return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)

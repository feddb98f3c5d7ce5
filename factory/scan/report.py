"""What a scan found and what it read: places, classes and counts, never a value."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from factory.scan.spans import LETTERS

SOURCE = "source identifier"
DERIVED = "digest of a source identifier"
LISTED = 20


@dataclass(frozen=True)
class Place:
    """Where in a file: column and row of a table, or line and character (all from 1), or a byte (from 0)."""

    table: str | None = None
    column: str | None = None
    row: int | None = None
    line: int | None = None
    character: int | None = None
    byte: int | None = None

    def __str__(self) -> str:
        dotted = ".".join(part for part in (self.table, self.column) if part)
        said = [dotted] if dotted else []
        said += [
            f"{name} {value:,}"
            for name in ("row", "line", "character", "byte")
            if (value := getattr(self, name)) is not None
        ]
        return ", ".join(said) or "the file's name"


@dataclass(frozen=True)
class Finding:
    """One place of a class in a file; `count` cells of a column, or one span of a text."""

    file: str
    place: Place
    letter: str
    detector: str
    confidence: str
    count: int = 1


@dataclass
class FileRead:
    """How a file was read, and how much of it. `unread` says why where it could not be parsed as what it is."""

    name: str
    how: str = ""
    size: int = 0
    cells: int = 0
    characters: int = 0
    unread: str | None = None
    attest: str | None = None


@dataclass(frozen=True)
class Used:
    """A listed exception and how many hits it took; none is a thing to report."""

    file: str
    column: str
    letter: str
    detector: str
    reason: str
    hits: int


@dataclass
class ScanReport:
    """All of a scan. `findings` holds the first 20 places of a class in a file; `counts` and `by_file` hold all."""

    files: list[FileRead] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    by_detector: dict[str, int] = field(default_factory=dict)
    by_file: dict[str, int] = field(default_factory=dict)
    source_hits: dict[str, int] = field(default_factory=dict)
    exceptions: list[Used] = field(default_factory=list)
    unused_exceptions: list[Used] = field(default_factory=list)
    explained_digests: int = 0
    zip3: dict[str, Any] = field(default_factory=dict)
    ages: dict[str, Any] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    source_values: int | None = None
    source_digests: int | None = None
    detectors: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        """True where nothing was found; files that could not be read do not make it false, `unread` names them."""
        return not self.total

    @property
    def total(self) -> int:
        """Hits that no listed exception took, identifiers of the source among them."""
        return sum(sum(count.values()) for count in self.counts.values()) + sum(self.source_hits.values())

    @property
    def bytes(self) -> int:
        """Bytes read, members of archives counted beside the archive that holds them."""
        return sum(file.size for file in self.files)

    @property
    def cells(self) -> int:
        """Table cells and document leaves read."""
        return sum(file.cells for file in self.files)

    @property
    def unread(self) -> list[FileRead]:
        """Files that were not what they said, or that no reader knows; their bytes were searched."""
        return [file for file in self.files if file.unread]

    @property
    def attest(self) -> list[FileRead]:
        """Pictures, sound and the like, of which only a person can say that nobody is in them."""
        return [file for file in self.files if file.attest]

    def count(self, letter: str) -> int:
        """Hits of a class, whatever their confidence."""
        return sum(self.counts.get(letter, {}).values())

    def as_json(self) -> dict[str, Any]:
        """The report as a JSON value."""
        data = asdict(self)
        data["counts"] = {letter: self.counts[letter] for letter in LETTERS if letter in self.counts}
        return {"format": 1, "clean": self.clean, "total": self.total, "bytes": self.bytes, "cells": self.cells, **data}


@dataclass
class Counts:
    """Hits by class and confidence, by detector and by file."""

    letters: dict[str, Counter[str]] = field(default_factory=dict)
    detectors: Counter[str] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)
    source: Counter[str] = field(default_factory=Counter)

    def add(self, found: Finding) -> None:
        """Count a finding."""
        self.detectors[found.detector] += found.count
        self.files[found.file] += found.count
        if found.detector == SOURCE:
            self.source[found.letter] += found.count
        else:
            self.letters.setdefault(found.letter, Counter())[found.confidence] += found.count

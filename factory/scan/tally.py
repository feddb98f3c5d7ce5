"""Where readers put what they read: runs of text and cells of columns; and where findings are counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from factory.scan.allow import Exceptions
from factory.scan.detect import find
from factory.scan.index import SourceIndex
from factory.scan.normal import plain
from factory.scan.report import LISTED, Counts, FileRead, Finding, Place
from factory.scan.zip3 import DEFAULT, Zip3Table

_MOST_PENDING = 20_000


class Tally:
    """Counts of all findings, the first of them in full, and what was read."""

    def __init__(self, exceptions: Exceptions, index: SourceIndex | None, zip3: Zip3Table = DEFAULT) -> None:
        self.exceptions = exceptions
        self.index = index
        self.zip3 = zip3
        self.counts = Counts()
        self.findings: list[Finding] = []
        self.files: list[FileRead] = []
        self.limits: list[str] = []
        self.digests: set[str] = set()
        self.counters: Counter[str] = Counter()
        self.explained = 0
        self._listed: Counter[tuple[str, str]] = Counter()
        self._shown: dict[str, str] = {}
        self._pending: list[tuple[Finding, str]] = []

    def add(self, file: str, place: Place, letter: str, detector: str, high: bool, count: int = 1) -> None:
        """Count a finding, unless an exception takes it."""
        self._take(Finding(file, place, letter, detector, "high" if high else "low", count))

    def add_digest(self, file: str, place: Place, detector: str, digest: str) -> None:
        """A run that looks like a SHA-256: found only if at the end no file of this scan has that digest."""
        found = Finding(file, place, "R", detector, "high")
        if len(self._pending) < _MOST_PENDING:
            self._pending.append((found, digest.lower()))
        else:
            self._take(found)

    def _take(self, found: Finding) -> None:
        if self.exceptions.take(found):
            return
        found = self._masked(found)
        self.counts.add(found)
        self._listed[found.file, found.letter] += 1
        if self._listed[found.file, found.letter] <= LISTED:
            self.findings.append(found)

    def _masked(self, found: Finding) -> Finding:
        place = found.place
        table, column = self.shown(place.table), self.shown(place.column)
        return replace(found, file=self.shown_path(found.file), place=replace(place, table=table, column=column))

    def shown_path(self, name: str) -> str:
        """The path of a file as it may be shown."""
        return "!".join("/".join(self.shown(part) or "" for part in path.split("/")) for path in name.split("!"))

    def shown(self, name: str | None) -> str | None:
        """A name of a file, table, column or key as it may be shown: one that holds an identifier gets a number.

        A column of a file without a header is called after its first cell, a key of a document may be a person.
        """
        if not name:
            return name
        if name not in self._shown:
            spelled = plain(name.replace("_", " "))
            telling = any(span.letter != "R" for span in find(spelled))
            if self.index is not None:
                telling = telling or bool(self.index.search(plain(name)))
            number = 1 + sum(shown != one for one, shown in self._shown.items())
            self._shown[name] = f"(named after somebody {number})" if telling else name
        return self._shown[name]

    def limit(self, sentence: str) -> None:
        """Something this scan could not see; said once."""
        if sentence not in self.limits:
            self.limits.append(sentence)

    def close(self) -> None:
        """Settle the digests that may be those of the files themselves."""
        for found, digest in self._pending:
            if digest in self.digests:
                self.explained += 1
            else:
                self._take(found)
        self._pending.clear()
        for file in self.files:
            file.name = self.shown_path(file.name)

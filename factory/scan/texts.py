"""Running text, piece by piece, in constant memory."""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Iterable

from factory.scan.detect import LONGEST_PIECE, OVERLAP, find
from factory.scan.normal import place_in, plain
from factory.scan.report import DERIVED, SOURCE, FileRead, Place
from factory.scan.spans import Span
from factory.scan.tally import Tally

CHUNK = 1 << 18
SHARED = 512
_BREAK = re.compile("\n")
_YAML_KEY = re.compile(r"^\s*(?:- )?([a-z_][a-z0-9_.-]*):(?: |$)", re.MULTILINE)


class TextScan:
    """One stream of text of a file."""

    def __init__(self, tally: Tally, file: FileRead, table: str | None = None) -> None:
        self._tally, self._file, self._table = tally, file, table
        self._keyed = file.name.endswith((".yaml", ".yml"))
        self._line = 1
        self._column = 0  # characters of the current line that were in earlier chunks

    def feed_all(self, chunks: Iterable[str]) -> None:
        """All of a stream: each chunk is looked at with the end of the one before it."""
        held = ""
        done = 0  # how much of `held` has been looked at for hits that begin in it
        for chunk in itertools.chain(chunks, [None]):
            text = held + (chunk or "")
            limit = len(text) if chunk is None else max(len(text) - SHARED, done)
            self._look(text, done, limit)
            keep = max(limit - SHARED, 0)
            self._advance(text[:keep])
            held, done = text[keep:], limit - keep

    def feed(self, text: str, line: int | None = None) -> None:
        """One text by itself, which begins at `line` of its file."""
        if line is not None:
            self._line, self._column = line, 0
        self._look(text, 0, len(text))
        self._advance(text)

    def _advance(self, text: str) -> None:
        breaks = text.count("\n")
        self._line += breaks
        self._column = len(text) - text.rfind("\n") - 1 if breaks else self._column + len(text)

    def _look(self, text: str, first: int, limit: int) -> None:
        """Count hits that begin in [first, limit) of `text`."""
        self._file.characters += limit - first
        breaks = [found.start() for found in _BREAK.finditer(text)]
        ended = 0
        for start, piece in _pieces(text):
            if start + len(piece) <= first or start >= limit:
                continue
            spelled = plain(piece)
            for span in find(spelled):
                here = start + place_in(piece, span.start)
                if first <= here < limit and here >= ended:
                    ended = start + place_in(piece, span.end - 1) + 1
                    self._add(text, breaks, here, span, spelled[span.start : span.end])
        index = self._tally.index
        if index is not None:
            spelled = plain(text)
            found = [(match, SOURCE) for match in index.search(spelled)]
            found += [(match, DERIVED) for match in index.derived(spelled)]
            for match, detector in found:
                here = place_in(text, match.start)
                if first <= here < limit:
                    self._add(text, breaks, here, Span(match.start, match.end, match.letter, detector, True), "")

    def _add(self, text: str, breaks: list[int], here: int, span: Span, run: str) -> None:
        line = bisect.bisect_left(breaks, here)
        begins = breaks[line - 1] + 1 if line else 0
        character = here - begins + 1 + (0 if line else self._column)
        key = _YAML_KEY.match(text, begins) if self._keyed else None
        place = Place(self._table, key[1] if key else None, line=self._line + line, character=character)
        if len(run) == 64 and span.detector.startswith("digest"):
            self._tally.add_digest(self._file.name, place, span.detector, run)
        else:
            self._tally.add(self._file.name, place, span.letter, span.detector, span.high)


def _pieces(text: str) -> Iterable[tuple[int, str]]:
    """Pieces of at most `LONGEST_PIECE` characters, cut between lines where there are lines, else overlapping."""
    start = 0
    while start < len(text):
        end = min(start + LONGEST_PIECE, len(text))
        after = end
        if end < len(text):
            cut = text.rfind("\n", start, end)
            if cut > start:
                end = after = cut + 1
            else:
                after = end - OVERLAP
        yield start, text[start:end]
        if end == len(text):
            return
        start = after

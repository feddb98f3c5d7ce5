"""Text built piece by piece, with a record of where each identifier was put."""

from __future__ import annotations

from typing import Literal, NamedTuple

Class = Literal["NAME", "DATE", "AGE", "ID", "MRN", "PHONE", "EMAIL", "ADDRESS", "ACCOUNT", "DEVICE", "ORG"]
Of = Literal["patient", "kin", "staff", "other"]


class Span(NamedTuple):
    """An identifier at text[start:end], in characters."""

    start: int
    end: int
    kind: Class
    of: Of


class Quote(NamedTuple):
    """An identifier to write: only `value` is marked; a title or label before or after it is not."""

    value: str
    before: str = ""
    after: str = ""


class MarkedText:
    """Text and its spans; spans are right because they are made while the text is."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self.spans: list[Span] = []

    def __len__(self) -> int:
        return self._length

    def say(self, text: str) -> None:
        """Add text that identifies nobody."""
        self._pieces.append(text)
        self._length += len(text)

    def quote(self, quote: Quote, kind: Class, of: Of) -> None:
        """Add an identifier and mark it."""
        self.say(quote.before)
        self.spans.append(Span(self._length, self._length + len(quote.value), kind, of))
        self.say(quote.value)
        self.say(quote.after)

    def append(self, other: MarkedText) -> None:
        """Add another marked text behind this one."""
        shift = self._length
        self.spans.extend(Span(span.start + shift, span.end + shift, span.kind, span.of) for span in other.spans)
        self.say(str(other))

    def __str__(self) -> str:
        return "".join(self._pieces)

"""Write a text without its identifiers: a tag in their place, or a surrogate that reads like one."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Literal

from factory.deid.text.spans import Span
from factory.deid.text.surrogates import Surrogates

Replacement = Literal["tag", "surrogate"]


def replace(
    text: str, spans: Iterable[Span], replacement: Replacement = "tag", *, person: Hashable = None, seed: int = 0
) -> str:
    """The text with each span replaced; `spans` are sorted and do not overlap.

    `tag` writes `[NAME]`. `surrogate` hides in plain sight (Carrell et al. 2013, JAMIA 20:342): an invented value of
    the same class and notation, the same one for the same value wherever it stands in this person's documents.
    """
    invented = Surrogates(seed, person) if replacement == "surrogate" else None
    parts = []
    at = 0
    for span in spans:
        parts.append(text[at : span.start])
        found = text[span.start : span.end]
        parts.append(f"[{span.kind.value}]" if invented is None else invented.of(span.kind, found))
        at = span.end
    parts.append(text[at:])
    return "".join(parts)

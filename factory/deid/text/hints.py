"""Pieces of which a text must hold one before a search for more is worth its while."""

from __future__ import annotations

from collections.abc import Iterable


def holds_any(text: str, pieces: Iterable[str]) -> bool:
    """Whether the text holds any of the pieces. A loop, for `any` over a generator costs more than the search."""
    for piece in pieces:  # noqa: SIM110 - see above
        if piece in text:
            return True
    return False

"""What a format finds."""

from __future__ import annotations

from typing import NamedTuple

from factory.deid.text.spans import PhiClass


class Hit(NamedTuple):
    """Characters `start` to `end` (end excluded) of a folded text, and how sure (0 to 1)."""

    start: int
    end: int
    kind: PhiClass
    score: float

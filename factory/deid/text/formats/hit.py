"""What a format finds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from factory.deid.text.spans import PhiClass


class Hit(NamedTuple):
    """Characters `start` to `end` (end excluded) of a folded text, and how sure (0 to 1)."""

    start: int
    end: int
    kind: PhiClass
    score: float


make_hit: Callable[[tuple[int, int, PhiClass, float]], Hit] = partial(tuple.__new__, Hit)
"""A hit from its four fields, in half the time that its own class takes, for the places that make most of them."""

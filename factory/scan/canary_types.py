"""What a canary pack is."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Gold:
    """A planted identifier: half-open range of a note's characters, class letter, how it is written, whose it is."""

    note: str
    start: int
    end: int
    letter: str
    notation: str
    of: str


@dataclass(frozen=True)
class CanaryPack:
    """Invented people (a row each), notes (`note_id`, `person`, `language`, `kind`, `text`), and what was planted."""

    patients: pd.DataFrame
    notes: pd.DataFrame
    gold: tuple[Gold, ...]

"""The hierarchy of ICD-9-CM diagnosis codes: code, three-digit category, chapter."""

from __future__ import annotations

import bisect

# First three-digit category of each chapter (ICD-9-CM, Official Guidelines, tabular list).
_CHAPTERS = (1, 140, 240, 280, 290, 320, 390, 460, 520, 580, 630, 680, 710, 740, 760, 780, 800, 1000)


def ancestors(code: str) -> tuple[str, str]:
    """Category and chapter of a code: `250.83` -> (`250`, `240-279`); V and E codes have chapters `V` and `E`."""
    category = code.partition(".")[0]
    if not (category.isascii() and category.isdecimal()):
        return category, category[:1].upper() or code
    number = int(category)
    at = bisect.bisect_right(_CHAPTERS, number)
    if at == 0 or number > 999:
        return category, category
    return category, f"{_CHAPTERS[at - 1]:03d}-{_CHAPTERS[at] - 1:03d}"

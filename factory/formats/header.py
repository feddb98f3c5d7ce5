"""What the names of a table's columns may be, whatever the table is kept in."""

from __future__ import annotations

import re
from collections.abc import Sequence

from factory.core.errors import BrokenFile

MOST_COLUMNS = 2_000
"""PostgreSQL holds 1,600, and no table of records comes near; more is a matrix of measurements."""

# What a cell looks like and no column's name: a date either way round, a telephone in two halves, an address, an
# identity number, six figures in a row, a measurement.
_CELL = re.compile(
    r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{4}[ -]\d{4}|@"
    r"|[A-Za-z]{1,2}\d{6}\(?[0-9A]\)?$|\d{6,}|^-?\d+\.\d+$"
)


def check_header(names: Sequence[str], file: str) -> None:
    """Refuse a column named twice, for nothing or like a cell, by its position: a name may be a cell.

    Names that differ only in case are one name to many programs. Raises: BrokenFile.
    """
    if len(names) > MOST_COLUMNS:
        raise BrokenFile(
            f"{file} has {len(names):,} columns; a table may have {MOST_COLUMNS:,}.",
            "Leave out those that no contract needs, or turn columns into rows.",
        )
    seen: dict[str, str] = {}
    for position, name in enumerate(names, start=1):
        if _CELL.search(name):
            raise BrokenFile(
                f"{file} names its column {position} as a cell would be written.",
                "Check that it has a header; rename the column if it has.",
            )
        if earlier := seen.get(name.casefold()):
            but = "" if earlier == name else ", but for case"
            raise BrokenFile(
                f"{file} names its column {position} as an earlier one{but}.",
                "Check that it has a header, each name once.",
            )
        seen[name.casefold()] = name

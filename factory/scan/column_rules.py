"""What a column as a whole is: a count of rows, or a list of codes that are unique to a row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from factory.scan.cells import Column

# A column that counts rows holds numbers hardly larger than there are rows; one that points to such rows may have gaps.
_TIGHT, _LOOSE, _SLACK = 1.5, 3.0, 1000
_FEWEST_ROWS, _UNIQUE, _REPEATED = 20, 0.9, 0.5
_SAME_WIDTH, _SHORTEST = 1, 6
# Columns of codes of medicines, findings and the like: what looks like a telephone there is a code.
_CODED_NAME = re.compile(
    r"\b(?:codes?|concept|snomed|loinc|icd\d*|cpt|hcpcs|ndc|atc|drg|rxnorm|gsn|upc|source value|item ?id)\b",
    re.IGNORECASE,
)
_NUMBER_SHAPED = frozenset("CDGJ")
_ID_NAME = re.compile(
    r"(?:^| )(?:id|ids|no|number|code|key|mrn|acct|account|uid|guid|ref|serial|hash|token|barcode)$|号$|號$|"
    r"编号|編號",
    re.IGNORECASE,
)


def looks_like_counter(column: Column) -> bool:
    """True for row ids 1..n (or `P0001`..), and for columns of small numbers that point to such rows."""
    if column.least is None or column.most is None or column.least < 0 or column.numbers:
        return False
    if column.strings and (len(column.heads) != 1 or column.integers):
        return False
    if column.most <= _TIGHT * column.present + 1:
        return True
    return column.integers > 0 and column.present >= _FEWEST_ROWS and column.most <= _LOOSE * column.present + _SLACK


def explained_by_code_system(column: Column, letter: str, cells: int) -> bool:
    """True for a few cells that look like numbers of persons in a column of codes, of which each is used often."""
    return (
        letter in _NUMBER_SHAPED
        and bool(_CODED_NAME.search(column.words))
        and column.distinct_share < _REPEATED
        and cells < _REPEATED * column.present
    )


def looks_like_codes(column: Column) -> bool:
    """True for a column of codes of which nearly every row has its own."""
    if not column.tabular or column.present < _FEWEST_ROWS or column.numbers or column.distinct_share < _UNIQUE:
        return False
    if column.strings:
        return column.codes >= _UNIQUE * column.present
    if column.least is None or column.least < 0:
        return False
    named = bool(_ID_NAME.search(column.words)) and min(column.widths) >= _SHORTEST - 2
    return named or (len(column.widths) <= _SAME_WIDTH and min(column.widths) >= _SHORTEST)

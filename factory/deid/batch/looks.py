"""Cells that look like identifiers in columns that should hold none: a cheap check of its own, not the text detector.

It is made of shapes alone and errs towards suppression. What it found is counted in the log of decisions.
"""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import numpy.typing as npt
import pandas as pd

MOSTLY = 0.5
"""Share of a column's cells from which on it is removed as a whole: it is an identifier under a wrong role."""

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)(?![a-z])"
)
_SHAPES = re.compile(
    "|".join(
        (
            r"\S@\S",  # e-mail
            r"https?:|www\.",
            r"(?<![a-z0-9])[a-z]{1,2}[ -]?\d{6}[ (]*[0-9a](?![a-z0-9])",  # HKID
            r"\d{7}",  # telephone, record and resident identity numbers, times in seconds
            r"(?:\d[ -]?){10}",  # the same in groups
            r"(?<!\d)\d{4}[ -]\d{4}(?!\d)",  # telephone numbers of Hong Kong
            r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)",  # social security numbers
            r"(?<!\d)\d{1,3}(?:\.\d{1,3}){3}(?!\d)",  # IP addresses
            r"(?<![0-9a-f])[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}",  # md5, sha1, sha256, UUID
            r"(?<!\d)\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}",  # dates, year first
            r"(?<!\d)\d{1,2}[-/]\d{1,2}[-/](?:\d{4}|\d{2})(?!\d)",  # and last
            r"(?<!\d)\d{1,2}\.\d{1,2}\.\d{4}(?!\d)",
            rf"(?<!\d)\d{{1,2}}(?:st|nd|rd|th)?[ -]?{_MONTH}",
            rf"(?<![a-z]){_MONTH}[ .-]+\d{{1,2}}(?!\d)",
            r"(?<!\d)\d{1,2}月\d{1,2}[日号號]",
        )
    )
)
_LONG_NUMBER = 10_000_000


def like_identifiers(values: pd.Series) -> npt.NDArray[np.bool_]:
    """True for each distinct value (n) that has the shape of an identifier or of a date.

    Numbers do when they are whole and have at least eight digits.
    """
    if pd.api.types.is_bool_dtype(values):
        return np.zeros(len(values), dtype=bool)
    if pd.api.types.is_numeric_dtype(values):
        numbers = values.to_numpy(dtype=np.float64)
        long: npt.NDArray[np.bool_] = (np.abs(numbers) >= _LONG_NUMBER) & (numbers == np.round(numbers))
        return long
    return np.fromiter((_is(str(value)) for value in values), dtype=bool, count=len(values))


def _is(text: str) -> bool:
    return _SHAPES.search(unicodedata.normalize("NFKC", text).casefold()) is not None

"""Ten-year age bands as text: `[70-80)`, and the open band of those over the cap, `90+`."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

_BAND = re.compile(r"^\[(\d{1,3})-(\d{1,3})\)$")
WIDTH = 10


def band_label(start: int, cap: int) -> str:
    """`[70-80)` for 70; `90+` where the band begins above `cap` years."""
    return f"{start}+" if start > cap else f"[{start}-{start + WIDTH})"


def band_starts(labels: pd.Series) -> npt.NDArray[np.float64]:
    """First year of each label's band (n values), NaN where a label is none."""
    unique = {label: _start(label) for label in labels.dropna().unique()}
    return labels.map(unique).to_numpy(dtype=np.float64, na_value=np.nan)


def unreadable(labels: pd.Series, cap: int) -> pd.Series:
    """True for each label (n values) that is no age, or a band that holds ages on both sides of `cap`."""
    known = {label: _is_readable(str(label).strip(), cap) for label in labels.dropna().unique()}
    return labels.notna() & ~labels.map(known).fillna(True).astype(bool)


def _is_readable(text: str, cap: int) -> bool:
    if match := _BAND.match(text):
        return int(match[1]) > cap or int(match[2]) <= cap + 1
    return not np.isnan(_start(text))


def _start(label: object) -> float:
    text = str(label).strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    if match := _BAND.match(text):
        return float(match[1])
    return float(text[:-1]) if text.endswith("+") and text[:-1].isdigit() else float("nan")

"""Operator `generalise by hierarchy`: a value that too few people share becomes its nearest ancestor that enough do.

What no ancestor saves is pooled as `Other` where the list of codes is open, and missing where it is closed or where
even the pool is too small.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from factory.deid.anonymity.hierarchy import SUPPRESSED, Hierarchy
from factory.deid.batch.behind import PeopleBehind

POOLED = "Other"


def generalised(behind: PeopleBehind, hierarchy: Hierarchy, closed: bool) -> dict[Any, Any]:
    """What each value becomes (None: missing), so that at least k people share it.

    A value that the hierarchy does not cover has no ancestor but the pool.
    """
    shown: list[Any] = list(behind.values)
    rare = _rare(behind, shown)
    for level in range(1, len(hierarchy.names) - 1):
        if rare:
            lifted = hierarchy.at(pd.Series([behind.values[number] for number in rare], dtype=object), level)
            for number, value in zip(rare, lifted, strict=True):
                shown[number] = shown[number] if value == SUPPRESSED else value
            rare = _rare(behind, shown)
    if not closed:
        for number in rare:
            shown[number] = POOLED
        rare = _rare(behind, shown)
    for number in rare:
        shown[number] = None
    return dict(zip(behind.values, shown, strict=True))


def _rare(behind: PeopleBehind, shown: list[Any]) -> list[int]:
    label: dict[Any, int] = {}
    labels = np.array([label.setdefault(value, len(label)) for value in shown], dtype=np.int64)
    return np.flatnonzero(~behind.shared(labels)).tolist()

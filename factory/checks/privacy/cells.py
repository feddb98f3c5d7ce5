"""Small cells: counts of one to ten people in anything published (CMS cell-size policy; control ED-5)."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pandas as pd

from factory.checks.measure import Measure

# Names under which published facts hold numbers of people; of other numbers nobody knows what they count.
_COUNTS = frozenset(
    re.split(
        r"\s+",
        "n count counts people person persons patient patients subjects subject individuals freq frequency frequencies"
        " cases events deaths positives negatives members cell cells size sizes rows encounters admissions"
        " 人数 例数 病例数 频数 计数 患者数",
    )
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")


@dataclass(frozen=True)
class SmallCells:
    """Small cells found: how many, and how many under each part of what was published."""

    count: int
    under: dict[str, int]


def small_cells(facts: Any, k: int) -> SmallCells:
    """Count the cells of 1 to k - 1 people in JSON facts, frames, or lists and mappings of them.

    A number is a count of people where its own name, or that of the mapping or list that holds it, has a word such as
    `n`, `count`, `people` or `rows`; in a frame where its column has, or where a frame of counts has no such column,
    in every column of whole numbers. Only names at the top level are given back: those below may be values.
    """
    found: Counter[str] = Counter()
    top = facts.items() if isinstance(facts, dict) else [("", facts)]
    for name, part in top:
        found[str(name)] += _in(part, _counts(str(name)), k)
    there = {name: count for name, count in sorted(found.items()) if count}
    return SmallCells(sum(there.values()), there)


def measure_cells(facts: Any, k: int, n: int) -> Measure:
    """The small cells of something published as a gate, none allowed. `n`: people it is about."""
    found = small_cells(facts, k)
    return Measure(
        name="small_cells",
        title=f"Cells of 1 to {k - 1} people in what is published",
        value=float(found.count),
        low=None,
        high=None,
        threshold=0.0,
        direction="at most",
        n=n,
        citation="CMS cell-size suppression policy; control ED-5",
        where=", ".join(name for name in found.under if name),
    )


def _in(part: Any, counted: bool, k: int) -> int:
    if isinstance(part, pd.DataFrame):
        return _in_frame(part, k)
    if isinstance(part, dict):
        return sum(_in(value, _counts(str(name)) or _inherits(value, counted), k) for name, value in part.items())
    if isinstance(part, list | tuple):
        return sum(_in(value, counted, k) for value in part)
    return int(counted and _small(part, k))


def _inherits(value: Any, counted: bool) -> bool:
    # {"counts": {"a": 3}}: the numbers of a mapping of counts are counts, whatever their labels; not what lies deeper.
    return counted and not isinstance(value, dict | list | tuple)


def _small(value: Any, k: int) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return False
    return 0 < value < k and float(value).is_integer()


def _in_frame(frame: pd.DataFrame, k: int) -> int:
    numbers = frame.select_dtypes("number").astype("float64")
    named = [place for place, name in enumerate(numbers.columns) if _counts(str(name))]
    whole = [p for p in range(numbers.shape[1]) if (numbers.iloc[:, p].dropna() % 1 == 0).all()]
    cells = numbers.iloc[:, named or whole]
    return int(((cells > 0) & (cells < k) & (cells % 1 == 0)).to_numpy().sum())


def _counts(name: str) -> bool:
    return any(word.lower() in _COUNTS for word in _WORD.findall(name))

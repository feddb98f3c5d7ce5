"""A last look at what is published: words that fewer people share than the policy allows are taken out."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from factory.checks.comparison import Comparison
from factory.contract import Kind

WITHHELD = "(withheld)"
_BETWEEN = re.compile(r"\s*(?:[:=,;|]|\.\s)\s*")
# A count or the name of a bin may be written as a rare code of one or two digits is.
_SHORT = re.compile(r"\d{1,2}")


def rare_words(comparison: Comparison) -> set[str]:
    """Text values of training and hold-out people that fewer than `policy.smallest_cell` of either's people share."""
    found: set[str] = set()
    shared: set[str] = set()
    k = comparison.contract.policy.smallest_cell
    for name, shape in comparison.shapes.items():
        for column in shape.columns:
            if column.kind is not Kind.CATEGORY:
                continue
            behind = _behind(comparison, name, column.name)
            found |= {str(value) for value in behind.index[behind < k]}
            shared |= {str(value) for value in behind.index[behind >= k]}
    known = {word for name, shape in comparison.shapes.items() for word in (name, *shape.names())}
    return {word for word in found - shared - known if not _SHORT.fullmatch(word)}


def _behind(comparison: Comparison, table: str, column: str) -> pd.Series:
    """People behind each value, training and hold-out people together."""
    parts = []
    for place, part in enumerate(("train", "holdout")):
        values = comparison.part(part)[table][column]  # type: ignore[arg-type]
        people = comparison.rows(part, table).people * 2 + place  # type: ignore[arg-type]
        parts.append(pd.DataFrame({"v": values.to_numpy(dtype=object), "p": np.asarray(people)}))
    made: pd.Series = pd.concat(parts).dropna().drop_duplicates()["v"].value_counts()
    return made


def without(value: Any, rare: set[str]) -> Any:
    """The same JSON with every text that is a rare value, or holds one between `:`, `=` or `,`, taken out."""
    if isinstance(value, dict):
        return {_clean(key, rare): without(inner, rare) for key, inner in value.items()}
    if isinstance(value, list):
        return [without(inner, rare) for inner in value]
    return _clean(value, rare) if isinstance(value, str) else value


def _clean(text: str, rare: set[str]) -> str:
    return WITHHELD if text in rare or not rare.isdisjoint(_BETWEEN.split(text)) else text

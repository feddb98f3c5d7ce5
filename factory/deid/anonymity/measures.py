"""k-anonymity, l-diversity and t-closeness of a table.

People are counted, not rows: with `people` (one id a row) a class is as large as its distinct people, and in a spread
of values a person's rows share one vote. Missing values are a category of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from factory.deid.anonymity.classes import IntArray, Values, class_sizes, factorize, ordered_codes, vote_weights
from factory.deid.anonymity.spread import spread


@dataclass(frozen=True)
class Diversity:
    """Fewest distinct sensitive values in a class, and the fewest effective ones: exp of the least entropy."""

    distinct: int
    entropy: float


def k_anonymity(classes: IntArray, people: Values | None = None) -> int:
    """People in the smallest class; 0 for a table without rows. Source: Sweeney 2002 (IJUFKS 10:557).

    `classes`: class of each row, from `equivalence_classes`.
    """
    return int(class_sizes(classes, people).min()) if len(classes) else 0


def l_diversity(classes: IntArray, sensitive: Values, people: Values | None = None) -> Diversity:
    """Distinct and entropy l-diversity. Source: Machanavajjhala et al. 2007 (ACM TKDD 1:3).

    `sensitive`: value of each row. A table is entropy l-diverse where every class has entropy of log(l) or more.
    """
    if not len(classes):
        return Diversity(0, 0.0)
    values, size = factorize(sensitive)
    held = spread(classes, int(classes.max()) + 1, values, size, vote_weights(people, len(classes)))
    return Diversity(int(held.distinct().min()), float(np.exp(held.entropy().min())))


def t_closeness(
    classes: IntArray, sensitive: Values, people: Values | None = None, ordered: bool | None = None
) -> float:
    """Largest earth mover's distance, in [0, 1], of a class's sensitive values from those of all.

    `ordered`: values are steps of a scale (missing its last), as numbers and ordered categories are when nothing is
    said; else all are equally far apart. Source: Li, Li and Venkatasubramanian 2007 (ICDE).
    """
    if not len(classes):
        return 0.0
    scale = is_ordered(sensitive) if ordered is None else ordered
    values, size = ordered_codes(sensitive) if scale else factorize(sensitive)
    held = spread(classes, int(classes.max()) + 1, values, size, vote_weights(people, len(classes)))
    return float((held.ordered_distance() if scale else held.equal_distance()).max())


def is_ordered(values: Values) -> bool:
    """True where a column is a scale by its type: numbers, dates and ordered categories."""
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return bool(dtype.ordered)
    numeric = pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype)
    return numeric or pd.api.types.is_datetime64_any_dtype(dtype)

"""Equivalence classes: rows alike in all quasi-identifiers, as one small integer a row.

Source: Sweeney 2002, k-anonymity (IJUFKS 10:557). Missing is a category of its own, never a wildcard.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Values = pd.Series | npt.NDArray[np.generic]

_WIDEST = 2**62  # a mixed-radix key must stay an int64
_DENSE = 4  # a table of this many slots a row is faster than hashing


def factorize(values: Values) -> tuple[IntArray, int]:
    """Code of each value (n rows, 0..m-1) and m; missing values share one code."""
    codes, leaves = pd.factorize(pd.Series(values), use_na_sentinel=False)
    return codes.astype(np.int64), len(leaves)


def ordered_codes(values: Values) -> tuple[IntArray, int]:
    """As `factorize`, codes in the order of the values (an ordered category's own); missing comes last."""
    series = pd.Series(values)
    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.cat.remove_unused_categories()
        codes, size = series.cat.codes.to_numpy().astype(np.int64), len(series.cat.categories)
    else:
        found, leaves = pd.factorize(series, sort=True)
        codes, size = found.astype(np.int64), len(leaves)
    missing = codes < 0
    if missing.any():
        return np.where(missing, size, codes), size + 1
    return codes, size


def compact(keys: IntArray, span: int) -> tuple[IntArray, int]:
    """Renumber keys in [0, span) to 0..m-1 without gaps; returns the new keys and m."""
    if span <= max(_DENSE * len(keys), 1024):
        seen = np.zeros(span, dtype=np.bool_)
        seen[keys] = True
        rank = np.cumsum(seen) - 1
        return rank[keys], int(rank[-1]) + 1 if span else 0
    codes, found = pd.factorize(keys)
    return codes.astype(np.int64), len(found)


def combine(columns: Sequence[IntArray], sizes: Sequence[int]) -> tuple[IntArray, int]:
    """Number the distinct combinations of coded columns (each n rows): their ids 0..m-1, and m.

    Columns are digits of one mixed-radix number, renumbered whenever the next digit would overflow 64 bits.
    """
    keys, span = columns[0], sizes[0]
    for codes, size in zip(columns[1:], sizes[1:], strict=True):
        if span * size > _WIDEST:
            keys, span = compact(keys, span)
        keys, span = keys * size + codes, span * size
    return compact(keys, span)


def equivalence_classes(columns: pd.DataFrame | Iterable[Values]) -> IntArray:
    """Class of each row (0..m-1): a frame of quasi-identifiers, or its columns. No columns make one class."""
    if isinstance(columns, pd.DataFrame):
        if not len(columns.columns):
            return np.zeros(len(columns), dtype=np.int64)
        columns = [columns.iloc[:, at] for at in range(columns.shape[1])]
    coded = [factorize(values) for values in columns]
    return combine([codes for codes, _ in coded], [size for _, size in coded])[0]


def class_sizes(classes: IntArray, people: Values | None = None) -> IntArray:
    """Distinct people in each class (m values); rows stand for people where no `people` (n ids) are given.

    Rows whose person is missing count as one person together: a class is never made to look larger than it is.
    """
    count = int(classes.max()) + 1 if len(classes) else 0
    if people is None:
        return np.bincount(classes, minlength=count)
    owners, size = factorize(people)
    return people_in(classes, count, owners, size)


def people_in(classes: IntArray, count: int, owners: IntArray, size: int) -> IntArray:
    """Distinct owners (n codes below `size`) in each of `count` classes."""
    if size == len(classes):
        return np.bincount(classes, minlength=count)
    pairs = pd.unique(classes * size + owners)
    return np.bincount(pairs // size, minlength=count) if size else np.zeros(count, dtype=np.int64)


def vote_weights(people: Values | None, rows: int) -> FloatArray | None:
    """Weight of each row where a person's rows share one vote; None where every row is a person."""
    if people is None:
        return None
    owners, size = factorize(people)
    if size == rows:
        return None
    made: FloatArray = 1.0 / np.bincount(owners, minlength=size)[owners]
    return made

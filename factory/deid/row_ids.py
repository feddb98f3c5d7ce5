"""Operator `random row id`: a number drawn at random, never a digest of the source id."""

from __future__ import annotations

import pandas as pd

from factory.core.seeds import generator


def random_row_ids(keys: pd.Series, seed: int, table: str) -> pd.Series:
    """Map each distinct key (n values) to a number in 1..n by a random permutation.

    45 CFR 164.514(c)(1): a code may not be derived from information about the individual. The permutation is
    drawn from the run's secret seed, which stays in the source zone.
    """
    order = generator(seed, "row-ids", table).permutation(len(keys)) + 1
    return pd.Series(order, index=pd.Index(keys.to_numpy()), dtype="int64")

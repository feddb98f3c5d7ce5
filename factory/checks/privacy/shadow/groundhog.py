"""Groundhog: what a synthetic table as a whole looks like, in worlds with a person and without.

Source: Stadler, Oprisanu and Troncoso 2022, Synthetic Data - Anonymisation Groundhog Day (USENIX Security), section
4: the feature sets naive, histogram and correlations.
"""

from __future__ import annotations

import numpy as np

from factory.checks.features import Floats
from factory.checks.intervals import Ints
from factory.checks.privacy.shadow.space import MISSING, Space

_BINS = 10
_MOST_CELLS = 200
_MOST_CORRELATED = 30


def features(space: Space, codes: Floats) -> Floats:
    """Features of synthetic people (people x columns): the three sets one after the other, always as many."""
    ordered = space.ordered
    named = np.setdiff1d(np.arange(len(space.names)), ordered)
    numbers = np.where(codes[:, ordered] == MISSING, np.nan, codes[:, ordered])
    bins = [_histogram(numbers[:, at]) for at in range(numbers.shape[1])]
    shares = [_shares(codes[:, at]) for at in named]
    return np.concatenate([_moments(numbers), *bins, *shares, _correlations(codes, numbers, named)])


def _moments(numbers: Floats) -> Floats:
    """Mean, median, variance, least, greatest and share missing of each column."""
    there = ~np.isnan(numbers)
    count = np.maximum(there.sum(axis=0), 1)
    mean = np.where(there, numbers, 0.0).sum(axis=0) / count
    variance = np.where(there, (numbers - mean) ** 2, 0.0).sum(axis=0) / count
    middle = np.array([np.median(numbers[there[:, at], at]) if there[:, at].any() else 0.0 for at in range(len(mean))])
    least = np.where(there, numbers, 2.0).min(axis=0, initial=2.0)
    greatest = np.where(there, numbers, -1.0).max(axis=0, initial=-1.0)
    missing = (~there).sum(axis=0) / max(len(numbers), 1)
    return np.concatenate([mean, middle, variance, least, greatest, missing])


def _shares(codes: Floats) -> Floats:
    """Counts of the levels, commonest in the population first, then of the unknown ones; always so many."""
    held = codes.astype(np.int64)
    counts = np.bincount(np.clip(held, -1, _MOST_CELLS - 2) + 1, minlength=_MOST_CELLS)
    return np.roll(counts, -1).astype(np.float64)


def _histogram(values: Floats) -> Floats:
    there = values[~np.isnan(values)]
    return np.histogram(there, bins=_BINS, range=(0.0, 1.0))[0].astype(np.float64)


def _correlations(codes: Floats, numbers: Floats, named: Ints) -> Floats:
    """Correlations of each pair among numbers and indicators of the commonest level; 0 where one is constant."""
    there = ~np.isnan(numbers)
    mean = np.where(there, numbers, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    columns = np.concatenate([np.where(there, numbers, mean), codes[:, named] == 0], axis=1)[:, :_MOST_CORRELATED]
    columns = columns - columns.sum(axis=0) / max(len(columns), 1)
    spread = np.sqrt((columns**2).sum(axis=0))
    scaled = np.divide(columns, spread, out=np.zeros_like(columns), where=spread > 1e-12)
    return np.asarray((scaled.T @ scaled)[np.triu_indices(scaled.shape[1], 1)])

"""Normal scores of a table that is known only by intervals, drawn so that their correlation is the latent one.

SDV draws a category's score anywhere in its interval, whatever the row's other columns say, which pulls every
correlation with a category or a spike towards nothing. Here each score is drawn given the others of its row (Gibbs
sampling of the extended rank likelihood), so the correlation that a copula learns from them is not weakened; missing
values are drawn the same way. A spike is taken for a range of values, such as those below a limit of detection; where
it has nothing to do with size (a default somebody typed), the correlation comes out somewhat too strong.

Source: Hoff, Extending the rank likelihood for semiparametric copula estimation, Ann. Appl. Stat. 2007.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

Scores = npt.NDArray[np.float64]

_SWEEPS = 12
_EDGE = 1e-12
_RIDGE = 1e-3


def within(low: Scores, high: Scores, dice: np.random.Generator) -> Scores:
    """A normal score in each interval, independent of all others; shapes as given."""
    below, above = ndtr(low), ndtr(high)
    share = np.clip(below + (above - below) * dice.random(low.shape), _EDGE, 1 - _EDGE)
    made: Scores = np.clip(ndtri(share), low, high)
    return made


def draw(low: Scores, high: Scores, dice: np.random.Generator, sweeps: int = _SWEEPS) -> Scores:
    """Scores (n, p) within the intervals `low`, `high` (n, p), standardised in columns that miss no value.

    In a column that does, scores of missing values (the whole line) may lie elsewhere than those of the others, which
    must stay where they are for the values drawn to be distributed as those there are.
    """
    scores = within(low, high, dice)
    free = [np.flatnonzero(low[:, j] < high[:, j]) for j in range(low.shape[1])]
    if low.shape[1] > 1 and len(low) > low.shape[1]:
        for _ in range(sweeps):
            _sweep(scores, low, high, free, dice)
    whole = ~(np.isinf(low) & np.isinf(high)).any(axis=0)
    return np.where(whole, _standard(scores), scores)


def _sweep(
    scores: Scores, low: Scores, high: Scores, free: list[npt.NDArray[np.int64]], dice: np.random.Generator
) -> None:
    precision = np.linalg.inv(correlation(scores) + _RIDGE * np.eye(scores.shape[1]))
    for column, rows in enumerate(free):
        if not len(rows):
            continue
        weights = -precision[column] / precision[column, column]
        weights[column] = 0.0
        mean, spread = scores[rows] @ weights, precision[column, column] ** -0.5
        least, most = low[rows, column], high[rows, column]
        below, above = ndtr((least - mean) / spread), ndtr((most - mean) / spread)
        share = np.clip(below + (above - below) * dice.random(len(rows)), _EDGE, 1 - _EDGE)
        scores[rows, column] = np.clip(mean + spread * ndtri(share), least, most)


def correlation(scores: Scores) -> Scores:
    """Pearson correlation (p, p) of scores (n, p); 0 where a column does not vary."""
    plain = _standard(scores)
    made: Scores = plain.T @ plain / len(scores)
    np.fill_diagonal(made, 1.0)
    return made


def _standard(scores: Scores) -> Scores:
    spread = scores.std(axis=0)
    made: Scores = (scores - scores.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return made


def ordering(level: npt.NDArray[np.int64], levels: int, scores: Scores, own: int) -> npt.NDArray[np.int64]:
    """Level numbers in the order of what their rows have in common with the other columns.

    `level` (n,) is the level of each row, `scores` (n, p) all columns, of which `own` is this one. The order is by
    the rows' mean on the direction in which the levels' means of the other columns differ most.
    """
    others = np.delete(scores, own, axis=1)
    counts = np.bincount(level, minlength=levels).astype(float)
    if not others.shape[1] or levels < 3:
        return np.arange(levels)
    means = np.stack([np.bincount(level, column, minlength=levels) for column in others.T], axis=1)
    means = means / np.maximum(counts, 1)[:, None]
    centred = (means - others.mean(axis=0)) * np.sqrt(counts)[:, None]
    direction = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    return np.argsort(means @ direction, kind="stable")

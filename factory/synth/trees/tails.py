"""Numbers beyond the k-th most extreme person: replaced by a tail that only the k together say anything of.

The k-th person's own value would be a poor bound: it is somebody's, all further people heap up at it, and the column's
range shrinks. What lies beyond a high threshold follows a generalised Pareto distribution (Pickands 1975), which needs
two numbers. Its scale is taken from the median excess of the k most extreme people, so that fewer than half of them,
however far out they lie, move it by no more than one of the others does; a person who has several numbers beyond the
bound counts with their median. Its shape is read off the outer 5k people: the upper quartile of their excess over its
median is 1.5 where they end sharply (ages of adults, a scale's last point) as what is spread evenly does, 2 where they
thin out as an exponential does, and more where a few lie far out (creatinine, free light chains).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from factory.synth.rows import People

Floats = npt.NDArray[np.float64]

# Shapes of a tail: from what is spread evenly to the heaviest that has a variance.
SHARPEST, HEAVIEST = -1.0, 0.5
# Part of a tail without an end that is left out.
LEFT_OUT = 0.05
# People there must be, in times k, for the outermost k to be a tail.
FEWEST = 8
# People, in times k, that the shape is read off.
WIDER = 5


def with_tails(found: Floats, whose: People, bounds: tuple[float, float], cell: int) -> tuple[Floats, Floats]:
    """Numbers (n,) with those beyond the bounds of the `cell`-th person replaced, in order; and the replacements.

    Where the `cell` people agree (a dose that nobody passes, a table that was clipped before) there is no tail.
    """
    low, high = bounds
    if len(np.unique(whose)) < FEWEST * cell:
        # The k would be no tail but a good part of the people.
        return found.clip(low, high), np.empty(0)
    made = found.copy()
    upper, lower = found > high, found < low
    made[upper] = high + _tail(found[upper] - high, *_excess(found, whose, high, cell))
    below = low - _tail(low - found[lower], *_excess(-found, whose, -low, cell))
    made[lower] = below if found.min() < 0 else np.maximum(below, low / 2 if found.min() > 0 else 0.0)
    return made, np.unique(made[upper | lower])


def _excess(found: Floats, whose: People, bound: float, cell: int) -> tuple[float, float]:
    """Median excess over a bound of the `cell` people who reach furthest, and the shape of the tail they are in."""
    order = np.lexsort((found, whose))
    last = np.flatnonzero(np.diff(whose[order], append=whose[order[-1]] + 1))
    reached = np.sort(found[order][last])
    wide = reached[-min(WIDER * cell, len(reached) // 2 + 1) :]
    middle, upper = np.quantile(wide - wide[0], (0.5, 0.75))
    # Of a generalised Pareto the ratio of the two is 1 + 2 ** shape.
    shape = np.log2(max(upper / middle - 1, 2.0**SHARPEST)) if middle > 0 else SHARPEST
    excess = np.zeros(cell)
    theirs = _medians(found[found > bound] - bound, whose[found > bound])[-cell:]
    excess[: len(theirs)] = theirs
    return float(np.median(excess)), float(min(shape, HEAVIEST))


def _medians(numbers: Floats, whose: People) -> Floats:
    """Each person's median of the numbers (n,), in order of size."""
    order = np.lexsort((numbers, whose))
    ordered, starts = numbers[order], np.flatnonzero(np.diff(whose[order], prepend=-1))
    many = np.diff(starts, append=len(numbers))
    return np.sort((ordered[starts + (many - 1) // 2] + ordered[starts + many // 2]) / 2)


def _tail(excess: Floats, middle: float, shape: float) -> Floats:
    """Quantiles of a generalised Pareto of median `middle`, in the order of the excesses (m,)."""
    rank = np.argsort(np.argsort(excess, kind="stable"), kind="stable")
    share = (rank + 0.5) / max(len(excess), 1) * (1 - LEFT_OUT * (1 + min(shape, 0.0)))
    if abs(shape) < 1e-6:
        return -middle * np.log2(1 - share)
    made: Floats = middle * ((1 - share) ** -shape - 1) / (2.0**shape - 1)
    return made

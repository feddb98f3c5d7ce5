"""Numbers beyond the k-th most extreme person: replaced by a tail that only the k together say anything of.

The k-th person's own value would be a poor bound: it is somebody's, all further people heap up at it, and the column's
range shrinks. An exponential tail (Pickands 1975: what lies beyond a high threshold) needs one number, its scale. It is
taken from the median excess of the k most extreme people, so that fewer than half of them, however far out they lie,
move it by no more than one of the others does. How far the tail reaches follows from the shape of the outer 5k people:
three times the scale where they thin out as an exponential does, and where they end sharply (ages of adults, a scale's
last point) twice the median excess, where the k would end if they were spread evenly. A person who has several numbers
beyond the bound counts with their median.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from factory.synth.rows import People

Floats = npt.NDArray[np.float64]

# Median excesses that a tail reaches: an exponential's 95% point, and the end of what is spread evenly.
THINNING = 3.0 / np.log(2)
SHARP = 2.0
# Upper quartile of the excess over its median, in an exponential and in what is spread evenly.
THINNING_RATIO, SHARP_RATIO = 2.0, 1.5
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
    """Median excess over a bound of the `cell` people who reach furthest, and how many of it their tail reaches.

    Of a person with several numbers beyond the bound the excess is their median, for the tail is one of numbers.
    """
    order = np.lexsort((found, whose))
    last = np.flatnonzero(np.diff(whose[order], append=whose[order[-1]] + 1))
    reached = np.sort(found[order][last])
    wide = reached[-min(WIDER * cell, len(reached) // 2 + 1) :]
    middle, upper = np.quantile(wide - wide[0], (0.5, 0.75))
    ratio = upper / middle if middle > 0 else SHARP_RATIO
    thinning = np.clip((ratio - SHARP_RATIO) / (THINNING_RATIO - SHARP_RATIO), 0.0, 1.0)
    excess = np.zeros(cell)
    theirs = _medians(found[found > bound] - bound, whose[found > bound])[-cell:]
    excess[: len(theirs)] = theirs
    return float(np.median(excess)), float(SHARP + thinning * (THINNING - SHARP))


def _medians(numbers: Floats, whose: People) -> Floats:
    """Each person's median of the numbers (n,), in order of size."""
    order = np.lexsort((numbers, whose))
    ordered, starts = numbers[order], np.flatnonzero(np.diff(whose[order], prepend=-1))
    many = np.diff(starts, append=len(numbers))
    return np.sort((ordered[starts + (many - 1) // 2] + ordered[starts + many // 2]) / 2)


def _tail(excess: Floats, middle: float, reach: float) -> Floats:
    """Quantiles of an exponential of median `middle`, up to `reach` medians, in the order of the excesses (m,)."""
    rank = np.argsort(np.argsort(excess, kind="stable"), kind="stable")
    share = (rank + 0.5) / max(len(excess), 1)
    made: Floats = -middle / np.log(2) * np.log1p(-share * (1 - 0.5**reach))
    return made

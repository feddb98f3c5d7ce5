"""The grids that people round measurements to: tens, fives, ones, halves; pounds where the column is in kilogrammes.

Digit preference is a property of a column like its spread (see Hayes 2008 on blood pressure). It is learned as a share
of numbers a grid, from all numbers at once: no value is kept. A quotient has a grid too: oxygen in the blood is
reported in whole units and divided by one of a few fractions in the air, which the column keeps to the letter.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls

Floats = npt.NDArray[np.float64]
Written = Callable[[Floats], Floats]

# Parts and multiples of a column's own unit, and of it the thirds, sixths that a mean of few makes.
PARTS = (
    *(part * ten for ten in (100.0, 10.0, 1.0, 0.1, 0.01) for part in (10.0, 5.0, 2.5, 2.0)),
    *(0.01, 1 / 3, 1 / 6),
)
# A pound, an inch, an ounce in metric units, as converted; whole units divided by a fraction of inspired oxygen.
CONVERTED = tuple(part * unit for unit in (0.4536, 0.45359237, 0.454, 2.54, 28.35) for part in (5.0, 1.0, 0.5))
QUOTIENTS = tuple(100.0 / percent for percent in (21, 24, 28, 30, 32, 35, 36, 45, 55, 60, 65, 70, 75, 80, 85, 90, 95))
# Share of the numbers that a grid must have.
LEAST_SHARE = 0.01
# Standard deviations of chance by which more numbers must lie on a grid.
SURE = 4.0
# A grid as wide as this part of the middle half of the numbers would be their shape, not their rounding.
WIDEST = 0.2
FEWEST = 50
# Numbers are enough at this number to tell.
MOST_ASKED = 2000
# Gaps that a number is moved by at most, to see what lies on a grid by chance.
ASIDE = 40.0
# A quotient's grid must be so many times as wide as the gaps between numbers, or whole numbers would do as well.
QUOTIENT_GAPS = 20.0
# Grids are parts of each other where the ratio of their steps has a denominator up to this.
MOST_PARTS = 60


@dataclass(frozen=True)
class Rounding:
    """Grids from multiples of 0, the widest first, and the share of numbers rounded to each; the rest to none."""

    steps: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()

    def chosen(self, dice: Floats) -> Floats:
        """The step of the grid that the dice (n,) in [0, 1) choose for each number; 0 is none."""
        at = np.searchsorted(np.cumsum(self.shares), dice, "right")
        found: Floats = np.array([*self.steps, 0.0])[at]
        return found


NONE = Rounding()


def rounding_of(numbers: Floats, gaps: Floats, written: Written) -> Rounding:
    """What numbers (n,) are rounded to beyond how they are `written`, which leaves `gaps` (n,) between two numbers.

    A number on one grid may lie on others: of the tens every tenth is a hundred. So the shares of all grids are solved
    for at once, that each grid be as full as it was found (non-negative least squares, Lawson and Hanson 1974).
    """
    if len(numbers) < FEWEST:
        return NONE
    low, high = np.quantile(numbers, (0.25, 0.75))
    finest = float(np.quantile(gaps, 0.9))
    grids = dict.fromkeys((*PARTS, *CONVERTED), 1.5) | dict.fromkeys(QUOTIENTS, QUOTIENT_GAPS)
    steps = [step for step in sorted(grids, reverse=True) if grids[step] * finest < step < WIDEST * (high - low)]
    if not steps:
        return NONE
    if len(numbers) > MOST_ASKED:
        asked = np.linspace(0, len(numbers) - 1, MOST_ASKED).round().astype(np.int64)
        numbers, gaps = numbers[asked], gaps[asked]
    # Numbers a little aside show what chance alone puts on a grid.
    aside = written(numbers + np.random.default_rng(0).uniform(-ASIDE, ASIDE, len(numbers)) * gaps)
    on, by_chance = (np.array([_on(step, them, gaps, written) for step in steps]) for them in (numbers, aside))
    chance = np.array([np.minimum(gaps / step, 1.0).mean() for step in steps])
    sure = SURE * np.sqrt(chance * (1 - chance) / len(numbers))
    kept = np.flatnonzero(on.mean(axis=1) - chance > sure)
    while len(kept):
        shares = _solved([steps[at] for at in kept], on[kept], by_chance[kept], chance[kept])
        if (shares >= LEAST_SHARE).all():
            return Rounding(tuple(steps[at] for at in kept), tuple(shares.tolist()))
        # The least of them may be what another is owed.
        kept = np.delete(kept, np.argmin(shares))
    return NONE


def _on(step: float, numbers: Floats, gaps: Floats, written: Written) -> npt.NDArray[np.bool_]:
    """Which numbers (n,) are multiples of a step as they are written."""
    near = np.round(numbers / step) * step
    found = np.abs(near - numbers) <= gaps
    found[found] = np.abs(written(near[found]) - numbers[found]) <= 1e-9 * np.abs(numbers[found])
    return found


def _solved(steps: Sequence[float], on: npt.NDArray[np.bool_], aside: npt.NDArray[np.bool_], chance: Floats) -> Floats:
    """Shares (k,) of numbers rounded to each step, so that each grid, and none, holds as many as are `on` it (k, n)."""
    also = np.column_stack([[_also_on(g, h, by) for g, by in zip(steps, chance, strict=True)] for h in steps])
    table = np.column_stack([also, chance])
    # A number that was rounded lies on a grid; one that was not, on none of them but by chance. All are one.
    off = np.r_[np.zeros(len(steps)), 1 - aside.any(axis=0).mean()]
    table = np.vstack([table, off, np.full(len(steps) + 1, 10.0)])
    shares: Floats = nnls(table, np.r_[on.mean(axis=1), 1 - on.any(axis=0).mean(), 10.0])[0]
    whole = max(float(shares.sum()), 1e-12)
    return shares[:-1] / whole


def _also_on(step: float, rounded_to: float, chance: float) -> float:
    """Share of the multiples of `rounded_to` that are multiples of `step` as well."""
    every = _every(step, rounded_to)
    return 1 / every if every else chance


@functools.cache
def _every(step: float, other: float) -> int:
    """So many multiples of `other` come to one of `step`; 0 where they never meet."""
    ratio = Fraction(step / other).limit_denominator(MOST_PARTS)
    return ratio.numerator if ratio and abs(float(ratio) * other / step - 1) < 1e-6 else 0

"""The grids that people round measurements to: tens, fives, ones, halves; pounds where the column is in kilogrammes.

Digit preference is a property of a column like its spread (see Hayes 2008 on blood pressure). It is learned as a share
of numbers a grid, over what chance would put there, from all numbers at once: no value is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Parts and multiples of a column's own unit; and those of a pound, an inch, an ounce in metric units, as converted.
PARTS = (1000.0, 500.0, 100.0, 50.0, 10.0, 5.0, 1.0, 0.5, 0.25, 0.1, 0.05, 0.01)
CONVERTED = tuple(part * unit for unit in (0.4536, 0.45359237, 0.454, 2.54, 28.35) for part in (5.0, 1.0, 0.5))
# Share of the numbers that a grid must have over chance, and in standard deviations of chance.
LEAST_SHARE = 0.02
SURE = 4.0
# A grid as wide as this part of the middle half of the numbers would be their shape, not their rounding.
WIDEST = 0.2
FEWEST = 50


@dataclass(frozen=True)
class Rounding:
    """Grids from multiples of 0, the widest first, and the share of numbers rounded to each; the rest to none."""

    steps: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()

    def round(self, numbers: Floats, dice: Floats) -> Floats:
        """Numbers (n,), each on the grid that its `dice` (n,) in [0, 1) choose."""
        made = numbers.copy()
        edge = 0.0
        for step, share in zip(self.steps, self.shares, strict=True):
            chosen = (dice >= edge) & (dice < edge + share)
            made[chosen] = np.round(numbers[chosen] / step) * step
            edge += share
        return made


NONE = Rounding()


def rounding_of(numbers: Floats, finest: float) -> Rounding:
    """What numbers (n,) on a grid of `finest` are rounded to beyond it."""
    if len(numbers) < FEWEST:
        return Rounding()
    low, high = np.quantile(numbers, (0.25, 0.75))
    grids = sorted({*PARTS, *CONVERTED}, reverse=True)
    steps: list[float] = []
    shares: list[float] = []
    left, whole = numbers, 1.0
    for step in grids:
        chance = finest / step
        if not 1.5 * finest < step < WIDEST * (high - low) or len(left) < FEWEST:
            continue
        # Half a finest step of play, for what was converted was rounded to it.
        on = np.abs(left - np.round(left / step) * step) <= 0.501 * finest
        chance = min(1.0, chance if _divides(finest, step) else 2 * chance)
        excess = float(on.mean()) - chance
        if excess > LEAST_SHARE and excess > SURE * np.sqrt(chance * (1 - chance) / len(left)):
            part = excess / (1 - chance)
            steps.append(step)
            shares.append(whole * part)
            whole *= 1 - part
            left = left[~on]
    return Rounding(tuple(steps), tuple(shares))


def _divides(finest: float, step: float) -> bool:
    return abs(step / finest - round(step / finest)) < 1e-6

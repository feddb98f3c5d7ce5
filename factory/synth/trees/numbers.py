"""A column of numbers as normal scores and back: ties and precision kept, extremes held by k people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from factory.synth.rows import Field, People
from factory.synth.trees.settings import Settings

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# More decimals than any instrument reports; beyond them a number is taken as it is.
MOST_DECIMALS = 9
# Values that lie within a seventh of a step of so few decimals were rounded to them, and then stored less exactly.
LOOSE_DECIMALS = 3
# Pieces between common values that the curve of quantiles is drawn with; each still holds k people.
PIECES = 400


@dataclass(frozen=True)
class NumberCode:
    """How one column of numbers is coded.

    `atoms` (a,) are values that are classes. `values` and `below`, `above` (v,) draw the rest's quantile curve: a
    share of `below` lies under a value and `above` at or under it, so that a common value is a step. `places` and
    `place_scores` (p,) do the same for the whole column, atoms included, for where a number only explains others.
    `spelt` (s,) are common values that are not written to `decimals` exactly, such as 1.199951 for 1.2.
    """

    atoms: Floats
    values: Floats
    below: Floats
    above: Floats
    places: Floats
    place_scores: Floats
    low: float
    high: float
    decimals: int | None
    step: float
    spelt: Floats

    def classes(self, numbers: Floats) -> Ints:
        """Class of each number (n,): its atom, else `len(atoms)`; NaN has the latter too and is for the caller."""
        if not len(self.atoms):
            return np.zeros(len(numbers), dtype=np.int64)
        at = np.searchsorted(self.atoms, numbers).clip(max=len(self.atoms) - 1)
        return np.where(self.atoms[at] == numbers, at, len(self.atoms)).astype(np.int64)

    def scores(self, numbers: Floats, rng: np.random.Generator | None = None) -> Floats:
        """Normal scores of numbers; within a tie the middle, or anywhere in it where `rng` is given."""
        if not len(self.values):
            return np.zeros(len(numbers))
        low = np.interp(numbers, self.values, self.below)
        high = np.interp(numbers, self.values, self.above)
        part = 0.5 if rng is None else rng.random(len(numbers))
        scores: Floats = ndtri((low + (high - low) * part).clip(1e-4, 1 - 1e-4))
        return scores

    def feature(self, numbers: Floats) -> Floats:
        """Place of each number in the whole column, as a normal score."""
        placed: Floats = np.interp(numbers, self.places, self.place_scores)
        return placed

    def numbers(self, scores: Floats) -> Floats:
        """Numbers at normal scores, on the column's grid and within its bounds."""
        if not len(self.values):
            return np.full(len(scores), np.nan)
        shares = np.stack([self.below, self.above], axis=1).ravel()
        drawn = np.interp(ndtr(scores), shares, np.repeat(self.values, 2))
        return self.gridded(drawn)

    def gridded(self, numbers: Floats) -> Floats:
        """Numbers moved to the nearest value of the column's precision within its bounds."""
        if self.decimals is None:
            return numbers.clip(self.low, self.high)
        origin = np.round(self.low, self.decimals)
        gridded: Floats = np.round(origin + np.round((numbers - origin) / self.step) * self.step, self.decimals)
        if len(self.spelt):
            written = np.round(self.spelt, self.decimals)
            at = np.searchsorted(written, gridded).clip(max=len(written) - 1)
            gridded = np.where(written[at] == gridded, self.spelt[at], gridded)
        return gridded.clip(self.low, self.high)


def code_numbers(numbers: Floats, people: People, field: Field, settings: Settings) -> NumberCode | None:
    """Learn the coding of a column (n,), NaN where missing; None where fewer than k people have a number."""
    cell = settings.smallest_cell
    there = np.isfinite(numbers)
    found, whose = numbers[there], people[there]
    bounds = _bounds(found, whose, cell)
    if bounds is None:
        return None
    low, high = bounds
    if field.minimum is not None:
        low, high = max(low, field.minimum), max(high, field.minimum)
    if field.maximum is not None:
        low, high = min(low, field.maximum), min(high, field.maximum)
    decimals, step = _grid(found)
    exact = decimals
    if decimals is None or decimals > LOOSE_DECIMALS:
        decimals, step = _loose_grid(found) or (decimals, step)
    # Counted before the clip: what is moved to a bound must not heap up there.
    common, holders = _holders(found, whose)
    holders = np.where((common >= low) & (common <= high), holders, 0)
    share = np.bincount(np.searchsorted(common, found), minlength=len(common)) / len(found)
    ticks = (holders >= cell) & (share >= 0.001)
    scale = len(common) <= settings.scale_values and bool(share[ticks].sum() >= 0.9)
    atoms = common[(holders >= cell) & ((share >= settings.atom_share) | scale)]
    found = found.clip(low, high)
    rest = ~np.isin(found, atoms)
    places, under, upto = _curve(np.sort(found), common[ticks], cell)
    scores = ndtri(((under + upto) / 2).clip(1e-3, 1 - 1e-3))
    curve = (np.empty(0), np.empty(0), np.empty(0))
    if len(np.unique(whose[rest])) >= cell:
        curve = _curve(np.sort(found[rest]), np.setdiff1d(common[ticks], atoms), cell)
    spelt = common[holders >= cell] if decimals != exact else np.empty(0)
    return NumberCode(atoms, *curve, places, scores, low, high, decimals, step, spelt)


def _bounds(found: Floats, whose: People, cell: int) -> tuple[float, float] | None:
    """Value of the k-th lowest and of the k-th highest person."""
    if len(np.unique(whose)) < cell:
        return None
    order = np.lexsort((found, whose))
    ends = np.flatnonzero(np.diff(whose[order], append=whose[order[-1]] + 1))
    starts = np.concatenate([[0], ends[:-1] + 1])
    lowest, highest = np.sort(found[order][starts]), np.sort(found[order][ends])
    low, high = float(lowest[cell - 1]), float(highest[-cell])
    # Few people: the k-th from below may lie above the k-th from above, and then all share the middle.
    return (low, high) if low <= high else (float(np.median(found)),) * 2


def _holders(found: Floats, whose: People) -> tuple[Floats, Ints]:
    """Different values and how many people hold each."""
    order = np.lexsort((whose, found))
    values, owners = found[order], whose[order]
    first = np.ones(len(values), dtype=bool)
    first[1:] = (np.diff(values) != 0) | (np.diff(owners) != 0)
    common, counts = np.unique(values[first], return_counts=True)
    return common, counts


def _grid(found: Floats) -> tuple[int | None, float]:
    """Decimals that nearly all numbers fit in, and the step between whole multiples; None where there are none."""
    for decimals in range(MOST_DECIMALS + 1):
        scaled = found * 10.0**decimals
        if np.abs(scaled).max() > 2**52:
            break
        if np.mean(np.abs(scaled - np.round(scaled)) < 1e-4) > 0.995:
            whole = np.unique(np.round(scaled)).astype(np.int64)
            step = int(np.gcd.reduce(np.diff(whole))) if len(whole) > 1 else 1
            return decimals, max(step, 1) / 10.0**decimals
    return None, 0.0


def _loose_grid(found: Floats) -> tuple[int, float] | None:
    """Decimals that nearly all numbers are near, each written in one way."""
    for decimals in range(LOOSE_DECIMALS + 1):
        scaled = found * 10.0**decimals
        near = np.abs(scaled - np.round(scaled)) < 0.15
        different = np.unique(found)
        if near.mean() > 0.98 and len(np.unique(np.round(different, decimals))) > 0.95 * len(different):
            return decimals, 10.0**-decimals
    return None


def _curve(ordered: Floats, ticks: Floats, cell: int) -> tuple[Floats, Floats, Floats]:
    """Quantile curve of sorted numbers: a step at each tick, straight pieces of at least `cell` rows between."""
    n = len(ordered)
    size = max(cell, n // PIECES)
    picked = ordered[np.unique(np.linspace(0, n - 1, max(2, n // size)).round().astype(np.int64))]
    # An interior knot is a mean of its neighbourhood, so that it is nobody's value.
    width = size // 2
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    at = np.searchsorted(ordered, picked)
    left, right = (at - width).clip(0), (at + width + 1).clip(max=n)
    knots = (sums[right] - sums[left]) / (right - left)
    knots[0], knots[-1] = ordered[0], ordered[-1]
    values = np.unique(np.concatenate([knots, ticks]))
    below = np.searchsorted(ordered, values, "left") / n
    above = np.searchsorted(ordered, values, "right") / n
    stepped = np.isin(values, ticks)
    below[0], above[-1] = 0.0, 1.0
    middle = (below + above) / 2
    below = np.where(stepped, below, middle)
    above = np.where(stepped, above, middle)
    below[0], above[-1] = 0.0, 1.0
    return values, below, above

"""A column of numbers as normal scores and back: ties and precision kept, extremes held by k people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from factory.synth.rows import Field, People
from factory.synth.trees.settings import Settings
from factory.synth.trees.spelling import Spelling, spelling_of
from factory.synth.trees.tails import FEWEST, with_tails

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

# Relative difference between two ways to print a short float.
LAST_DIGIT = 1e-6
# Steps of the grid on each side that a heap is compared with, and standard deviations it must exceed them by.
NEIGHBOURS = 4
EXCESS = 2.0
# Rows from which a value's own count says more of it than its neighbours' do.
SURE = 20
# Pieces between heaps that the curve of quantiles is drawn with, where values repeat and where they hardly do: a finer
# curve would draw the sample's own chance. Each still holds k people.
PIECES = 400
FEW_PIECES = 80
# Share of different values from which a column counts as one whose values hardly repeat.
HARDLY = 0.5


@dataclass(frozen=True)
class NumberCode:
    """How one column of numbers is coded.

    `atoms` (a,) are values that are classes. `values` and `below`, `above` (v,) draw the rest's quantile curve: a
    share of `below` lies under a value and `above` at or under it, so that a common value is a step. `places` and
    `place_scores` (p,) do the same for the whole column, atoms included, for where a number only explains others.
    `heaps` are the steps that are values, `common` values of k people where numbers are written in short floats.
    """

    atoms: Floats
    values: Floats
    below: Floats
    above: Floats
    places: Floats
    place_scores: Floats
    low: float
    high: float
    spelling: Spelling
    heaps: Floats
    common: Floats

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
        # The digits of a score that place it nowhere are as good as dice, and the same seed gives the same.
        dice = np.modf(np.abs(scores) * 1e6)[0]
        stepped = np.isin(drawn, self.heaps)
        return np.where(stepped, drawn, self._beside_heaps(drawn, dice)).clip(self.low, self.high)

    def _beside_heaps(self, drawn: Floats, dice: Floats) -> Floats:
        """Numbers as they are written and rounded; a heap has the share of its own, and none is rounded to it."""
        if not self.spelling.rounding.steps:
            return self._written(drawn)
        grids = self.spelling.rounding.chosen(dice)
        made = self._written(drawn, grids)
        for again in (True, False):
            more = np.flatnonzero(np.isin(made, self.heaps))
            if len(more):
                there, grid = drawn[more], grids[more]
                # The next of the grid on the other side, and if that is a heap too, none.
                aside = made[more] + np.where(there > made[more], grid, -grid) if again else there
                made[more] = self._written(aside, grid if again else None)
        return made

    def _written(self, numbers: Floats, grids: Floats | None = None) -> Floats:
        """Numbers as the column's are written."""
        made = self.spelling.write(numbers, grids)
        if len(self.common):
            # What a spelling leaves a digit off is written as k people have it.
            at = np.searchsorted(self.common, made).clip(1, len(self.common) - 1)
            near = np.where(made - self.common[at - 1] < self.common[at] - made, self.common[at - 1], self.common[at])
            made = np.where(np.abs(near - made) <= LAST_DIGIT * np.abs(made), near, made)
        return made


def code_numbers(numbers: Floats, people: People, field: Field, settings: Settings) -> NumberCode | None:
    """Learn the coding of a column (n,), NaN where missing; None where fewer than k people have a number."""
    cell = settings.smallest_cell
    there = np.isfinite(numbers)
    found, whose = numbers[there], people[there]
    bounds = _bounds(found, whose, cell)
    if bounds is None:
        return None
    low, high = (_within(bound, field) for bound in bounds)
    spelling = spelling_of(found)
    # Counted before the clip: what is moved to a bound must not heap up there.
    common, holders = _holders(found, whose)
    holders = np.where((common >= low) & (common <= high), holders, 0)
    share = np.bincount(np.searchsorted(common, found), minlength=len(common)) / len(found)
    ticks = (holders >= cell) & (share >= 0.001)
    heaps = ticks & _stands_out(common, share * len(found), spelling.step)
    scale = len(common) <= settings.scale_values and bool(share[ticks].sum() >= 0.9)
    atoms = common[(holders >= cell) & ((share >= settings.atom_share) | scale)]
    found, modelled = with_tails(found, whose, (low, high), cell)
    found = np.array([_within(number, field) for number in found]) if len(modelled) else found
    modelled = np.unique([_within(number, field) for number in modelled])
    ends = spelling.write(np.array([found.min(), found.max()]))
    low, high = _within(min(low, float(ends[0])), field), _within(max(high, float(ends[1])), field)
    rest = ~np.isin(found, atoms)
    places, under, upto = _curve(np.sort(found), np.union1d(common[heaps], modelled), cell)
    scores = ndtri(((under + upto) / 2).clip(1e-3, 1 - 1e-3))
    curve = (np.empty(0), np.empty(0), np.empty(0))
    if len(np.unique(whose[rest])) >= cell:
        steps = np.setdiff1d(np.union1d(common[heaps], modelled), atoms)
        curve = _curve(np.sort(found[rest]), steps, cell)
    shared = common[holders >= cell] if spelling.bits else np.empty(0)
    spelling = spelling.rounded_as(found[~np.isin(found, np.concatenate([atoms, common[heaps], modelled]))])
    shared = shared if len(shared) > 1 else np.empty(0)
    return NumberCode(atoms, *curve, places, scores, low, high, spelling, common[heaps], shared)


def _within(number: float, field: Field) -> float:
    """The number, or the contract's bound that it passes."""
    if field.minimum is not None:
        number = max(number, field.minimum)
    return number if field.maximum is None else min(number, field.maximum)


def _bounds(found: Floats, whose: People, cell: int) -> tuple[float, float] | None:
    """Value of the k-th lowest and of the k-th highest person.

    Where people are too few for a tail their extremes heap up at a bound, which then lies half-way to the next person:
    it is nobody's value.
    """
    if len(np.unique(whose)) < cell:
        return None
    order = np.lexsort((found, whose))
    ends = np.flatnonzero(np.diff(whose[order], append=whose[order[-1]] + 1))
    starts = np.concatenate([[0], ends[:-1] + 1])
    lowest, highest = np.sort(found[order][starts]), np.sort(found[order][ends])
    inner = cell if len(lowest) < FEWEST * cell and len(lowest) > cell else cell - 1
    low, high = float(lowest[cell - 1] + lowest[inner]) / 2, float(highest[-cell] + highest[-1 - inner]) / 2
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


def _stands_out(common: Floats, counts: Floats, step: float) -> Flags:
    """Values (v,) that are commoner than their neighbours on the grid by more than chance: people heap up there.

    The others' counts are chance, and the curve is drawn smoothly through them. Without a grid all stand out.
    """
    if not step:
        return np.ones(len(common), dtype=bool)
    sums = np.concatenate([[0.0], np.cumsum(counts)])
    low, high = common - (NEIGHBOURS + 0.5) * step, common + (NEIGHBOURS + 0.5) * step
    inside = sums[np.searchsorted(common, high)] - sums[np.searchsorted(common, low)] - counts
    cells = (np.minimum(high, common[-1]) - np.maximum(low, common[0])) / step
    around = inside / np.maximum(cells, 1.0)
    found: Flags = (counts >= SURE) | (counts - around > EXCESS * np.sqrt(around + 1))
    return found


def _curve(ordered: Floats, ticks: Floats, cell: int) -> tuple[Floats, Floats, Floats]:
    """Quantile curve of sorted numbers: a step at each tick, straight pieces of at least `cell` rows between."""
    n = len(ordered)
    repeats = len(np.unique(ordered)) < HARDLY * n
    size = max(cell, n // (PIECES if repeats else FEW_PIECES))
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

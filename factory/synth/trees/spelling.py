"""How a column's numbers are written: on grids of decimals or units, in short binary floats, in few digits.

Clinical data sets have been through formats that keep less than eight bytes a number (SAS numerics of length 3 to 7
cut the mantissa, Stata's floats round it) and were then printed: 0.8 comes as .799999714, two thirds as .6666641.
Others were measured by people who round, some to tens and some to ones, some in pounds and some in kilogrammes. What is
drawn without that spelling is told from a real number at sight; with it, none gives itself away by its digits.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from factory.synth.trees.rounding import NONE, Rounding, rounding_of

Floats = npt.NDArray[np.float64]

# Steps that measurements come in: decimals, halves to eighths, and the thirds to twelfths that means of few make.
STEPS = (1.0, 0.5, 0.1, 0.25, 0.125, 0.05, 0.01, 1 / 3, 1 / 6, 1 / 12, 0.001)
# Decimals that instruments report, and more than any reports; beyond them a number is taken as it is.
FEW_DECIMALS, SOME_DECIMALS, MOST_DECIMALS = 3, 6, 9
# Bits of a short float's mantissa; a long one has 53.
BITS = range(8, 25)
# Digits that a short float is printed with at most.
MOST_DIGITS = 10
# Significant digits that laboratories report to.
FEW_DIGITS = (2, 3, 4)
# Share of different numbers that a spelling must come close to, and that it must write to the letter.
EXPLAINED = 0.98
TO_THE_LETTER = 0.9
# Times that the gaps of a short float must be wider than its decimals, to be what makes its grid.
COARSER = 3.0
# Numbers are enough at this number to tell.
MOST_ASKED = 800


@dataclass(frozen=True)
class Spelling:
    """A grid of `step` from `origin` (0: none), cut to `bits` of mantissa (0: all) and printed in `digits` (0: all).

    `cut`: the mantissa is cut off rather than rounded. `decimals` is what all is written to in the end, None for all.
    `rounding` says which coarser grids people round to.
    """

    step: float = 0.0
    origin: float = 0.0
    decimals: int | None = None
    bits: int = 0
    cut: bool = False
    digits: int = 0
    rounding: Rounding = NONE

    def write(self, numbers: Floats, grids: Floats | None = None) -> Floats:
        """The nearest numbers (n,) that are spelled so, and lie on `grids` (n,), steps of which 0 is none."""
        made = numbers
        if grids is not None:
            made = np.where(grids > 0, np.round(numbers / np.where(grids > 0, grids, 1.0)) * grids, numbers)
        if self.step:
            made = self.origin + np.round((made - self.origin) / self.step) * self.step
        if self.bits:
            made = _short(made, self.bits, self.cut)
        if self.digits:
            different, at = np.unique(made, return_inverse=True)
            made = np.array([float(f"{number:.{self.digits}g}") for number in different])[at]
        return made if self.decimals is None else np.round(made, self.decimals)

    def rounded_as(self, numbers: Floats) -> Spelling:
        """This spelling with the grids that `numbers` (n,) are rounded to, common values not among them."""
        gaps = self.gaps(numbers)
        if len(numbers) < 2 or not gaps.any():
            return self
        # A bare mantissa writes the numbers themselves in either way; what they are quotients of tells which it was.
        ways = [self, replace(self, cut=not self.cut)] if self.bits and not self.step else [self]
        made = [replace(way, rounding=rounding_of(way.write(numbers), gaps, way.write)) for way in ways]
        return max(made, key=lambda way: sum(way.rounding.shares))

    def gaps(self, numbers: Floats) -> Floats:
        """How far each number (n,) lies from the next one that is spelled so; 0 where all are."""
        size = np.abs(numbers) + 1e-300
        gaps = np.full(len(numbers), max(self.step, 0.0 if self.decimals is None else 10.0**-self.decimals))
        if self.bits:
            gaps = np.maximum(gaps, np.ldexp(1.0, np.frexp(size)[1] - self.bits))
        elif self.digits:
            # Large numbers lack the decimals of small ones, which is no rounding beyond the spelling.
            gaps = np.maximum(gaps, 10.0 ** (np.floor(np.log10(size)) + 1 - self.digits))
        return gaps


def spelling_of(numbers: Floats) -> Spelling:
    """The spelling of a column's finite numbers (n,), at least one; the plainest that explains nearly all of them."""
    ordered = np.sort(numbers)
    if len(ordered) > MOST_ASKED:
        ordered = ordered[np.linspace(0, len(ordered) - 1, MOST_ASKED).round().astype(np.int64)]
    different = ordered
    few = _decimals(different, range(FEW_DECIMALS + 1))
    if few is not None:
        return replace(_decimal(numbers, few), digits=_significant(different))
    digits, places = (max(column) for column in zip(*map(_written, different), strict=True))
    short = digits <= MOST_DIGITS
    found = _short_float(different, digits, places, STEPS) if short else None
    some = _decimals(different, range(FEW_DECIMALS + 1, SOME_DECIMALS + 1)) if found is None else None
    if found is None and short:
        bare = _short_float(different, digits, places, (0.0,))
        if bare is not None and (some is None or np.median(bare.gaps(different)) > COARSER * 10.0**-some):
            found = bare
    if found is not None:
        return found
    if some is None:
        some = _decimals(different, range(SOME_DECIMALS + 1, MOST_DECIMALS + 1))
    return Spelling() if some is None else _decimal(numbers, some)


def _decimals(different: Floats, asked: range) -> int | None:
    """The fewest decimals that all but a few numbers have; fewer still would be too many to be exact."""
    for decimals in asked:
        if np.abs(different).max() * 10.0**decimals > 2**52:
            return None
        if _share(np.round(different, decimals), different, 1e-9) > 1 - (1 - EXPLAINED) / 4:
            return decimals
    return None


def _decimal(numbers: Floats, decimals: int) -> Spelling:
    """Decimals, and the step between whole multiples of their unit that all numbers keep."""
    scaled = np.unique(np.round(np.unique(numbers) * 10.0**decimals))
    step = int(np.gcd.reduce(np.diff(scaled).astype(np.int64))) if len(scaled) > 1 else 1
    return Spelling(max(step, 1) / 10.0**decimals, float(np.round(numbers.min(), decimals)), decimals)


def _significant(different: Floats) -> int:
    """Digits that nearly all numbers are written in, where the largest would have more; 0 where they have."""
    for digits in FEW_DIGITS:
        written = np.array([float(f"{number:.{digits}g}") for number in different])
        if np.mean(written == different) > EXPLAINED:
            plain = max(_written(number)[1] for number in different)
            # Small numbers show the decimals that large ones lack.
            return digits if np.abs(different).max() >= 10.0 ** (digits - plain) and plain else 0
    return 0


def _short_float(different: Floats, digits: int, places: int, steps: tuple[float, ...]) -> Spelling | None:
    """The first spelling in a short float that writes nearly all numbers to the letter.

    It lies on one of the steps, or on none (0), where the mantissa alone makes the grid.
    """
    # A number of few digits was printed to fewer than the longest; what is written is compared exactly below.
    loose = 51.0 * 10.0 ** (1 - digits)
    for step in steps:
        on_step = np.round(different / step) * step if step else different
        if step and _share(on_step, different, 2.0 ** -min(BITS)) <= EXPLAINED:
            continue
        kinds = np.unique(different)
        found: list[tuple[float, Spelling]] = []
        for bits, cut in itertools.product(BITS, (True, False)):
            if _share(_short(on_step, bits, cut), different, loose) <= EXPLAINED:
                continue
            made = Spelling(step, 0.0, places, bits, cut, digits)
            # A mantissa that is coarser than the step leaves the step nothing to say.
            if step and np.median(made.gaps(different)) > step:
                continue
            if np.mean(made.write(different) == different) > TO_THE_LETTER:
                found.append((float(np.mean(made.write(kinds) == kinds)), made))
                if found[-1][0] > EXPLAINED:
                    break
        if found:
            return max(found, key=lambda one: one[0])[1]
    return None


def _short(numbers: Floats, bits: int, cut: bool) -> Floats:
    mantissa, exponent = np.frexp(numbers)
    scaled = mantissa * 2.0**bits
    # A number that lies on the grid but for the last bit of its own arithmetic is not cut below it.
    whole = np.trunc(scaled + np.sign(scaled) * 1e-6) if cut else np.round(scaled)
    made: Floats = np.ldexp(whole / 2.0**bits, exponent)
    return made


def _share(made: Floats, numbers: Floats, loose: float) -> float:
    return float(np.mean(np.abs(made - numbers) <= loose * np.maximum(np.abs(numbers), 1e-300)))


def _written(number: float) -> tuple[int, int]:
    """Significant digits and decimals that a number is written with."""
    digits, exponent = np.format_float_scientific(number, trim="-").split("e")
    count = len(digits.lstrip("-").replace(".", ""))
    return count, max(0, count - 1 - int(exponent))

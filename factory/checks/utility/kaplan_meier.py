"""How far Kaplan-Meier curves are apart, beyond those of a fresh real sample."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from factory.checks.comparison import PARTS, Ints, Part
from factory.checks.features import Floats
from factory.checks.intervals import RESAMPLES
from factory.checks.utility.times import Times, horizon, value_at
from factory.core.seeds import generator

# Points at which curves are compared where they have more times than that between them.
MOST_POINTS = 4_000
# So often are real people parted anew, and synthetic ones cut to as many as the fresh sample has.
_CUTS = 40
_PLOT_POINTS = 60
_CURVES: tuple[tuple[str, Part], ...] = (("real", "train"), ("synthetic", "synthetic"), ("fresh", "holdout"))


@dataclass(frozen=True)
class Distance:
    """Mean vertical distance of the synthetic curve to the training one, what chance makes of it, and the interval.

    `low`, `high`: of the excess.
    """

    synthetic: float
    fresh: float
    low: float
    high: float

    @property
    def excess(self) -> float:
        """How much further the synthetic curve is than that of a fresh sample."""
        return self.synthetic - self.fresh


def km_distance(times: dict[Part, Times], k: int, seed: int, label: str, level: float = 0.95) -> Distance | None:
    """Distance of curves up to the horizon, with an interval of the excess over people; None where none are at risk.

    What a fresh sample of as many people is off by chance is the mean over real people, training and hold-out, parted
    anew: one hold-out may be near or far by luck. Synthetic people are cut to as many. For the interval people are
    drawn anew, which adds to a distance: the draws are moved so that their middle is the excess.
    """
    end = horizon(times, k)
    if end <= 0:
        return None
    real = _pooled(times["train"], times["holdout"])
    named: dict[str, Times] = dict(times.items())
    apart = _Apart({**named, "real": real}, end)
    base, few, made = (len(np.unique(times[part].people)) for part in PARTS)
    few = min(few, made)
    dice = generator(seed, "km", label)
    synthetic, train = _Draw(times["synthetic"].people), _Draw(times["train"].people)
    chance = [apart.two("real", *_Draw(real.people).parted(dice, base, few)) for _ in range(_CUTS)]
    whole = apart.curve("train", None)
    cuts = [apart(whole, "synthetic", synthetic.parted(dice, few, 0)[0]) for _ in range(_CUTS if few < made else 0)]
    value = float(np.mean(cuts)) if cuts else apart(whole, "synthetic", None)
    found = [
        apart(apart.curve("train", train.again(dice, base)), "synthetic", synthetic.again(dice, few))
        for _ in range(RESAMPLES)
    ]
    tail = (1 - level) / 2
    low, middle, high = np.quantile(found, [tail, 0.5, 1 - tail])
    fresh = float(np.mean(chance))
    return Distance(value, fresh, float(value - fresh + low - middle), float(value - fresh + high - middle))


def curve_points(times: dict[Part, Times], k: int) -> dict[str, list[float]]:
    """The three curves at rounded times up to where k people are at risk, so that no time is a person's."""
    end = horizon(times, k)
    if end <= 0:
        return {"time": [], "real": [], "synthetic": [], "fresh": []}
    digits = 1 - math.floor(math.log10(end))
    grid = np.linspace(0, math.floor(end * 10.0**digits) / 10.0**digits, _PLOT_POINTS + 1)
    made = {"time": [float(f"{point:.3g}") for point in grid]}
    for name, part in _CURVES:
        one = times[part]
        made[name] = np.round(value_at(one.survival(), one.places(np.asarray(made["time"]))), 3).tolist()
    return made


def _pooled(one: Times, other: Times) -> Times:
    """Rows of two parts, the people of the second counted on from those of the first."""
    people = np.concatenate([one.people, other.people + one.people.max() + 1])
    return Times.of(np.concatenate([one.time, other.time]), np.concatenate([one.event, other.event]), people)


class _Apart:
    """The mean vertical distance of one curve to another, up to a time; weights are of a part's rows."""

    def __init__(self, times: Mapping[str, Times], end: float) -> None:
        points = np.unique(np.concatenate([[0.0], *(one.grid[one.grid < end] for one in times.values())]))
        if len(points) > MOST_POINTS:
            points = np.linspace(0, end, MOST_POINTS, endpoint=False)
        self._widths = np.diff(points, append=end) / end
        self._times = times
        self._at = {part: one.places(points) for part, one in times.items()}

    def curve(self, part: str, weight: Floats | None) -> Floats:
        """A part's curve at the points."""
        return value_at(self._times[part].survival(weight), self._at[part])

    def __call__(self, other: Floats, part: str, weight: Floats | None) -> float:
        """Distance of the part's curve to one that `curve` gave."""
        return float((np.abs(other - self.curve(part, weight)) * self._widths).sum())

    def two(self, part: str, one: Floats, other: Floats) -> float:
        """Distance of a part's curves under two weights."""
        return self(self.curve(part, one), part, other)


class _Draw:
    """Draws of people as weights of their rows."""

    def __init__(self, people: Ints) -> None:
        distinct, self._whose = np.unique(people, return_inverse=True)
        self._size = len(distinct)

    def again(self, dice: np.random.Generator, count: int) -> Floats:
        """Some people, drawn with replacement."""
        return self._weights(dice.integers(0, self._size, count))

    def parted(self, dice: np.random.Generator, first: int, second: int) -> tuple[Floats, Floats]:
        """Two sets of different people."""
        order = dice.permutation(self._size)
        return self._weights(order[:first]), self._weights(order[first : first + second])

    def _weights(self, chosen: Ints) -> Floats:
        return np.bincount(chosen, minlength=self._size).astype(np.float64)[self._whose]

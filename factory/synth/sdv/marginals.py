"""One column's distribution, and the way between its values and normal scores.

A marginal maps a value to the interval of normal scores that stands for it (one point where values are continuous,
a true interval where many rows share a value) and a score back to a value.

`Curve` is one of SDV's distributions, `Empirical` is for numbers with spikes or of no simple shape, `Levels` for
categories; `contest` chooses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri
from sdv.single_table import GaussianCopulaSynthesizer

Values = npt.NDArray[np.float64]

# A value that so many rows and that share of them have is drawn as it is; other knots are means of so many.
TOGETHER = 5
_SPIKE = 0.002
_KNOTS = 2_000
_EDGE = 1e-9


class Marginal(Protocol):
    """A column's distribution."""

    @property
    def name(self) -> str:
        """What the distribution is called."""

    def scores(self, values: Values) -> tuple[Values, Values]:
        """Lowest and highest normal score of each value (n,)."""

    def values(self, scores: Values) -> Values:
        """The value of each normal score (n,)."""


@dataclass(frozen=True)
class Levels:
    """Levels 0..k-1 as intervals as wide as they are frequent, laid out in `order`."""

    order: npt.NDArray[np.int64]
    edges: Values
    name: str = "levels"

    @classmethod
    def of(cls, counts: Values, order: npt.NDArray[np.int64]) -> Levels:
        """From the rows of each level (k,) and the level numbers in the order they shall have (k,)."""
        edges = np.concatenate([[0.0], np.cumsum(counts[order]) / counts.sum()])
        edges[-1] = 1.0
        return cls(order, edges)

    def scores(self, values: Values) -> tuple[Values, Values]:
        """Lowest and highest normal score of each level number (n,)."""
        place = np.empty(len(self.order), dtype=np.int64)
        place[self.order] = np.arange(len(self.order))
        at = place[values.astype(np.int64)]
        return ndtri(self.edges[at]), ndtri(self.edges[at + 1])

    def values(self, scores: Values) -> Values:
        """The level number of each normal score (n,)."""
        at = np.searchsorted(self.edges, ndtr(scores), side="right") - 1
        last = int(np.flatnonzero(np.diff(self.edges))[-1])
        made: Values = self.order[np.clip(at, 0, last)].astype(np.float64)
        return made


@dataclass(frozen=True)
class Empirical:
    """Spikes as they are, and between them straight lines through means of neighbours: no lone value is kept.

    `knots` (k,) are values in order and `shares` (k,) how much lies at or below each; a spike is two knots.
    """

    knots: Values
    shares: Values
    name: str = "empirical"

    @classmethod
    def of(cls, values: Values) -> Empirical:
        """From the values there are (n,), at least one."""
        order = np.sort(values)
        spikes = spikes_of(values)
        low = np.searchsorted(order, spikes, side="left") / len(order)
        high = np.searchsorted(order, spikes, side="right") / len(order)
        knots, shares = [spikes, spikes], [low, high]
        rest = order[~np.isin(order, spikes)]
        size = max(TOGETHER, len(rest) // _KNOTS)
        for group in np.split(rest, np.searchsorted(rest, spikes)):
            if len(group):
                first, width = np.searchsorted(order, group[0]) / len(order), len(group) / len(order)
                means = [part.mean() for part in np.array_split(group, max(1, len(group) // size))]
                knots.append(np.array([means[0], *means, means[-1]]))
                middle = first + width * (np.arange(len(means)) + 0.5) / len(means)
                shares.append(np.concatenate([[first], middle, [first + width]]))
        at = np.lexsort((np.concatenate(knots), np.concatenate(shares)))
        return cls(np.concatenate(knots)[at], np.concatenate(shares)[at])

    def scores(self, values: Values) -> tuple[Values, Values]:
        """Lowest and highest normal score of each value (n,): apart where knots share the value."""
        lines, first, count = np.unique(self.knots, return_index=True, return_counts=True)
        least, most = self.shares[first], self.shares[first + count - 1]
        right = np.searchsorted(lines, values).clip(0, len(lines) - 1)
        left = (right - 1).clip(0)
        span = np.where(lines[right] > lines[left], lines[right] - lines[left], 1.0)
        part = ((values - lines[left]) / span).clip(0, 1)
        low = most[left] + (least[right] - most[left]) * part
        high = low.copy()
        for hit, below, above in (
            (lines[right] == values, least[right], most[right]),
            (values < lines[0], np.zeros(1), most[:1]),
            (values > lines[-1], least[-1:], np.ones(1)),
        ):
            low, high = np.where(hit, below, low), np.where(hit, above, high)
        # The outermost knots stand for TOGETHER rows each: half of that is as far out as one value is put.
        edge = max(_EDGE, float(self.shares[self.shares > 0].min(initial=1e-3)) / 2)
        inner = low.clip(edge, 1 - edge)
        return ndtri(np.where(low == high, inner, low)), ndtri(np.where(low == high, inner, high))

    def values(self, scores: Values) -> Values:
        """The value of each normal score (n,)."""
        made: Values = np.interp(ndtr(scores), self.shares, self.knots)
        return made


@dataclass(frozen=True)
class Curve:
    """One of SDV's distributions."""

    name: str
    fitted: object

    @classmethod
    def of(cls, name: str, values: Values, minimum: float | None, maximum: float | None) -> Curve:
        """Fit the distribution SDV calls `name` to values (n,); bounds are the contract's, where it states both."""
        kind = GaussianCopulaSynthesizer.get_distribution_class(name)
        bounded = name == "truncnorm" and minimum is not None and maximum is not None
        fitted = kind(minimum=minimum, maximum=maximum) if bounded else kind()
        fitted.fit(values)
        return cls(name, fitted)

    def share(self, values: Values) -> Values:
        """The distribution function at each value (n,)."""
        made: Values = np.clip(self.fitted.cdf(values), _EDGE, 1 - _EDGE)  # type: ignore[attr-defined]
        return made

    def scores(self, values: Values) -> tuple[Values, Values]:
        """The normal score of each value (n,), twice."""
        made = ndtri(self.share(values))
        return made, made

    def values(self, scores: Values) -> Values:
        """The value of each normal score (n,)."""
        made: Values = self.fitted.percent_point(np.clip(ndtr(scores), _EDGE, 1 - _EDGE))  # type: ignore[attr-defined]
        return made


def spikes_of(values: Values) -> Values:
    """Values that many rows share, in order, with no group of other rows between them too small for a mean."""
    found, counts = np.unique(values, return_counts=True)
    often = counts >= max(TOGETHER, _SPIKE * len(values))
    spikes, heights = found[often], counts[often]
    while len(spikes):
        sizes = np.bincount(np.searchsorted(spikes, found[~often]), counts[~often], minlength=len(spikes) + 1)
        small = np.flatnonzero((sizes > 0) & (sizes < TOGETHER))
        if not len(small):
            break
        beside = [at for at in (small[0] - 1, small[0]) if 0 <= at < len(spikes)]
        lowest = min(beside, key=lambda at: heights[at])
        often[np.searchsorted(found, spikes[lowest])] = False
        spikes, heights = found[often], counts[often]
    return spikes

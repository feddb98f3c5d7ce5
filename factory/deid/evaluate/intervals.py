"""How sure a share is: Wilson's interval for things counted once each, a bootstrap of documents for characters."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_Z = 1.959963984540054  # 95%, two-sided
_DRAWS = 1_000
_CHUNK = 100  # draws held at once


class Share(NamedTuple):
    """`part` of `whole` with a 95% interval; value and bounds are nan where nothing was counted."""

    value: float
    low: float
    high: float
    part: int
    whole: int


def wilson(part: int, whole: int) -> Share:
    """Wilson's score interval of a proportion (Wilson, J. Am. Stat. Assoc. 1927)."""
    if whole == 0:
        return Share(float("nan"), float("nan"), float("nan"), 0, 0)
    share = part / whole
    spread = _Z * _Z / whole
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * (share * (1 - share) / whole + spread / (4 * whole)) ** 0.5
    low = 0.0 if part == 0 else max(0.0, middle - half)
    high = 1.0 if part == whole else min(1.0, middle + half)
    return Share(share, low, high, part, whole)


def bootstrap(parts: NDArray[np.int64], wholes: NDArray[np.int64], seed: int) -> list[Share]:
    """Shares of sums, a percentile interval each from 1,000 redraws of the documents.

    `parts` and `wholes` are documents x figures. Characters of one document are found or missed together, so the
    document is what is drawn (Efron and Tibshirani 1993, chapter 8). The same seed gives the same interval. Where all
    or nothing was counted every redraw is the same; then the bound is Wilson's over the documents that count.
    """
    documents, figures = wholes.shape
    part, whole = parts.sum(axis=0), wholes.sum(axis=0)
    both = np.hstack([parts, wholes]).astype(np.float64)
    rng = np.random.default_rng(seed)
    drawn = np.empty((_DRAWS, 2 * figures))
    for first in range(0, _DRAWS, _CHUNK):
        # Poisson weights stand for drawing with replacement; one pass, no index arrays.
        drawn[first : first + _CHUNK] = rng.poisson(1.0, size=(_CHUNK, documents)) @ both
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = drawn[:, :figures] / drawn[:, figures:]
    units = (wholes > 0).sum(axis=0)
    return [_share(int(part[i]), int(whole[i]), int(units[i]), shares[:, i]) for i in range(figures)]


def _share(part: int, whole: int, units: int, drawn: NDArray[np.float64]) -> Share:
    if part in (0, whole):
        bounds = wilson(units if part else 0, units)
        return Share(bounds.value, bounds.low, bounds.high, part, whole)
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return Share(part / whole, float(low), float(high), part, whole)


def f_score(precision: float, recall: float, beta: float = 1.0) -> float:
    """F-beta of precision and recall; beta 2 weighs recall four times as much. nan where neither was counted."""
    weight = beta * beta
    below = weight * precision + recall
    return (1 + weight) * precision * recall / below if below else (0.0 if below == 0 else float("nan"))

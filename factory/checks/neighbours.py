"""Exact nearest rows: blocks of single-precision products find who may be near, double precision decides."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

# Cells of a block of distances (64 MB in single precision), and of candidates checked at once.
BLOCK = 1 << 24
_CHECKED = 1 << 23
# Columns of a block of which only the smallest is ranked.
_FEW = 8


def nearest(queries: Floats, base: Floats, k: int) -> tuple[Floats, Ints]:
    """The `k` nearest rows of `base` to each query, nearest first: Euclidean distances and row numbers (n x k).

    The distances are those of double precision, whatever single precision says: its error is bounded
    (Higham 2002, Accuracy and Stability of Numerical Algorithms, ch. 3), and every row within twice the bound of the
    k-th is measured again. Rows at one distance come in the order of `base`,
    equal ones together. Where `base` has fewer than `k` rows the
    rest are infinitely far, and row number -1. Rows and queries that stand more than once are measured once.
    """
    if not len(queries) or not len(base):
        return np.full((len(queries), k), np.inf), np.full((len(queries), k), -1, dtype=np.int64)
    asked, of_query = _different(queries)
    kept, of_base = _different(base)
    distance, place = _nearest_different(asked, kept, min(k, len(kept)))
    order = np.argsort(of_base, kind="stable")
    counts = np.bincount(of_base, minlength=len(kept))
    spread, rows = _repeated(distance, place, order, counts, k)
    return spread[of_query], rows[of_query]


def _different(rows: Floats) -> tuple[Floats, Ints]:
    """Rows that differ, in the order of their first, and for each given row which of them it is."""
    plain = np.ascontiguousarray(rows + 0.0)  # so that -0.0 and 0.0 are one
    if not plain.shape[1]:
        return plain[:1], np.zeros(len(plain), dtype=np.int64)
    keys = plain.view(np.dtype((np.void, plain.dtype.itemsize * plain.shape[1]))).ravel()
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return plain[first[order]], rank[inverse.ravel()]


def _nearest_different(queries: Floats, base: Floats, k: int) -> tuple[Floats, Ints]:
    middle = base.mean(axis=0)
    asked, kept = (queries - middle).astype(np.float32), (base - middle).astype(np.float32)
    lengths = np.einsum("ij,ij->i", kept, kept)
    longest = float(np.sqrt(lengths.max(initial=0.0)))
    made, places = np.empty((len(queries), k)), np.empty((len(queries), k), dtype=np.int64)
    step = max(1, BLOCK // len(base))
    # Rounding of the inputs, the products, the sums and the difference, each at most (width + 4) units.
    unit = float(np.finfo(np.float32).eps) * (base.shape[1] + 4)
    for start in range(0, len(queries), step):
        rows = slice(start, start + step)
        block = asked[rows]
        own = np.einsum("ij,ij->i", block, block)
        near = block @ kept.T
        near *= -2
        near += lengths
        slack = unit * (np.sqrt(own) + longest) ** 2
        edge = _kth(near, k) + 2 * slack
        who, where = np.nonzero(near <= edge[:, None])
        exact = _exact(queries[rows], base, who, where)
        order = np.lexsort((where, exact, who))
        starts = np.searchsorted(who, np.arange(len(block)))
        chosen = order[starts[:, None] + np.arange(k)]
        made[rows], places[rows] = np.sqrt(exact[chosen]), where[chosen]
    return made, places


def _kth(near: Singles, k: int) -> Singles:
    """A bound of the k-th smallest of each row from above: that of the smallest of each few columns."""
    columns = near.shape[1] // _FEW
    if columns >= _FEW * k:
        near = near[:, : columns * _FEW].reshape(len(near), _FEW, columns).min(axis=1)
    found: Singles = np.partition(near, k - 1, axis=1)[:, k - 1]
    return found


def _exact(queries: Floats, base: Floats, who: Ints, where: Ints) -> Floats:
    """Squared distances of pairs of rows, as the sum of squared differences."""
    made = np.empty(len(who))
    step = max(1, _CHECKED // max(1, base.shape[1]))
    for start in range(0, len(who), step):
        pairs = slice(start, start + step)
        apart = queries[who[pairs]] - base[where[pairs]]
        made[pairs] = np.einsum("ij,ij->i", apart, apart)
    return made


def _repeated(distance: Floats, place: Ints, order: Ints, counts: Ints, k: int) -> tuple[Floats, Ints]:
    """Give each different row as often as it stands in the base, until there are `k`."""
    starts = np.cumsum(counts) - counts
    ends = np.cumsum(counts[place], axis=1)
    rows = np.full((len(place), k), -1, dtype=np.int64)
    spread = np.full((len(place), k), np.inf)
    here = np.arange(len(place))
    for nth in range(k):
        at = np.minimum((ends <= nth).sum(axis=1), place.shape[1] - 1)
        there = ends[:, -1] > nth
        chosen = place[here, at]
        before = ends[here, at] - counts[chosen]
        rows[there, nth] = order[(starts[chosen] + nth - before)[there]]
        spread[there, nth] = distance[here, at][there]
    return spread, rows

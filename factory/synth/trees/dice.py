"""Dice that fall evenly: rows that stand at one place share out what is there, where free dice would heap and gap."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Steps of this size leave a circle most evenly covered, however many are taken (Kronecker's sequence, golden ratio).
_STEP = (5**0.5 - 1) / 2


def even_dice(places: Ints, rng: np.random.Generator) -> Floats:
    """Dice (n,) in [0, 1) for rows at `places` (n,), nodes of trees numbered depth first.

    Each die alone is uniform. Those of one place, and of any branch, for its nodes have neighbouring numbers, are
    spread over [0, 1): so how many rows get what differs from what was learned by the like of log n, not of the root
    of n (systematic sampling, Madow 1949). Which row of a place gets which die is left to chance.
    """
    order = np.argsort(places + rng.random(len(places)))
    thrown = _around(len(places)) + rng.random()
    thrown[thrown >= 1.0] -= 1.0
    made = np.empty(len(places))
    made[order] = thrown
    return made


@functools.lru_cache(maxsize=4)
def _around(many: int) -> Floats:
    made: Floats = np.mod(np.arange(many) * _STEP, 1.0, dtype=np.float64)
    return made


def settled(drawn: Floats, pool: Floats) -> Floats:
    """Scores (n,) in the order of `drawn` (n,), spread as `pool` (m,), m a multiple of n or about one, is.

    The pool are several draws of the same rows, so it says of the rows what one draw leaves to chance.
    """
    made = np.empty(len(drawn))
    evenly = (np.arange(len(drawn)) + 0.5) / max(len(drawn), 1)
    made[np.argsort(drawn, kind="stable")] = np.sort(pool)[(evenly * len(pool)).astype(np.int64)]
    return made

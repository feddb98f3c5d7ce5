"""Dice that fall evenly: rows that stand at one place share out what is there, where free dice would heap and gap."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Steps of this size leave a circle most evenly covered, however many are taken (Kronecker's sequence, golden ratio).
_STEP = (5**0.5 - 1) / 2
# Bits of chance by which the rows of one place are put in order.
_CHANCE = 24


def even_dice(places: Ints, rng: np.random.Generator) -> Floats:
    """Dice (n,) in [0, 1) for rows at `places` (n,), nodes of trees numbered depth first.

    Each die alone is uniform. Those of one place, and of any branch, for its nodes have neighbouring numbers, are
    spread over [0, 1): so how many rows get what differs from what was learned by the like of log n, not of the root
    of n (systematic sampling, Madow 1949). Which row of a place gets which die is left to chance.
    """
    many = len(places)
    own = max(many - 1, 0).bit_length()
    # In one number the place, chance, and the row's own number, for numbers are sorted faster than they are ranked.
    keys = rng.integers(0, 1 << _CHANCE, many, dtype=np.uint32).astype(np.int64) << own
    keys += places << (own + _CHANCE)
    keys += np.arange(many)
    keys.sort()
    thrown = _around(many) + rng.random()
    thrown -= thrown >= 1.0
    made = np.empty(many)
    made[keys & ((1 << own) - 1)] = thrown
    return made


@functools.lru_cache(maxsize=4)
def _around(many: int) -> Floats:
    made: Floats = np.mod(np.arange(many) * _STEP, 1.0, dtype=np.float64)
    return made


def settled(drawn: Floats, pool: Floats, rng: np.random.Generator) -> Floats:
    """Scores (n,) in the order of `drawn` (n,), one from each n-th part of `pool` (m,) in order, m at least n.

    The pool are several draws of the same rows, so it says of the rows what one draw leaves to chance. Where a score
    lies in its part is chance, so that of few rows too each score is one of the pool, all alike.
    """
    made = np.empty(len(drawn))
    part = (np.arange(len(drawn)) + rng.random(len(drawn))) / max(len(drawn), 1)
    at = (part * len(pool)).astype(np.int64).clip(max=len(pool) - 1)
    made[np.argsort(drawn, kind="stable")] = np.sort(pool)[at]
    return made

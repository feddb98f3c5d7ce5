"""Seeds: one secret number a run, and a stream of its own for each use of it."""

from __future__ import annotations

import hashlib
import secrets

import numpy as np


def fresh_seed() -> int:
    """A run seed nobody can guess, in [0, 2**63). It stays in the source zone."""
    return secrets.randbits(63)


def derive(seed: int, *purpose: str) -> int:
    """A number in [0, 2**63) for one purpose, independent of every other purpose's."""
    text = "\x1f".join((str(seed), *purpose)).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big") >> 1


def generator(seed: int, *purpose: str) -> np.random.Generator:
    """A NumPy generator (PCG64) for one purpose."""
    return np.random.default_rng(derive(seed, *purpose))

"""Random draws that depend on a seed, a stream name and an index, and on nothing else.

Only `random()` of the Mersenne Twister is used, the one method Python keeps the same between versions, so
that a seed gives the same hospital on another interpreter.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


def stream_key(seed: int, stream: str, index: int = 0) -> int:
    """A 64-bit key for one stream: `hash()` would change with PYTHONHASHSEED, a digest does not."""
    return int.from_bytes(blake2b(f"{seed}/{stream}/{index}".encode(), digest_size=8).digest(), "big")


class Dice(random.Random):
    """Draws for one purpose and one person; making a new one never disturbs another."""

    def __init__(self, seed: int, stream: str, index: int = 0) -> None:
        super().__init__(stream_key(seed, stream, index))

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return self.random() < probability

    def below(self, size: int) -> int:
        """An integer from 0 to size - 1."""
        return int(self.random() * size)

    def between(self, low: int, high: int) -> int:
        """An integer from low to high, both included."""
        return low + int(self.random() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        """One item, all as likely."""
        return items[int(self.random() * len(items))]

    def digits(self, count: int) -> str:
        """A string of decimal digits."""
        return f"{int(self.random() * 10**count):0{count}d}"

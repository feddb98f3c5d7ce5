"""Numbers that never repeat, without remembering those already given out."""

from __future__ import annotations

from math import gcd

from factory.simulate.dice import Dice

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWX"
DEVICE_SPACE = len(_ALPHABET) ** 10


class Bijection:
    """The affine map i -> (a i + b) mod size with gcd(a, size) = 1: one-to-one on 0 … size - 1."""

    def __init__(self, seed: int, name: str, size: int) -> None:
        dice = Dice(seed, f"bijection/{name}")
        self.size = size
        self._shift = dice.below(size)
        # A step near the golden section of the range spreads neighbours far apart.
        self._step = int(size * (0.55 + 0.14 * dice.random()))
        while gcd(self._step, size) != 1:
            self._step += 1

    def __call__(self, index: int) -> int:
        """The number of `index`; raises ValueError beyond the size, where numbers would repeat."""
        if not 0 <= index < self.size:
            raise ValueError(f"no more than {self.size} numbers can be told apart")
        return (self._step * index + self._shift) % self.size


def alphanumeric(number: int, length: int = 10) -> str:
    """A number written in 32 letters and digits, one-to-one below 32**length."""
    out = []
    for _ in range(length):
        number, rest = divmod(number, len(_ALPHABET))
        out.append(_ALPHABET[rest])
    return "".join(out)

"""Sets of 16-byte keyed digests: what is in one cannot be read from it, nor tried without the key."""

from __future__ import annotations

import functools
import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import numpy as np
import numpy.typing as npt

SIZE = 16
T = TypeVar("T")
_BATCH = 1 << 18
_DTYPE = np.dtype([("high", "<u8"), ("low", "<u8"), ("letter", "u1")])


def keyed(key: bytes, text: str) -> bytes:
    """BLAKE2b of `text` under `key`, 16 bytes."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=key, digest_size=SIZE).digest()


def subkey(key: bytes, purpose: bytes, size: int = 32) -> bytes:
    """A key for one purpose, drawn from `key`."""
    return hashlib.blake2b(purpose, key=key, digest_size=size).digest()


def batched(items: Iterable[T]) -> Iterator[list[T]]:
    """Items some at a time: texts of millions of people are never held at once."""
    left = iter(items)
    while some := list(itertools.islice(left, _BATCH)):
        yield some


def _rows(key_of: Callable[[str], bytes], items: list[tuple[str, str]]) -> npt.NDArray[np.void]:
    letters: dict[bytes, int] = {}
    for text, letter in items:
        letters.setdefault(key_of(text), ord(letter))
    rows = np.empty(len(letters), _DTYPE)
    both = np.frombuffer(b"".join(letters), "<u8").reshape(-1, 2)
    rows["high"], rows["low"] = both[:, 0], both[:, 1]
    rows["letter"] = np.fromiter(letters.values(), np.uint8, len(letters))
    return rows


class KeyedSet:
    """Keyed digests of texts, each with a class letter."""

    def __init__(self, key: bytes, rows: npt.NDArray[np.void]) -> None:
        self._key = key
        self.rows = rows
        self._high = np.ascontiguousarray(rows["high"])

    @classmethod
    def of(cls, key: bytes, items: Iterable[tuple[str, str]]) -> KeyedSet:
        """A set of (text, letter); the first letter of a text stays."""
        key_of = functools.partial(keyed, key)
        made = [_rows(key_of, some) for some in batched(items)]
        rows = np.concatenate([np.empty(0, _DTYPE), *made])
        # Stable, so that of equal texts the first one comes first.
        rows = rows[np.lexsort((rows["low"], rows["high"]))]
        again = (rows["high"][1:] == rows["high"][:-1]) & (rows["low"][1:] == rows["low"][:-1])
        return cls(key, rows[np.concatenate([[True], ~again])] if len(rows) else rows)

    @classmethod
    def from_bytes(cls, key: bytes, data: bytes) -> KeyedSet:
        """What `to_bytes` wrote."""
        return cls(key, np.frombuffer(data, _DTYPE))

    def to_bytes(self) -> bytes:
        """The digests and letters, sorted."""
        return self.rows.tobytes()

    def __len__(self) -> int:
        return len(self.rows)

    def letter_of(self, text: str) -> str | None:
        """The class letter of `text`, or None where it is not in the set."""
        if not len(self.rows):
            return None
        high, low = np.frombuffer(keyed(self._key, text), "<u8")
        place = int(np.searchsorted(self._high, high))
        while place < len(self.rows) and self._high[place] == high:
            if self.rows["low"][place] == low:
                return chr(int(self.rows["letter"][place]))
            place += 1
        return None

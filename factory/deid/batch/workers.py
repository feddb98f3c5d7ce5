"""Threads over partitions: what they make comes back in order, and only a few partitions are in memory at once."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import pyarrow as pa

A = TypeVar("A")
B = TypeVar("B")


class Workers:
    """A number of threads; Arrow and NumPy let go of the interpreter while they work."""

    def __init__(self, count: int | None = None) -> None:
        self.count = count or min(4, os.cpu_count() or 1)

    def over(self, work: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """What `work` makes of each item, in order."""
        waiting: deque[Future[B]] = deque()
        with ThreadPoolExecutor(self.count) as pool:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) >= self.count:
                    yield waiting.popleft().result()
                    # Arrow keeps freed memory for later, which over many partitions comes to most of the peak.
                    pa.default_memory_pool().release_unused()
            while waiting:
                yield waiting.popleft().result()

"""Work that gives up Python's lock, done on as many threads as there are processors to run them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

In = TypeVar("In")
Out = TypeVar("Out")
# More threads than this wait for each other's memory rather than work.
MOST = 8


def processors() -> int:
    """Processors this process may use, at most `MOST`."""
    return min(MOST, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def side_by_side(work: Callable[[In], Out], items: Sequence[In]) -> list[Out]:
    """`work` of each item, in their order. `work` must throw no dice and change nothing that another reads."""
    if len(items) < 2 or processors() < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(min(processors(), len(items))) as pool:
        return list(pool.map(work, items))

"""Work that gives up Python's lock, done on as many threads as there are processors while its caller goes on."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

Given = ParamSpec("Given")
Out = TypeVar("Out")
# More threads than this wait for each other's memory rather than work.
MOST = 8


def processors() -> int:
    """Processors this process may use, at most `MOST`."""
    return min(MOST, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


class Ahead:
    """Hands work to threads and lets the caller go on, but never further ahead than there is room for.

    Work must throw no dice and change nothing that another reads. On one processor it is done where it is asked for.
    """

    def __init__(self) -> None:
        self._many = processors()
        self._pool = ThreadPoolExecutor(self._many) if self._many > 1 else None
        self._waiting: deque[Future[Any]] = deque()

    def __enter__(self) -> Ahead:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def ask(self, work: Callable[Given, Out], *args: Given.args, **kwargs: Given.kwargs) -> Callable[[], Out]:
        """What gives the result of `work`, or raises its error."""
        if self._pool is None:
            made = work(*args, **kwargs)
            return lambda: made
        while len(self._waiting) >= 2 * self._many:
            self._waiting.popleft().result()
        asked = self._pool.submit(work, *args, **kwargs)
        self._waiting.append(asked)
        return asked.result

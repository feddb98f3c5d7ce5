"""What is said of an exception nobody foresaw: its class and place, never its message.

Messages of pandas, pyarrow or SDV quote cell values; class and line number do not.
"""

from __future__ import annotations

import errno
import functools
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from factory.core.errors import DiskFull, FactoryError, InternalError, StorageError

P = ParamSpec("P")
T = TypeVar("T")


def sentence_of(error: BaseException) -> FactoryError:
    """A FactoryError that holds nothing of the exception but its class and the innermost line of ours."""
    if isinstance(error, FactoryError):
        return type(error)(error.message, error.fix)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return DiskFull("The disk is full.", "Free some space and run the same command again.")
    if isinstance(error, PermissionError):
        return StorageError("A file or folder may not be read or written.", "Check the permissions of the folders.")
    if isinstance(error, MemoryError):
        return FactoryError("Memory ran out.", "Use a machine with more memory, or fewer people.")
    return InternalError(
        f"A defect in the factory: {type(error).__name__} at {_place(error)}.",
        "Nothing half-written was kept; please report this line.",
    )


def _place(error: BaseException) -> str:
    root = Path(__file__).parents[2]
    place = "an unknown line"
    trace = error.__traceback__
    while trace is not None:
        name = Path(trace.tb_frame.f_code.co_filename)
        if name.is_relative_to(root) and ".venv" not in name.parts and "site-packages" not in name.parts[-3:-1]:
            place = f"{name.relative_to(root).as_posix()}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def closed(function: Callable[P, T]) -> Callable[P, T]:
    """Let only FactoryErrors out of `function`, with no cause attached that could hold a value."""

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - this is the border that values may not cross
            said = sentence_of(error)
        # Raised outside the handler, so that no __context__ carries the original and its message.
        raise said

    return wrapper

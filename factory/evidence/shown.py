"""Counts as they may be shown: those of 1 to k - 1 people are not."""

from __future__ import annotations


def shown(count: int, k: int) -> int | str:
    """The count, or `<k` where it is a small cell."""
    return f"<{k}" if 0 < count < k else count


def hidden(count: int | None, k: int) -> int | None:
    """The count, or None where it is a small cell or not known."""
    return None if count is None or 0 < count < k else count

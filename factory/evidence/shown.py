"""Counts as they may be shown: those of 1 to k - 1 people are not."""

from __future__ import annotations

from collections.abc import Mapping


def shown(count: int, k: int) -> int | str:
    """The count, or `<k` where it is a small cell."""
    return f"<{k}" if 0 < count < k else count


def hidden(count: int | None, k: int) -> int | None:
    """The count, or None where it is a small cell or not known."""
    return None if count is None or 0 < count < k else count


def shown_part(count: int, whole: int, k: int) -> int | str:
    """A part of a whole that is known: `<k` where it is a small cell, `≥k` where the rest of the whole is one."""
    rest = whole - count
    return shown(count, k) if 0 < count < k or not 0 < rest < k else f"≥{k}"


def shown_together(counts: Mapping[str, int], k: int) -> dict[str, int | str]:
    """Counts whose sums are known elsewhere: where one is a small cell, each is only said to be below k or not."""
    if not any(0 < count < k for count in counts.values()):
        return dict(counts)
    return {name: f"<{k}" if count < k else f"≥{k}" for name, count in counts.items()}

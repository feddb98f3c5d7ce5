"""A long text in pieces that end where a line ends, so that memory and patience do not grow with its length."""

from __future__ import annotations

from collections.abc import Iterator

PIECE = 1 << 16  # characters
_ENDS = ("\n", "\r", "。", ". ", "；", "; ", "，", ", ", " ")


def pieces(text: str, size: int = PIECE) -> Iterator[str]:
    """The text in order, in pieces of at most 2 * size characters; joined they are the text.

    A piece ends after a line; where a line is longer than a piece, after a sentence, a clause or a word.
    """
    begin = 0
    while begin < len(text):
        end = begin + size
        if end < len(text):
            end = next((cut for sign in _ENDS if (cut := _after(text, sign, begin, end))), begin + 2 * size)
        yield text[begin:end]
        begin = end


def _after(text: str, sign: str, begin: int, end: int) -> int:
    found = text.rfind(sign, begin, end)
    return found + len(sign) if found >= 0 else 0

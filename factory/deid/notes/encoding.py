"""Which encoding a text file has: UTF-8 or UTF-16 by their signs, GB18030 or Big5 by their frequent characters."""

from __future__ import annotations

import codecs
from collections import Counter
from itertools import islice

from factory.core.errors import WrongEncoding

_SAMPLE = 1 << 18  # characters that are weighed
_FREQUENT = 0.9  # share of the characters outside ASCII that must be frequent ones
# UTF-32's marks come first: its little-endian one begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes, name: str) -> str:
    """The text of a file, without a byte order mark. `name` is for the message.

    Text that is not UTF-8 is taken for GB18030 or Big5 only where nearly all of it are the frequent characters of
    that encoding: almost any bytes are *some* rare characters in both. Raises: WrongEncoding.
    """
    mark = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)
    if mark is None and b"\0" in data:
        # Valid UTF-8 by the letter, yet no text: UTF-16 or UTF-32 without a mark would pass undetected.
        raise WrongEncoding(f"{name} holds NUL bytes and no byte order mark.", "Save it as UTF-8.")
    for encoding in (mark,) if mark else ("utf-8",):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
    fits = {} if mark else {encoding: _fit(data, encoding) for encoding in ("gb18030", "big5hkscs")}
    best = max(fits, key=lambda encoding: fits[encoding], default="")
    if not best or fits[best] < _FREQUENT:
        raise WrongEncoding(
            f"{name} is not UTF-8 (first at line {line}), and neither GB18030 nor Big5.", "Save it as UTF-8."
        )
    return data.decode(best)


def _fit(data: bytes, encoding: str) -> float:
    """Share of the characters outside ASCII that are frequent ones of the encoding; 0 where it cannot be decoded."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return 0.0
    outside = Counter(islice((sign for sign in text if not sign.isascii()), _SAMPLE))
    if not outside:
        return 0.0
    frequent = _frequent_gb if encoding == "gb18030" else _frequent_big5
    return sum(times for sign, times in outside.items() if frequent(sign.encode(encoding))) / sum(outside.values())


def _frequent_gb(code: bytes) -> bool:
    """Signs and the first level of GB 2312: 3,755 characters."""
    return len(code) == 2 and (code[0] in range(0xA1, 0xA4) or code[0] in range(0xB0, 0xD8)) and code[1] >= 0xA1


def _frequent_big5(code: bytes) -> bool:
    """Signs and the first level of Big5: 5,401 characters."""
    return len(code) == 2 and code[0] in range(0xA1, 0xC7)

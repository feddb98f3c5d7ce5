"""Which encoding a text is in: byte-order mark, UTF-16 by its zeros, UTF-8, then GB18030 or Big5, else Latin-1."""

from __future__ import annotations

import codecs

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
          (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
# The most frequent characters of each script: what a text decoded rightly is full of.
_SIMPLIFIED = frozenset("的一是不了在人有我他这中大来上个国患者病院医诊疗查诉为无血压发现日年月住出生电话号入后时于及")
_TRADITIONAL = frozenset("的一是不了在人有我他這中大來上個國患者病院醫診療查訴為無血壓發現日年月住出生電話號入後時於及")
_CONTROL = frozenset(range(32)) - {7, 8, 9, 10, 12, 13, 27}
_MOST_CONTROL = 0.02


def encoding_of(head: bytes) -> str | None:
    """Name of the encoding of a text by its first bytes, or None where they are no text."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if not head:
        return "utf-8"
    zeros = head.count(0)
    if zeros * 4 >= len(head) and len(head) >= 4:
        odd, even = head[1::2].count(0), head[::2].count(0)
        if max(odd, even) * 10 >= 9 * zeros:
            return "utf-16-le" if odd > even else "utf-16-be"
        return None
    if zeros or sum(head.count(code) for code in _CONTROL) > _MOST_CONTROL * len(head):
        return None
    if _decodes(head, "utf-8") is not None:
        return "utf-8"
    return _chinese(head) or "latin-1"


def _decodes(head: bytes, encoding: str) -> str | None:
    """The text of `head`, whose last character may be cut."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(head, final=False)
    except UnicodeDecodeError:
        return None


def _chinese(head: bytes) -> str | None:
    scores = {}
    for encoding, frequent in (("gb18030", _SIMPLIFIED), ("big5hkscs", _TRADITIONAL)):
        text = _decodes(head, encoding)
        if text is not None:
            wide = [letter for letter in text if ord(letter) > 0x2E80]
            scores[encoding] = sum(letter in frequent for letter in wide) / max(len(wide), 1)
    best = max(scores, key=lambda name: scores[name], default=None)
    return best if best and (scores[best] > 0.02 or len(scores) == 1) else None

"""One spelling of a text before anything is looked for: NFKC, plain dashes, no invisible characters, plain digits.

Full-width letters and digits, ligatures and superscripts become ASCII (NFKC); every dash becomes `-`; zero-width
characters, soft hyphens and direction marks go; six or more Chinese digits in a row become ASCII too. The place of a
hit in the text as it was is found again only when there is a hit.
"""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = {*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF, 0x00AD, 0x180E, 0x034F}
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\u2e3a\u30fc"
_DIGIT_WORDS = "零〇○Ｏ一二三四五六七八九壹贰叁肆伍陆柒捌玖貳參陸幺兩两"
_DIGIT_VALUES = "0000123456789123456789236122"
_TO_DIGITS = {ord(word): value for word, value in zip(_DIGIT_WORDS, _DIGIT_VALUES, strict=True)}
_SPOKEN = re.compile(f"[{_DIGIT_WORDS}](?:[ -]?[{_DIGIT_WORDS}]){{5,}}")


class _Table(dict[int, str]):
    """What each character becomes; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if code in _INVISIBLE:
            plain = ""
        elif character in _DASHES:
            plain = "-"
        elif unicodedata.category(character) == "Nd":
            plain = str(unicodedata.decimal(character))
        elif unicodedata.category(character) == "Zs":
            plain = " "
        else:
            plain = unicodedata.normalize("NFKC", character)
        self[code] = plain
        return plain


_TABLE = _Table()


def plain(text: str) -> str:
    """`text` in its one spelling."""
    if text.isascii():
        return text
    changed = text.translate(_TABLE)
    return _SPOKEN.sub(lambda run: run[0].translate(_TO_DIGITS), changed)


def place_in(text: str, offset: int) -> int:
    """The offset in `text` of the character that stands at `offset` in `plain(text)`."""
    if text.isascii():
        return offset
    reached = 0
    for here, character in enumerate(text):
        if reached > offset:
            return here - 1
        width = len(_TABLE[ord(character)])
        if reached == offset and width:
            return here
        reached += width
    return len(text)


def is_cjk(character: str) -> bool:
    """True for a Chinese character of the common planes."""
    code = ord(character)
    return 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0x20000 <= code <= 0x323AF

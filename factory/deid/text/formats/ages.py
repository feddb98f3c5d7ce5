"""Ages over 89, 45 CFR 164.514(b)(2)(i)(C): figures and words, English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator

from factory.deid.text.formats.hit import Hit
from factory.deid.text.spans import PhiClass

_OVER = re.compile(r"(?:9\d|1[0-3]\d)(?!\d)")
_BEFORE = re.compile(
    r"(?:\b(?:[Aa]ged?|AGED?|[Aa]ge of|[Aa]ge is)[ :=]{0,2}|(?:年龄|享年|现年|周岁|虚岁)[ :为是约]{0,3})$"
)
_AFTER = re.compile(r"[ -]?(?:y/?o\b|Y/?O\b|y\.o\.|[Yy](?:ea)?rs?\b|y\b|周?岁|[MF]\b|(?:fe)?male\b|[余多]岁)")
_UNIT_AFTER = re.compile(r"[.%]|\ ?(?:kg|mg|cm|mm[Hh]g)")
_WORDS = re.compile(
    r"(?:[Nn]inety|[Oo]ne hundred|[Aa] hundred)(?:[ -](?:and )?(?:one|two|three|four|five|six|seven|eight|nine|ten))?"
    r"(?=[ -](?:years?|yrs?)[ -])|(?:九十|百零?|一百零?)[一二三四五六七八九]?(?=[ 余多]?岁)"
)


def find(text: str) -> Iterator[Hit]:
    """Ages over 89 of a folded text: the figure, not the words around it."""
    for match in _OVER.finditer(text):
        start, end = match.span()
        if start and (
            text[start - 1] in "./"
            or text[start - 1].isdigit()
            or (text[max(0, start - 2) : start - 1].isdigit() and text[start - 1] == ",")
        ):
            continue
        if _AFTER.match(text, end) or (
            _BEFORE.search(text, max(0, start - 12), start) and not _UNIT_AFTER.match(text, end)
        ):
            yield Hit(start, end, PhiClass.AGE, 0.9)
    for match in _WORDS.finditer(text):
        yield Hit(match.start(), match.end(), PhiClass.AGE, 0.8)

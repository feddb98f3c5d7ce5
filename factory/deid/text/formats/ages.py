"""Ages over 89, 45 CFR 164.514(b)(2)(i)(C): figures and words, English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator

from factory.deid.text.formats.hit import Hit
from factory.deid.text.hints import holds_any
from factory.deid.text.spans import PhiClass

_OVER = re.compile(r"(?:9\d|1[0-3]\d)(?!\d)")
_BEFORE = re.compile(
    r"(?:\b(?:[Aa]ged?|AGED?|[Aa]ge of|[Aa]ge is|"
    r"(?:[Hh]e|[Ss]he|[Pp]t|[Pp]atient|who) (?:is|was|turned|turns)|turned|turning)[ :=]{1,2}|"
    r"(?:年龄|享年|现年|周岁|虚岁|年逾|年近)[ :为是约]{0,3})$"
)
_AFTER = re.compile(
    r"[ -]?(?:y/?o\b|Y/?O\b|y\.o\.|[Yy](?:ea)?rs?\b|y\b|周?岁|/?[MF]\b|/?[男女]|th birthday|(?:fe)?male\b|[余多]岁)"
)
_UNIT_AFTER = re.compile(r"\.\d|/\d|%|\ ?(?:kg|mg|cm|mm[Hh]g)")
_WORDS = re.compile(
    r"(?:[Nn]inety|[Oo]ne hundred|[Aa] hundred)(?:[ -](?:and )?(?:one|two|three|four|five|six|seven|eight|nine|ten))?"
    r"(?=[ -](?:years?|yrs?)[ -])|(?<=turned )ninety(?:-[a-z]+)?|(?:(?:early|mid|late)[ -])?nineties(?! percent)"
    r"|[Nn]onagenarian|[Cc]entenarian|(?:九十|百零?|一百零?)[一二三四五六七八九]?(?=[ 余多]?岁)"
    r"|(?<=[岁逾近])九十[一二三四五六七八九]?|九旬"
)
# A year of birth that shows an age over 89. Nobody born since was that old when this was written: it only grows safer.
_BORN = re.compile(
    r"(?:[Bb]orn|DOB|[Dd]ob|D\.O\.B\.?)(?: in| on| around| c\.)?(?: the \w+ of)?[ :]{1,2}(1[89]\d\d)(?!\d)"
    r"|(?:生于|出生于|出生)[ :]?(1[89]\d\d)(?=年)|(1[89]\d\d)(?=年(?:出)?生)"
)
_BORN_BEFORE = 1937
_WORD_HINTS = ("inet", "enarian", "undred", "九十", "百", "九旬")
_BORN_HINTS = ("orn", "DOB", "dob", "Dob", "D.O.B", "生")


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
    for match in _WORDS.finditer(text) if holds_any(text, _WORD_HINTS) else ():
        yield Hit(match.start(), match.end(), PhiClass.AGE, 0.8)
    for match in _BORN.finditer(text) if holds_any(text, _BORN_HINTS) else ():
        group = match.lastindex or 1
        if int(match[group]) < _BORN_BEFORE:
            yield Hit(match.start(group), match.end(group), PhiClass.AGE, 0.8)

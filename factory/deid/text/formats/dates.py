"""Elements of dates finer than a year, 45 CFR 164.514(b)(2)(i)(C), in the notations of notes.

Figures in any order, months by name in five languages, Chinese numerals, years of the Republic, compact forms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from factory.deid.text.formats.hit import Hit
from factory.deid.text.hints import holds_any
from factory.deid.text.spans import PhiClass
from factory.deid.text.tokens import Mark, Token

_CLOCK = r"(?:[T ,]{1,2}\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:\ ?[AaPp]\.?[Mm]\b)?Z?)?"
# Each begins with a bare digit, so that the engine leaps from digit to digit; the lookbehind after it says that
# neither a digit nor a letter stands before.
_START = r"[0-9](?<![0-9A-Za-z][0-9])"
_NUMERIC = re.compile(
    rf"""{_START}(?:
      \d{{3}}(?P<a>\ ?[-/.]\ ?)\d{{1,2}}(?P=a)\d{{1,2}}{_CLOCK}(?!\d)
    | \d?(?P<b>\ ?[-/.]\ ?)\d{{1,2}}(?P=b)(?:\d{{4}}|\d{{2}})(?![\d]|[-/.]\d){_CLOCK}
    | \d{{7}}(?:T?\d{{4,6}})?(?![\dA-Za-z])
    | \d?[-/]\d{{4}}(?![\d]|[-/.]\d)
    )""",
    re.VERBOSE,
)
_MONTHS = r"""(?:
      jan(?:uary|vier|uar)?|feb(?:ruary|ruar)?|f[eé]vrier|mar(?:ch|s|zo|[cç]o)?|märz|apr(?:il|ile)?|avril|abril
    | may|mai|maggio|mayo|jun[ei]?|juin|junio|giugno|jul[yi]?|juillet|julio|luglio|aug(?:ust)?|ao[uû]t|agosto
    | sept?(?:ember|embre)?|set(?:tembre|embro)|septiembre|oct(?:ober|obre|ubre)?|okt(?:ober)?|ottobre|outubro
    | nov(?:ember|embre|iembre)?|dec(?:ember)?|dez(?:ember|embro)?|dic(?:iembre|embre)?|d[eé]cembre
    | enero|febrero|gennaio|febbraio|janeiro|fevereiro
    )"""
_YEAR = (
    r"(?:'\d{2}\b|(?:18|19|20)\d{2}\b|\d{2}\b(?!\s*(?:mg|ml|mcg|kg|%|units?|tabs?|hours?|days?|weeks?|months?|years?)))"
)
# Months are looked for among the words, and where letters stand between digits: 30NOV2006.
_BETWEEN_DIGITS = re.compile(r"\d(?=[A-Za-z]{3,9}\.?\d)")
_MONTH = re.compile(rf"{_MONTHS}(?![a-zé])\.?", re.VERBOSE | re.IGNORECASE)
_DAY_BEFORE = re.compile(
    r"(?:(?P<the>[Tt]he\ )?(?<![0-9A-Za-z])\d{1,2}(?:st|nd|rd|th)(?:\ of)?|(?<![0-9A-Za-z])\d{1,2})"
    r"(?:\ ?[-./,]\ ?|\ ?\.?\ ?(?:of\ |de\ |d['e]\ ?)?)$",
    re.IGNORECASE,
)
_YEAR_AFTER = re.compile(rf"[ ,./-]{{0,2}}(?:of\ |de\ |del\ )?{_YEAR}{_CLOCK}", re.IGNORECASE)
_DAY_AFTER = re.compile(
    rf"[ -]?(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?![\d%/]|[:.]\d)(?:,?[ -]{{0,2}}{_YEAR})?{_CLOCK}|"
    rf"[ ,./-]{{0,2}}(?:of |de )?(?:'\d{{2}}\b|(?:19|20)\d{{2}}\b){_CLOCK}",
    re.IGNORECASE,
)
_BEFORE_SIGN, _AFTER_SIGN = 10, 26  # characters of a Chinese date around its year or month sign, what follows included
_WINDOW = 14  # characters before a month in which its day stands
# The words come before what must stand before them, so that the engine leaps from capital to capital.
_MONTH_ALONE = re.compile(
    r"(?:January|February|April|June|July|August|September|October|November|December)(?![a-z])"
    r"|March(?![a-z])(?:(?<=[Ii]n March)(?! (?:be|have|need|require))|(?<=[Ss]ince March)|(?<=[Ll]ast March)"
    r"|(?<=[Uu]ntil March)|(?<=[Nn]ext March))"
    r"|May(?![a-z])(?:(?<=[Ii]n May)(?! (?:be|have|need|require))|(?<=[Ss]ince May)|(?<=[Ll]ast May)"
    r"|(?<=[Uu]ntil May)|(?<=[Nn]ext May))"
)
_HOLIDAY = re.compile(
    r"Christmas(?: Eve| Day)?|New Year's (?:Eve|Day)|Thanksgiving(?: Day)?|Boxing Day|Halloween"
    r"|(?:春节|除夕|元旦|中秋节?|端午节?|国庆[节日]?|圣诞节?|清明节)(?:当天|当日|前夕)?"
)
_HOLIDAY_HINTS = ("hristmas", "New Year", "hanksg", "oxing D", "allowe")
_HOLIDAY_HINTS_ZH = ("节", "除夕", "元旦", "国庆", "圣诞", "中秋", "端午", "清明")
_ROMAN = re.compile(
    r"\d(?<!\d\d)\d?([./ -])(?:I{1,3}|IV|VI{0,3}|IX|XI{0,2}|i{1,3}|iv|vi{0,3}|ix|xi{0,2})\1(?:\d{4}|\d{2})(?!\d)"
)
_REPUBLIC = re.compile(r"民国\ ?\d{1,3}\ ?[./-]\ ?\d{1,2}\ ?[./-]\ ?\d{1,2}")
_SHORT = re.compile(r"\d(?<!\d\d)\d?[/.]\d{1,2}(?![\d/%]|\.\d)")
_CUE = re.compile(
    r"\b(?:adm|admitted|d/c|dc|appt|due|born|dob|next|tues|mon|wed|thurs?|fri|sat|sun|on|since|from|until|till|dated?|seen|to|thru|through|by)\s+$",
    re.IGNORECASE,
)
_ZH_NUMBER = r"(?:\d{1,2}|[一二三四五六七八九十廿卅]{1,3})"
_ZH_DAY = rf"(?:\ ?{_ZH_NUMBER}\ ?[日号](?!床|楼|房|室|院|管|线)(?:\ ?[上下]午)?)"
_ZH_FULL = re.compile(
    rf"""(?:(?:民国|公元|西元)\ ?)?(?:\d{{2,4}}|[〇零○一二三四五六七八九十]{{2,4}}|[今去前明本当]
    |(?<=国)(?:\d{{1,3}}|元|[一二三四五六七八九十]{{1,3}}))\ ?年\ ?
    (?:农历)?{_ZH_NUMBER}\ ?月(?!龄)(?:{_ZH_DAY}|[份底初末]|[上中下]旬)?""",
    re.VERBOSE,
)
_ZH_SHORT = re.compile(rf"{_ZH_NUMBER}\ ?月(?:{_ZH_DAY}|[份底初](?![次诊])|[上中下]旬)|[本上下]月{_ZH_DAY}", re.VERBOSE)


def find(text: str, seen: Sequence[Token]) -> Iterator[Hit]:
    """Dates of a folded text, of which `seen` are the Latin words."""
    for match in _NUMERIC.finditer(text):
        found = match.group()
        if _true_date(found) or (found.isdigit() and len(found) > 8 and _true_date(found[:8])):
            yield Hit(match.start(), match.end(), PhiClass.DATE, 0.95)
    yield from _by_name(text, seen)
    for match in _SHORT.finditer(text):
        if _CUE.search(text, max(0, match.start() - 9), match.start()):
            first, second = (int(part) for part in re.split(r"[/.]", match.group()))
            if min(first, second) in range(1, 13) and max(first, second) <= 31:
                yield Hit(match.start(), match.end(), PhiClass.DATE, 0.6)
    for match in _ROMAN.finditer(text):
        yield Hit(match.start(), match.end(), PhiClass.DATE, 0.8)
    for match in _REPUBLIC.finditer(text) if "民国" in text else ():
        yield Hit(match.start(), match.end(), PhiClass.DATE, 0.95)
    if holds_any(text, _HOLIDAY_HINTS) or (not text.isascii() and holds_any(text, _HOLIDAY_HINTS_ZH)):
        for match in _HOLIDAY.finditer(text):
            yield Hit(match.start(), match.end(), PhiClass.DATE, 0.6)
    if "月" in text:
        yield from _around(_ZH_FULL, "年", text)
        yield from _around(_ZH_SHORT, "月", text)


def _around(pattern: re.Pattern[str], sign: str, text: str) -> Iterator[Hit]:
    """What the pattern finds near a sign that each of its matches holds: most of a text needs no look."""
    done = 0
    at = text.find(sign)
    while at >= 0:
        if at >= done:
            match = pattern.search(text, max(done, at - _BEFORE_SIGN), at + _AFTER_SIGN)
            if match is not None:
                done = match.end()
                yield Hit(match.start(), done, PhiClass.DATE, 0.95)
        at = text.find(sign, at + 1)


def _by_name(text: str, seen: Sequence[Token]) -> Iterator[Hit]:
    """Dates whose month is a word."""
    months = False
    starts = [start for start, _, _, marks in seen if marks & Mark.MONTH]
    for start in starts + [match.end() for match in _BETWEEN_DIGITS.finditer(text)]:
        month = _MONTH.match(text, start)
        if month is None:
            continue
        months = True
        before = _DAY_BEFORE.search(text, max(0, start - _WINDOW), start)
        if before is not None:
            year = _YEAR_AFTER.match(text, month.end())
            yield Hit(before.start(), year.end() if year else month.end(), PhiClass.DATE, 0.95)
        after = _DAY_AFTER.match(text, month.end())
        if after is not None and not month.group().startswith(("may", "mar")):
            yield Hit(start, after.end(), PhiClass.DATE, 0.9)
    if months:
        for match in _MONTH_ALONE.finditer(text):
            yield Hit(match.start(), match.end(), PhiClass.DATE, 0.7)


def _true_date(found: str) -> bool:
    """Whether figures can be a date: year first or last, month and day in either order, or YYYYMMDD."""
    parts = [int(part) for part in re.findall(r"\d+", found)][:3]
    if len(parts) == 1 and found.isdigit() and len(found) == 8:
        compact = ((found[:4], found[4:6], found[6:]), (found[4:], found[2:4], found[:2]))
        return any(_ymd(int(y), int(m), int(d)) for y, m, d in compact)
    if len(parts) == 2:
        return 1 <= parts[0] <= 12 and 1900 <= parts[1] <= 2100
    if len(parts) < 3:
        return False
    a, b, c = parts
    if a > 999:
        return _ymd(a, b, c) or _ymd(a, c, b)
    if c > 999:
        return _ymd(c, b, a) or _ymd(c, a, b)
    return any(0 < m <= 12 and 0 < d <= 31 for m, d in ((b, c), (b, a), (a, b)))


def _ymd(year: int, month: int, day: int) -> bool:
    return 1850 <= year <= 2150 and 1 <= month <= 12 and 1 <= day <= 31

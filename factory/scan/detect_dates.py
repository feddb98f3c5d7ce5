"""Class C: dates finer than a year in English and Chinese notations, and ages over 89."""

from __future__ import annotations

import re

from factory.scan.spans import Detector, How, Judge, sure, unsure, words_of

_I = re.IGNORECASE
_N = How.NUMBERS
_MONTHS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_MONTH_WORDS = words_of(
    "jan january feb february mar march apr april may jun june jul july aug august sep sept september oct october "
    "nov november dec december"
)
_YEAR = r"(?:1[89]|20)\d\d"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH = r"(?:0?[1-9]|1[0-2])"
_ZH_DIGITS = "〇零○一二三四五六七八九"
_ZH_YEAR = rf"(?:(?:1[89]|20)?\d\d|[{_ZH_DIGITS}]{{2,4}}|(?:民國|民国)\s*(?:\d{{1,3}}|[{_ZH_DIGITS}十百]{{1,5}}|元))"
_ZH_MONTH = r"(?:0?[1-9]|1[0-2]|十[一二]?|[一二三四五六七八九正元腊臘])"
_ZH_DAY = r"(?:0?[1-9]|[12]\d|3[01]|[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])"
_LUNAR_DAY = r"(?:初[一二三四五六七八九十]|十[一二三四五六七八九]|廿[一二三四五六七八九]?|二十|三十)"
_MEASURED = re.compile(r"\s*(?:mg|mcg|g|ml|mL|kg|mmol|units?|patients?|days?|weeks?|hours?|times|tablets?|doses?|%)\b")
_OVER = r"(?!\s*(?:\+|or\s+(?:over|older|above|more)|and\s+(?:over|older|above)|及以上|或以上|以上|及以後|及以后))"


def _month_name(month: str) -> Judge:
    """`may` and `mar` are words and beginnings of words: small letters count only where a year follows."""

    def judge(match: re.Match[str]) -> bool | None:
        name = match[month]
        if name[0].islower() and not re.search(r"\d{4}$|'\d\d$|\d[a-z]{3}\d", match[0]):
            return None if name.casefold() in ("may", "mar", "march", "sep", "dec", "jan", "oct", "nov") else False
        if _MEASURED.match(match.string, match.end()) and not re.search(r"\d{4}", match[0]):
            return None
        return True

    return judge


def _day_month(match: re.Match[str]) -> bool | None:
    """Two numbers up to 31, one up to 12, and a year; dotted ones with two-digit years want two digits each."""
    first, second, year = match["a"], match["b"], match["y"]
    if min(int(first), int(second)) > 12 or not (1 <= int(first) <= 31 and 1 <= int(second) <= 31):
        return None
    if len(year) == 2 and match["s"] == "." and not (len(first) == len(second) == 2):
        return None
    return len(year) == 4 or match["s"] == "/"


def _age(match: re.Match[str]) -> bool | None:
    return True if 90 <= int(match["n"]) <= 130 else None


def _numeric() -> list[Detector]:
    free, end = r"(?<![\d./-])", r"(?![\d]|[./-]\d)"
    return [
        Detector(
            "date",
            "C",
            re.compile(rf"(?<!\d)(?<!\d[./-]){_YEAR}(?P<s>\s?[-/.]\s?|\s){_MONTH}(?P=s){_DAY}(?!\d)"),
            digits=5,
            how=_N,
        ),
        Detector(
            "date",
            "C",
            re.compile(rf"{free}(?P<a>\d\d?)(?P<s>\s?[-/.]\s?)(?P<b>\d\d?)(?P=s)(?P<y>{_YEAR}|\d\d){end}"),
            _day_month,
            digits=4,
            how=_N,
        ),
        Detector(
            "date",
            "C",
            re.compile(r"(?<![\d./-])\d\d(?P<s>[-/.])(?:0[1-9]|1[0-2])(?P=s)(?:0[1-9]|[12]\d|3[01])(?!\d|[./-]\d)"),
            unsure,
            digits=6,
            how=_N,
        ),
        Detector("month", "C", re.compile(rf"(?<![\d./-]){_YEAR}[-/](?:0[1-9]|1[0-2]){end}"), digits=6, how=_N),
        Detector("month", "C", re.compile(rf"(?<![\d./-])(?:0?[1-9]|1[0-2])/{_YEAR}{end}"), digits=5, how=_N),
        Detector(
            "compact date",
            "C",
            re.compile(
                rf"(?<!\d)(?<!\d\.){_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|"
                rf"3[01])(?:[T _-]?[0-2]\d[0-5]\d(?:[0-5]\d)?)?(?![\d])"
            ),
            digits=8,
            how=_N,
        ),
        Detector(
            "date with a label",
            "C",
            re.compile(
                r"(?:d\.?o\.?b\.?|born|birth ?date|date of (?:birth|death)|生日|出生(?:日期)?|生於|生于)\D{0,8}"
                r"(?P<hit>\d{6}|\d{8}|\d\d?[-/. ]\d\d?[-/. ]\d{2,4})(?!\d)",
                _I,
            ),
            words=words_of("dob d born birth birthdate date"),
            chars=frozenset("生出"),
            digits=4,
            how=How.AT_CUE,
        ),
        Detector("week", "C", re.compile(rf"(?<!\d){_YEAR}-?W[0-5]\d(?:-?[1-7])?(?!\d)"), digits=6, how=_N),
        Detector(
            "quarter",
            "C",
            re.compile(rf"(?<!\d){_YEAR}[ -]?Q[1-4](?!\d)|\bQ[1-4][ /-]?{_YEAR}(?!\d)"),
            chars=frozenset("Q"),
            digits=5,
        ),
    ]


def _english() -> list[Detector]:
    after = rf"(?:(?:\s*,?\s*|[-/.'’]\s?)(?:{_YEAR}|'?\d\d)(?![\d:.]\d|\d))?"
    ordinal = r"(?:st|nd|rd|th)?"
    return [
        Detector(
            "date in words",
            "C",
            re.compile(rf"(?<![\d.]){_DAY}{ordinal}(?:\s+of)?[\s./,-]*(?<![a-z])(?P<m>{_MONTHS})(?![a-z]){after}", _I),
            _month_name("m"),
            words=_MONTH_WORDS,
            digits=1,
        ),
        Detector(
            "date in words",
            "C",
            re.compile(rf"(?<![a-z])(?P<m>{_MONTHS})\.?[\s-]*{_DAY}{ordinal}(?![\d.:]\d|\d|/){after}", _I),
            _month_name("m"),
            words=_MONTH_WORDS,
            digits=1,
            how=How.AT_CUE,
        ),
        Detector(
            "month in words",
            "C",
            re.compile(rf"(?<![a-z])(?P<m>{_MONTHS})\.?(?:\s+of)?[\s,'’-]*{_YEAR}(?!\d)", _I),
            words=_MONTH_WORDS,
            digits=4,
            how=How.AT_CUE,
        ),
        Detector(
            "month in words",
            "C",
            re.compile(
                r"\b(?:[Ii]n|[Ss]ince|[Dd]uring|[Ll]ast|[Nn]ext|[Uu]ntil|[Ee]arly|[Ll]ate|[Mm]id|[Tt]his)[ -]"
                r"(?P<hit>January|February|March|April|May|June|July|August|September|October|November|December)\b"
            ),
            words=_MONTH_WORDS,
        ),
        Detector(
            "age over 89",
            "C",
            re.compile(
                r"(?<![\d.])(?P<n>9\d|1[0-3]\d)\s?(?:-|\s)?(?:years?|yrs?|y)\b[\s-]*(?:old|of age|/?\s?o\b)?" + _OVER,
                _I,
            ),
            _age,
            words=words_of("year years yr yrs y yo o old"),
            digits=2,
        ),
        Detector(
            "age over 89",
            "C",
            re.compile(r"(?<![\d.])(?P<n>9\d|1[0-3]\d)\s?y/?o?\b" + _OVER, _I),
            _age,
            digits=2,
            words=words_of("y yo o"),
        ),
        Detector(
            "age over 89",
            "C",
            re.compile(r"\bage[ds]?\b\s*[:=]?\s*(?P<n>9\d|1[0-3]\d)(?![\d.%+-])" + _OVER, _I),
            _age,
            words=words_of("age aged ages"),
            digits=2,
            how=How.AT_CUE,
        ),
        Detector(
            "age over 89",
            "C",
            re.compile(
                r"\b(?P<hit>(?:ninety|hundred(?: and)?)(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?)"
                r"[- ]years?\b" + _OVER,
                _I,
            ),
            words=words_of("ninety hundred"),
        ),
    ]


def _chinese() -> list[Detector]:
    return [
        Detector(
            "Chinese date",
            "C",
            re.compile(rf"{_ZH_YEAR}\s*年\s*{_ZH_MONTH}\s*月(?:\s*(?:{_LUNAR_DAY}|{_ZH_DAY})\s*[日号號]?)?"),
            chars=frozenset("月"),
        ),
        Detector(
            "Chinese date",
            "C",
            re.compile(rf"(?<![\d十]){_ZH_MONTH}\s*月\s*(?:{_ZH_DAY}\s*[日号號]|{_LUNAR_DAY})"),
            chars=frozenset("月"),
        ),
        Detector(
            "Chinese month",
            "C",
            re.compile(
                rf"(?:(?<![\d十个個])(?:0?[1-9]|1[0-2]|十[一二]?|[一二三四五六七八九])月(?:初|中旬|上旬|下旬|"
                rf"底|末|份))|"
                rf"(?:今年|去年|前年|上年|同年|明年)\s*{_ZH_MONTH}\s*月"
            ),
            chars=frozenset("月"),
        ),
        Detector(
            "ROC date",
            "C",
            re.compile(
                r"(?:民國|民国|ROC)\s*(?P<hit>\d{2,3}(?:[./-]\d{1,2}[./-]\d{1,2}|(?:0[1-9]|1[0-2])[0-3]\d))(?!\d)"
            ),
            words=words_of("roc"),
            chars=frozenset("民"),
            digits=4,
        ),
        Detector("quarter", "C", re.compile(rf"{_ZH_YEAR}\s*年?\s*第?[一二三四1-4]\s*季度?"), chars=frozenset("季")),
        Detector(
            "age over 89",
            "C",
            re.compile(r"(?<![\d.])(?P<n>9\d|1[0-3]\d)\s*(?:周岁|週歲|歲|岁)" + _OVER),
            _age,
            chars=frozenset("岁歲"),
        ),
        Detector(
            "age over 89",
            "C",
            re.compile(r"(?:年龄|年齡|享年|现年|現年)\D{0,3}(?P<n>9\d|1[0-3]\d)(?![\d.])" + _OVER),
            _age,
            chars=frozenset("年"),
            digits=2,
        ),
        Detector(
            "age over 89",
            "C",
            re.compile(
                r"(?:九十[一二三四五六七八九]?|百[零〇]?[一二三四五六七八九]?)\s*(?:周岁|週歲|"
                r"有?[一二三四五六七八九]?(?:歲|岁))" + _OVER
            ),
            sure,
            chars=frozenset("岁歲"),
        ),
    ]


DETECTORS: tuple[Detector, ...] = (*_numeric(), *_english(), *_chinese())

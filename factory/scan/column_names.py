"""What a column's name says of its values: addresses, names, ages, months, years of birth, ZIP codes."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from factory.scan.lexicon import is_romanised, words, zh_surnames

_I = re.IGNORECASE
_NAMES = re.compile(
    r"\b(?:patient|first|last|full|given|family|middle|maiden|kin|mother|father|spouse|doctor|physician|"
    r"attending|provider|"
    r"contact|nurse|guardian|employer|employee|sur|fore)\s?names?\b|^names?(?: (?:en|zh|cn|eng|chi))?$|"
    r"surname|forename|姓名|名字",
    _I,
)
_PLACES = re.compile(
    r"\b(?:address|addr|street|city|town|county|district|village|suburb|borough|parish|neighbou?rhood|estate|"
    r"precinct|"
    r"geocode|census tract|latitude|longitude|lat|lon|lng)\b|地址|住址|籍贯|籍貫|城市|区县|區縣|街道|屋苑|县$|縣$",
    _I,
)
_ZIP = re.compile(r"\bzip ?(?:code)?\d?\b|\bpost(?:al)? ?code\b|\bpostcode\b|邮编|郵編|邮政编码", _I)
_AGE = re.compile(r"\bage\b|\bages\b|年龄|年齡|岁数", _I)
_NOT_YEARS = re.compile(r"\b(?:days?|months?|weeks?|hours?|band count|stage)\b|月龄|天", _I)
_BIRTH = re.compile(r"\b(?:birth|born|dob|yob)\b|出生|生日", _I)
_MONTH = re.compile(r"\b(?:month|mon|mm|week|wk|quarter|day of year|doy|yday|weekday|day of month)\b|月份|月$|季度", _I)
_SPAN_OF_TIME = re.compile(
    r"\b(?:num|number|n|count|los|duration|since|until|per|follow|months?_to|time|in|weeks?|months)\b|时长", _I
)
_PHONES = re.compile(r"\b(?:phone|mobile|tel|telephone|cell)\b|电话|電話|手机|手機", _I)
_BAND = re.compile(r"^\D{0,2}(\d{1,3})(?:\D+(\d{1,3})\D{0,2})?$")
_OPEN = re.compile(r"\+|以上|over|older|and above|>=|≥|>", _I)
_OLDEST = 90
_EMPTY = frozenset(
    {"", "unknown", "other", "none", "na", "n/a", "null", "?", "-", "000", "00000", "redacted", "removed"}
)

Judged = tuple[str, str, bool]


@dataclass(frozen=True)
class Cues:
    """Which of the rules of this module a column's name calls for."""

    name: bool = False
    place: bool = False
    zip_code: bool = False
    age: bool = False
    birth: bool = False
    month: bool = False
    phone: bool = False

    def judge(self, value: str | int | float, restricted: frozenset[str]) -> Iterator[Judged]:
        """Class, detector and confidence of a value, by the name of its column; `restricted` are ZIP3 areas."""
        text = str(value).strip()
        if text.casefold() in _EMPTY or isinstance(value, bool):
            return
        if self.zip_code:
            yield from _zip(text, isinstance(value, str), restricted)
        elif self.place and not _is_large_area(text):
            yield "B", "column of places", True
        if self.name and _is_name(text):
            yield "A", "column of names", True
        if self.age:
            yield from _age(text)
        if self.month and (text.isdecimal() or text.isalpha()) and not self.birth:
            yield "C", "column of months", True
        if self.phone and sum(letter.isdigit() for letter in text) >= 6:
            yield "D", "column of phones", True


@functools.cache
def cues_of(name: str, tabular: bool) -> Cues:
    """The rules for a column called `name` (words parted by blanks); documents have fields, which say less."""
    if not tabular:
        return Cues(zip_code=bool(_ZIP.search(name)))
    age = bool(_AGE.search(name)) and not _NOT_YEARS.search(name)
    month = bool(_MONTH.search(name)) and not _SPAN_OF_TIME.search(name)
    return Cues(
        name=bool(_NAMES.search(name)), place=bool(_PLACES.search(name)), zip_code=bool(_ZIP.search(name)), age=age,
        birth=bool(_BIRTH.search(name)), month=month, phone=bool(_PHONES.search(name)),
    )  # fmt: skip


def is_birth_year(words: str) -> bool:
    """True where a column is called after births."""
    return bool(_BIRTH.search(words))


def is_age(words: str) -> bool:
    """True where a column is called after ages in years."""
    return bool(_AGE.search(words)) and not _NOT_YEARS.search(words)


def _is_large_area(text: str) -> bool:
    """States, provinces, special administrative regions and countries may stay."""
    return text.casefold() in words("large_areas")


def _is_name(text: str) -> bool:
    cjk = text.replace(" ", "").replace("·", "")
    one, two = zh_surnames()
    if 2 <= len(cjk) <= 4 and (cjk[0] in one or cjk[:2] in two):
        return True
    tokens = re.findall(r"[A-Za-z]+(?:['’-][A-Za-z]+)*", text)
    if not 1 <= len(tokens) <= 5 or any(letter.isdigit() for letter in text):
        return False
    known = words("surnames_en") | words("given_en")
    return any(token.casefold() in known or is_romanised(token.casefold()) for token in tokens)


def _zip(text: str, written: bool, restricted: frozenset[str]) -> Iterator[Judged]:
    digits = "".join(letter for letter in text if letter.isdigit())
    if text.isdecimal() and len(text) <= 3:
        if (text if written and len(text) == 3 else text.zfill(3)) in restricted:
            yield "B", "restricted or unknown ZIP3", True
    elif re.fullmatch(r"\d{3}(?:\*\*|XX|xx|00)?", text):
        if text[:3] in restricted:
            yield "B", "restricted or unknown ZIP3", True
        elif text.endswith("00") and len(text) == 5:
            yield "B", "ZIP longer than 3", False
    elif len(digits) >= 4 or any(letter.isalpha() for letter in text):
        yield "B", "ZIP longer than 3", True


def _age(text: str) -> Iterator[Judged]:
    if _OPEN.search(text):
        first = re.search(r"\d+", text)
        if first and int(first[0]) > _OLDEST:
            yield "C", "age over 89", True
        return
    number = re.fullmatch(r"(\d{1,3})(?:\.\d+)?", text)
    band = _BAND.match(text)
    if (number and int(number[1]) >= _OLDEST and int(number[1]) <= 130) or (
        band and band[2] and int(band[2]) > _OLDEST and int(band[2]) <= 130
    ):
        yield "C", "age over 89", True

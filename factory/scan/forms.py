"""The spellings under which a source value is looked for, and which values say too little to be looked for.

| kind | spellings (letters, digits and Chinese characters only; folded) |
|---|---|
| number or code | as it is; digits alone; without `SN-`; an HKID without check digit; a phone without +852, +86 |
| name | words in every order (up to four); Chinese, and in pinyin |
| address | every six neighbouring tokens that hold a number |
| e-mail | whole; with `at` and `dot`; the part before `@` where it holds a digit |
| date of birth | year first, day first and month first, with and without zeros, English and Chinese months |

**What is too short to count.** Digits alone count from seven on; letters and digits together from six on, four of
them digits, or from eight on with one digit. A Latin name of several words counts from five letters on, written
apart, and from eight letters on, run together; a one-word Latin name counts from six letters on. A Chinese name of
three characters or more counts anywhere, one of two only where no Chinese character touches it. Parts of values
(the last four digits, a given name alone) are not looked for here: the canary measures those.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from factory.contract import IdentifierClass
from factory.scan.normal import is_cjk, plain
from factory.scan.windows import compact as together
from factory.scan.windows import spaced, tokens

_FEWEST_DIGITS, _FEWEST_MIXED, _FEWEST_IN_MIXED = 7, 6, 4
_FEWEST_LETTERS, _FEWEST_IN_ONE_WORD, FEWEST_RUN_TOGETHER = 5, 6, 8
_SHINGLE, _SHINGLE_LENGTH = 6, 8
_MOST_WORDS = 4
_NO_DIGIT = re.compile(r"[^0-9]+")  # of folded text, in which every digit is one of these
_HKID = re.compile(r"^[a-z]{1,2}\d{6}[\da]$")
_MONTHS = (
    [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ],
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
)


def compact(text: str) -> str:
    """Letters, digits and Chinese characters of `text`, folded."""
    return together(plain(text))


def forms(value: str, kind: IdentifierClass) -> set[str]:
    """Spellings of a source value of the class `kind`; empty where it says too little."""
    match kind:
        case IdentifierClass.NAME:
            return set(_names(value))
        case IdentifierClass.ADDRESS:
            return set(_address(value))
        case IdentifierClass.EMAIL | IdentifierClass.URL:
            local, _, domain = value.partition("@")
            said = {f"{local}at{domain}", f"{local}at{domain.replace('.', 'dot')}"} if domain else set()
            local = compact(local)
            found = {compact(value), *map(compact, said)} | (
                {local} if any(c.isdigit() for c in local) and len(local) >= 8 else set()
            )
            return {form for form in found if len(form) >= FEWEST_RUN_TOGETHER}
        case _:
            return {form for form in _codes(value) if tells_enough(form)}


def tells_enough(form: str) -> bool:
    """The least a number or code must hold; see the docstring of this module."""
    digits = len(_NO_DIGIT.sub("", form))
    if digits == len(form):
        return digits >= _FEWEST_DIGITS
    if digits and len(form) >= FEWEST_RUN_TOGETHER:
        return True
    return len(form) >= _FEWEST_MIXED and digits >= _FEWEST_IN_MIXED


def _codes(value: str) -> Iterator[str]:
    whole = compact(value)
    digits = _NO_DIGIT.sub("", whole)
    yield whole
    # Serials of letters and few digits are not what their digits say.
    if len(digits) * 2 > len(whole):
        yield digits
    if value.lstrip().startswith("+"):
        yield f"00{digits}"
    if _HKID.match(whole):
        yield whole[:-1]
    for prefix in ("852", "0086", "86", "00852"):
        if digits.startswith(prefix) and len(digits) - len(prefix) in (8, 11):
            yield digits.removeprefix(prefix)
    head, dash, tail = plain(value).partition("-")
    if dash and head.isalpha() and len(compact(tail)) >= FEWEST_RUN_TOGETHER:
        yield compact(tail)


def _names(value: str) -> Iterator[str]:
    whole = compact(value)
    if not whole.isascii() and any(is_cjk(letter) for letter in whole):
        chinese = "".join(letter for letter in whole if is_cjk(letter))
        if len(chinese) > 1:
            yield chinese
            syllables = _pinyin(chinese)
            if len("".join(syllables)) >= _FEWEST_LETTERS:
                yield "".join(syllables)
                yield "".join([*syllables[1:], syllables[0]])
        return
    parts = spaced(plain(value)).split()
    if len(parts) == 1:
        if len(whole) >= _FEWEST_IN_ONE_WORD:
            yield whole
    elif len(whole) >= _FEWEST_LETTERS:
        orders = itertools.permutations(parts) if len(parts) <= _MOST_WORDS else [tuple(parts)]
        yield from ("".join(order) for order in orders)


def _pinyin(chinese: str) -> list[str]:
    """Mandarin syllables of a Chinese name, where pypinyin is installed; else none."""
    try:
        from pypinyin import lazy_pinyin
    except ImportError:
        return []
    return [syllable.casefold() for syllable in lazy_pinyin(chinese)]


def _address(value: str) -> Iterator[str]:
    found = tokens(plain(value), joined=False)
    count = len(found.starts)
    size = min(_SHINGLE, count)
    if not size:
        return
    for first in range(count - size + 1):
        form = found.word(int(found.starts[first]), int(found.ends[first + size - 1]))
        chinese = not form.isascii() and any(is_cjk(letter) for letter in form)
        long_enough = len(form) >= (_SHINGLE_LENGTH if chinese else _SHINGLE_LENGTH + 4)
        if long_enough and any(c.isdigit() for c in form) and any(c.isalpha() for c in form):
            yield form


def birth_forms(year: int, month: int, day: int) -> set[str]:
    """Spellings of a date of birth."""
    two = f"{month:02d}", f"{day:02d}"
    numeric = {f"{year}{two[0]}{two[1]}", f"{two[1]}{two[0]}{year}", f"{two[0]}{two[1]}{year}"}
    numeric |= {f"{year}{month}{day}", f"{day}{month}{year}", f"{month}{day}{year}"}
    for names in _MONTHS:
        name = names[month - 1]
        numeric |= {f"{shown}{name}{year}" for shown in (str(day), two[1])}
        numeric |= {f"{name}{shown}{year}" for shown in (str(day), two[1])}
    for shown_month, shown_day in itertools.product({str(month), two[0]}, {str(day), two[1]}):
        numeric |= {f"{year}年{shown_month}月{shown_day}"}
    return {form for form in numeric if len(form) >= _FEWEST_DIGITS}

"""Numbers and addresses of the record in the forms that notes give them: letters and digits only."""

from __future__ import annotations

import itertools
import re
from functools import lru_cache

from factory.deid.text.fold import folded, simplified, view
from factory.deid.text.spans import PhiClass

_FEWEST_DIGITS = 5
_OTHER = re.compile(r"[^0-9A-Za-z]+")
_NO_DIGIT = re.compile(r"\D+")
_PREFIX = re.compile(r"[A-Za-z]{1,4}[-: ]")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_FIGURES = re.compile(r"\d{2,}")
_LETTERS = re.compile(r"[a-z]{3,}")
_CHECK_DIGIT = re.compile(r"\(.\)\s*$")
_HAN_PAIR = re.compile(r"[\u3400-\u9fff]{2}")
_HAN = re.compile(r"[\u3400-\u9fff]")
_DIVISION = re.compile(r"(?:省|自治区|特别行政区|市|自治州|地区|区|县|旗|街道|镇|乡)")
_PART = re.compile(r"[,;\n]+")


def plain(value: str) -> str:
    """Letters and digits of a value, lower case, simplified."""
    if value.isascii():
        return _OTHER.sub("", value).lower()
    return view(folded(value)).text


def code_forms(value: str) -> set[str]:
    """A number as it is, its digits, without its check digit in brackets, and what follows its letters."""
    text = folded(value)
    whole = plain(value)
    core = plain(_CHECK_DIGIT.sub("", text)) if ")" in text else whole
    prefix = _PREFIX.match(text)
    forms = {whole, core, plain(value[prefix.end() :]) if prefix else ""}
    forms |= {_NO_DIGIT.sub("", form) for form in (whole, core)}
    made = {form for form in forms if len(form) >= 8 or len(_NO_DIGIT.sub("", form)) >= _FEWEST_DIGITS}
    return made | {whole} if _says_enough(whole) else made


def last_four(value: str) -> str:
    """The last four characters of an identity number, by which people are often called out."""
    whole = plain(value)
    return whole[-4:] if len(whole) >= 8 else ""


def phone_forms(value: str) -> set[str]:
    """Digits of a telephone number with and without its country code and trunk prefix."""
    digits = _digits(value)
    digits = digits.removeprefix("00") if digits.startswith("00") else digits
    forms = {digits}
    for country in ("852", "86", "853", "886", "1", "44"):
        if digits.startswith(country) and len(digits) - len(country) >= 8 and value.strip().startswith(("+", "00")):
            forms.add(digits[len(country) :])
    return {form for form in forms if len(form) >= 7 or (form == digits and len(form) >= 4)}


def email_forms(value: str) -> set[str]:
    """An address with '@' as nothing or as 'at', and its local part where it is long enough to be somebody's."""
    local, _, domain = value.partition("@")
    forms = {plain(local) + plain(domain), plain(local) + "at" + plain(domain)}
    if len(plain(local)) >= 6:
        forms.add(plain(local))
    return {form for form in forms if len(form) >= 6}


def address_forms(value: str) -> set[str]:
    """An address whole, from each division down, and each part between commas that says enough."""
    text = simplified(folded(value))
    forms = {plain(value)}
    if _HAN.search(text):
        cuts = [match.end() for match in _DIVISION.finditer(text)]
        forms |= {plain(text[cut:]) for cut in cuts}
        house = re.search(r"\d+(?:号|弄|巷|之\d+)", text)
        if house:
            forms |= {plain(text[cut : house.end()]) for cut in (0, *cuts) if cut < house.start()}
        return {form for form in forms if len(form) >= 4 and re.search(r"\d|[路街道村苑邨]", form)} | {plain(value)}
    if sum(map(str.isdigit, text)) >= 5 and len(text) <= 10:
        return {plain(value)}
    parts = [part.strip() for part in _PART.split(text)]
    forms |= {plain(part) for part in parts if len(part) >= 8}
    forms |= {plain(first + second) for first, second in itertools.pairwise(parts)}
    return {form for form in forms if len(form) >= 8} | ({plain(value)} if _says_enough(plain(value)) else set())


def _says_enough(form: str) -> bool:
    """Whether a form is long enough to be looked up as it is: four characters, or three with a digit among them."""
    return len(form) >= 4 or (len(form) == 3 and any(map(str.isdigit, form)))


def date_forms(value: str) -> set[str]:
    """A day of the record as figures run together, in each order, with two figures or four for the year."""
    match = _DAY.match(value)
    if match is None:
        return set()
    year, month, day = match.groups()
    orders = ((year, month, day), (day, month, year), (month, day, year))
    full = {"".join(order) for order in orders}
    bare = {f"{int(day)}{int(month)}{year}", f"{int(month)}{int(day)}{year}", f"{year}{int(month)}{int(day)}"}
    short = {f"{year[2:]}{month}{day}", f"{day}{month}{year[2:]}", f"{month}{day}{year[2:]}"}
    return {form for form in full | bare | short if len(form) >= 6}


def forms_of(kind: PhiClass, value: str) -> set[str]:
    """All forms of a value of the record that is no name."""
    match kind:
        case PhiClass.PHONE:
            return phone_forms(value)
        case PhiClass.EMAIL:
            return email_forms(value)
        case PhiClass.DATE:
            return date_forms(value)
        case PhiClass.ADDRESS:
            return address_forms(value)
        case _:
            return code_forms(value)


@lru_cache(maxsize=20_000)
def cached_forms(kind: PhiClass, value: str) -> tuple[str, ...]:
    """The forms of a value, longest first."""
    return tuple(sorted(forms_of(kind, value), key=len, reverse=True))


def keys_of(kind: PhiClass, value: str) -> tuple[str, ...]:
    """Pieces of a value of which every form holds one: cheap to look for, in letters and digits only."""
    if kind is PhiClass.PHONE:
        digits = value if value.isascii() and value.isdigit() else _digits(value)
        return (digits[-4:],) if len(digits) >= 4 else ()
    if kind is PhiClass.EMAIL:
        local = plain(value.partition("@")[0])
        return (local,) if local else ()
    if kind is PhiClass.DATE:
        month, day = value[5:7], value[8:10]
        bare = (f"{month.lstrip('0')}{day.lstrip('0')}", f"{day.lstrip('0')}{month.lstrip('0')}")
        return (month + day, day + month, *bare) if _DAY.match(value) else ()
    if kind is PhiClass.ADDRESS:
        if value.isascii():
            return tuple({*_FIGURES.findall(value), *_LETTERS.findall(value.lower())})
        text = simplified(folded(value))
        return tuple({*_FIGURES.findall(text), *_LETTERS.findall(text.lower()), *_HAN_PAIR.findall(text)})
    core = value.lower() if value.isascii() and value.isalnum() else plain(_CHECK_DIGIT.sub("", folded(value)))
    return (core[-4:],) if _says_enough(core) else ()


def _digits(value: str) -> str:
    return "".join(filter(str.isdigit, folded(value)))

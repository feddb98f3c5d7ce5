"""How the canary writes an identifier: exactly, split, full-width, reversed, spoken, in Chinese numerals, cut short."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from factory.scan.canary_people import Person

_ZH_DIGITS = "〇一二三四五六七八九"
_SPOKEN = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
# Class letter of each field a note may name.
LETTERS = {
    "name": "A",
    "kin": "A",
    "employer": "A",
    "address": "B",
    "postcode": "B",
    "birth": "C",
    "admitted": "C",
    "phone": "D",
    "home": "D",
    "kinphone": "D",
    "fax": "E",
    "email": "F",
    "id": "G",
    "mrn": "H",
    "plan": "I",
    "card": "J",
    "licence": "K",
    "plate": "L",
    "vin": "L",
    "serial": "M",
    "url": "N",
    "ip": "O",
    "wechat": "R",
}
_FIELDS = {
    "phone": "phone_mobile",
    "home": "phone_home",
    "kinphone": "kin_phone",
    "fax": "fax",
    "email": "email",
    "id": "id_number",
    "mrn": "mrn",
    "plan": "plan_number",
    "card": "card_number",
    "licence": "licence_number",
    "plate": "plate",
    "vin": "vin",
    "serial": "device_serial",
    "url": "url",
    "ip": "ip",
    "wechat": "wechat",
    "postcode": "postcode",
}


def written(person: Person, field: str, notation: str, language: str) -> str:
    """An identifier of a person in a notation; `language` is en, zh-Hans or zh-Hant. Raises: KeyError."""
    if field in ("birth", "admitted"):
        return _DATES[notation](person.birth_date if field == "birth" else person.admitted)
    if field in ("name", "kin"):
        return _named(person, field, notation, language)
    if field in ("address", "employer"):
        stem = {"en": field, "zh-Hans": f"{field}_hans", "zh-Hant": f"{field}_zh"}[language]
        value = str(getattr(person, stem))
    else:
        value = str(getattr(person, _FIELDS[field]))
    return _CODES[notation](value)


def _named(person: Person, field: str, notation: str, language: str) -> str:
    surname, given = person.surname_en.title(), person.given_en
    english, hant, hans = person.name_en, person.name_zh, person.name_hans
    if field == "kin":
        english, hant, hans = person.kin_name, person.kin_name_zh, person.kin_name_hans
        given = english.removeprefix(person.surname_en).removesuffix(person.surname_en).strip()
    chinese = (hans if language == "zh-Hans" else hant).strip()
    own = english if language == "en" else chinese
    match notation:
        case "exact":
            return own
        case "latin":
            return english
        case "pinyin":
            return f"{surname} {given}".lower()
        case "reversed":
            return f"{given} {surname}" if person.origin != "US" else f"{surname}, {given}"
        case "initials":
            return f"{''.join(f'{part[0]}.' for part in given.split())} {surname}"
        case "surname":
            return surname if language == "en" else _zh_surname(person, language)
        case "given":
            return given if language == "en" else chinese.removeprefix(_zh_surname(person, language)).strip()
        case "spaced":
            return " ".join(own) if language != "en" and person.origin != "US" else own.replace(" ", "  ")
        case "otherscript":
            return (hant if language == "zh-Hans" else hans).strip()
        case _:
            return own.upper()


def _zh_surname(person: Person, language: str) -> str:
    whole = person.name_hans if language == "zh-Hans" else person.name_zh
    if person.origin == "US":
        return person.surname_en
    return whole[:2] if len(whole) == 4 or person.surname_en in ("AU YEUNG", "SZETO", "Zhuge", "Ouyang") else whole[:1]


def _wide(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def _split(text: str) -> str:
    """Groups of four behind any letters; 6-8-4 where there are eighteen characters."""
    plain = "".join(letter for letter in text if letter.isalnum())
    if len(plain) == 18 and plain[:17].isdecimal():
        return f"{plain[:6]} {plain[6:14]} {plain[14:]}"
    head = plain.rstrip("0123456789") if plain[:1].isalpha() else ""
    tail = plain[len(head) :]
    return " ".join(part for part in (head, *(tail[at : at + 4] for at in range(0, len(tail), 4))) if part)


def _zh(text: str) -> str:
    return "".join(_ZH_DIGITS[int(letter)] if letter.isdigit() else letter for letter in _digits(text))


def _zh_number(number: int) -> str:
    tens, ones = divmod(number, 10)
    if not tens:
        return _ZH_DIGITS[ones]
    return ("" if tens == 1 else _ZH_DIGITS[tens]) + "十" + (_ZH_DIGITS[ones] if ones else "")


_CODES: dict[str, Callable[[str], str]] = {
    "exact": lambda text: text,
    "digits": _digits,
    "split": _split,
    "dots": lambda text: _split(_digits(text)).replace(" ", "."),
    "dashes": lambda text: _split(text).replace(" ", "-"),
    "fullwidth": _wide,
    "lower": str.lower,
    "nobrackets": lambda text: text.replace("(", "").replace(")", ""),
    "intl": lambda text: (
        f"+852 {_split(text)}"
        if len(_digits(text)) == 8
        else f"+86 {text}"
        if _digits(text)[0] == "1"
        else f"+1 {text}"
    ),
    "zhdigits": _zh,
    "spoken": lambda text: " ".join(_SPOKEN[int(letter)] for letter in _digits(text)),
    "last4": lambda text: _digits(text)[-4:],
    "at": lambda text: text.replace("@", " at ").replace(".", " dot "),
    "bracketat": lambda text: text.replace("@", "(at)"),
    "wideat": lambda text: text.replace("@", "＠"),
}
_DATES: dict[str, Callable[[dt.date], str]] = {
    "iso": lambda day: day.isoformat(),
    "dmy": lambda day: f"{day.day}/{day.month}/{day.year}",
    "dots": lambda day: f"{day:%d.%m.%y}",
    "words": lambda day: f"{day.day} {day:%B} {day.year}",
    "short": lambda day: f"{day:%d}{_MONTHS[day.month - 1].upper()}{day.year}",
    "us": lambda day: f"{_MONTHS[day.month - 1]} {day.day}, {day.year}",
    "compact": lambda day: f"{day:%Y%m%d}",
    "monthday": lambda day: f"{day.day} {_MONTHS[day.month - 1]}",
    "zh": lambda day: f"{day.year}年{day.month}月{day.day}日",
    "zhmonthday": lambda day: f"{day.month}月{day.day}號",
    "zhnum": lambda day: (
        f"{''.join(_ZH_DIGITS[int(d)] for d in str(day.year))}年{_zh_number(day.month)}月{_zh_number(day.day)}日"
    ),
    "roc": lambda day: f"民國{day.year - 1911}年{day.month}月{day.day}日",
    "rocdots": lambda day: f"民國{day.year - 1911}.{day.month:02d}.{day.day:02d}",
    "fullwidth": lambda day: _wide(day.isoformat()),
}

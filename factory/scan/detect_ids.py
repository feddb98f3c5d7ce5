"""Classes G, J, L, R: identity numbers, cards, vehicles and digests that are known by their shape."""

from __future__ import annotations

import re

from factory.scan.checkdigits import is_hkid, is_iban, is_luhn, is_resident_number, is_vin, may_be_ssn
from factory.scan.spans import Detector, How, sure, unsure, words_of

_I = re.IGNORECASE
_PROVINCES = "京津沪滬渝冀豫云雲辽遼黑湘皖鲁魯新苏蘇浙赣贛鄂桂甘晋晉蒙陕陝吉闽閩贵貴粤粵青藏川宁寧琼瓊使领領"
_SEPARATORS = re.compile(r"[^0-9A-Za-z]")
_FEW_DIGITS_IN_HEX = 4


def _compact(text: str) -> str:
    return _SEPARATORS.sub("", text).upper()


def _hkid(match: re.Match[str]) -> bool:
    return is_hkid(_compact(match[0]))


def _resident(match: re.Match[str]) -> bool | None:
    compact = _compact(match[0])
    month, day = int(compact[10:12]), int(compact[12:14])
    if not (1 <= month <= 12 and 1 <= day <= 31 and compact[0] in "123456789" and compact[6:8] in ("18", "19", "20")):
        return True if is_resident_number(compact) else None
    return is_resident_number(compact)


def _resident15(match: re.Match[str]) -> bool | None:
    compact = _compact(match[0])
    return False if 1 <= int(compact[8:10]) <= 12 and 1 <= int(compact[10:12]) <= 31 else None


def _ssn(match: re.Match[str]) -> bool:
    return may_be_ssn(_compact(match[0]))


def _card(match: re.Match[str]) -> bool | None:
    digits = _compact(match[0])
    if not 13 <= len(digits) <= 19 or digits[0] not in "2345689":
        return None
    if is_luhn(digits):
        return True
    return False if len(digits) == 16 and len(match[0]) > 16 else None


def _iban(match: re.Match[str]) -> bool | None:
    return True if is_iban(_compact(match[0])) else None


def _vin(match: re.Match[str]) -> bool | None:
    text = match[0].upper()
    letters = sum(letter.isalpha() for letter in text)
    if letters < 3 or len(text) - letters < 3:
        return None
    return is_vin(text)


def _hex(match: re.Match[str]) -> bool | None:
    text = match[0]
    digits = sum(letter.isdigit() for letter in text)
    if digits < _FEW_DIGITS_IN_HEX or digits == len(text):
        return None
    return len(text) >= 32


def _base64(match: re.Match[str]) -> bool | None:
    text = match[0]
    kinds = (any(c.isupper() for c in text), any(c.islower() for c in text), any(c.isdigit() for c in text))
    return False if all(kinds) and text.count("/") <= len(text) // 12 else None


DETECTORS: tuple[Detector, ...] = (
    Detector(
        "digest or hexadecimal code",
        "R",
        re.compile(r"(?<![0-9a-z])(?:0x)?[0-9a-f]{16,}(?![0-9a-z])", _I),
        _hex,
        digits=4,
        long_run=True,
    ),
    Detector(
        "UUID",
        "R",
        re.compile(r"(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])", _I),
        digits=1,
        long_run=True,
    ),
    Detector(
        "base64 code",
        "R",
        re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/_-]{22,}={0,2}(?![\w+/=-])"),
        _base64,
        digits=1,
        long_run=True,
    ),
    Detector(
        "resident identity number",
        "G",
        re.compile(r"(?<![\dA-Za-z.])[1-9]\d{5}[-\s.·]?(?:1[89]|20)\d{6}[-\s.·]?\d{3}[\dXx](?![\dA-Za-z])"),
        _resident,
        digits=17,
        how=How.NUMBERS,
    ),
    Detector(
        "resident identity number, 15 digits",
        "G",
        re.compile(r"(?<![\dA-Za-z.])[1-8]\d{5}[-\s]?\d{6}[-\s]?\d{3}(?![\dA-Za-z.])"),
        _resident15,
        digits=15,
        how=How.NUMBERS,
    ),
    Detector(
        "HKID",
        "G",
        re.compile(r"(?<![A-Za-z0-9])[A-Z]{1,2}[-\s]?\d{3}[-\s]?\d{3}\s?[(\[{]\s?[0-9A]\s?[)\]}]", _I),
        _hkid,
        digits=6,
        how=How.NUMBERS,
    ),
    Detector(
        "HKID without brackets",
        "G",
        re.compile(r"(?<![A-Za-z0-9])[A-Z]{1,2}[-\s]?\d{3}\s?\d{3}\s?[-/]?\s?[0-9A](?![A-Za-z0-9]|\.\d)", _I),
        lambda match: True if _hkid(match) else None,
        digits=6,
        how=How.NUMBERS,
    ),
    Detector("SSN", "G", re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])"), _ssn, digits=9, how=How.NUMBERS),
    Detector(
        "SSN",
        "G",
        re.compile(r"\b(?:ssn\b|social security)\D{0,15}(?P<hit>\d{3}[- ]?\d{2}[- ]?\d{4})(?!\d)", _I),
        words=words_of("ssn social"),
        digits=9,
        how=How.AT_CUE,
    ),
    Detector(
        "home return permit",
        "G",
        re.compile(r"(?<![A-Za-z0-9])[HM]\d{8}(?:\d{2})?(?![A-Za-z0-9])", _I),
        unsure,
        digits=8,
        how=How.NUMBERS,
    ),
    Detector(
        "passport",
        "G",
        re.compile(r"(?<![A-Za-z0-9])(?:[EGDSPK][A-HJ-NP-Z]?|[HK][A-Z]?)\d{7,8}(?![A-Za-z0-9])"),
        unsure,
        digits=7,
        how=How.NUMBERS,
    ),
    Detector(
        "Taiwan identity number",
        "G",
        re.compile(r"(?<![A-Za-z0-9])[A-Z][1289]\d{8}(?![A-Za-z0-9])"),
        unsure,
        digits=9,
        how=How.NUMBERS,
    ),
    Detector(
        "identity document with a label",
        "G",
        re.compile(
            r"(?<![A-Za-z])(?:passport|permit|hkid|identity (?:card|document|number)|id (?:card|no|number|"
            r"doc)|national id|护照|護照|通行证|通行證|"
            r"台胞证|台胞證|回乡证|回鄉證|身份证|身份證|身分證|证件|證件)(?:\s*(?:no|number|号码|號碼|号|號|"
            r"文件))?[^\dA-Za-z]{0,8}"
            r"(?P<hit>[A-Z]{0,2}\d[\dA-Za-z]*(?:[- ()][\dA-Za-z]*\d[\dA-Za-z]*){0,3})",
            _I,
        ),
        lambda match: True if sum(c.isdigit() for c in match["hit"]) >= 4 else None,
        words_of("passport permit hkid identity id national"),
        frozenset("护護通台回身证證"),
        digits=4,
        how=How.AT_CUE,
    ),
    Detector(
        "payment card",
        "J",
        re.compile(r"(?<![\dA-Za-z.-])\d{4}([- ]?)\d{4}\1\d{4}\1\d{1,7}(?![\dA-Za-z.-])"),
        _card,
        digits=13,
        how=How.NUMBERS,
    ),
    Detector(
        "IBAN",
        "J",
        re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,3})?\b"),
        _iban,
        digits=8,
        how=How.NUMBERS,
    ),
    Detector(
        "mainland plate",
        "L",
        re.compile(rf"[{_PROVINCES}][A-Z][\s·•.-]?[A-Z0-9]{{4,5}}[A-Z0-9挂學学警港澳](?![A-Za-z0-9])"),
        sure,
        chars=frozenset(_PROVINCES),
    ),
    Detector(
        "VIN", "L", re.compile(r"(?<![A-Za-z0-9])[A-HJ-NPR-Z0-9]{17}(?![A-Za-z0-9])", _I), _vin, digits=3, long_run=True
    ),
    Detector(
        "lettered number",
        "R",
        re.compile(r"(?<![A-Za-z0-9.-])[A-Z]{1,4}[- ]?\d{7,12}(?![A-Za-z0-9.])"),
        unsure,
        digits=7,
        weak=True,
        how=How.NUMBERS,
    ),
    Detector("JSON web token", "R", re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{4,}"), long_run=True),
)

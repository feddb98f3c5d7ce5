"""Check digits of the identifiers looked for. They raise confidence; none ever clears a hit.

Sources: Hong Kong Immigration Department (HKID), GB 11643-1999 (resident identity number), ISO/IEC 7812-1 (Luhn),
ISO 3779 / 49 CFR 565.15 (VIN), ISO 13616 (IBAN), GS1 General Specifications (GTIN), DEA form 224 instructions.
"""

from __future__ import annotations

import string

_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_CHECKS = "10X98765432"
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_VALUES = {
    **{digit: int(digit) for digit in string.digits},
    **dict(
        zip(
            "ABCDEFGHJKLMNPRSTUVWXYZ",
            (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9),
            strict=True,
        )
    ),
}


def hkid_check(prefix: str, digits: str) -> str:
    """Check character of an HKID: `prefix` one or two capital letters, `digits` six; `3`, `A` stands for 10."""
    values = [36 if letter == " " else ord(letter) - 55 for letter in prefix.rjust(2)]
    values += [int(digit) for digit in digits]
    rest = sum(value * weight for value, weight in zip(values, range(9, 1, -1), strict=True)) % 11
    return "0123456789A"[(11 - rest) % 11]


def is_hkid(compact: str) -> bool:
    """True where `A1234563` or `AB9876543` (no brackets, capitals) has the right check character."""
    prefix, digits, check = compact[:-7], compact[-7:-1], compact[-1:]
    if not (1 <= len(prefix) <= 2 and _are_letters(prefix) and digits.isdecimal() and digits.isascii()):
        return False
    return hkid_check(prefix, digits) == check


def resident_check(first17: str) -> str:
    """Check character of a mainland resident identity number, from its first 17 digits."""
    total = sum(int(digit) * weight for digit, weight in zip(first17, _RESIDENT_WEIGHTS, strict=True))
    return _RESIDENT_CHECKS[total % 11]


def is_resident_number(compact: str) -> bool:
    """True where 18 characters have the right check character. Region and birth date are not asked."""
    body = compact[:17]
    return len(compact) == 18 and body.isdecimal() and body.isascii() and resident_check(body) == compact[17].upper()


def luhn_check(body: str) -> str:
    """Check digit that makes `body` + digit pass Luhn."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def is_luhn(digits: str) -> bool:
    """True where the last digit is the Luhn check of those before it."""
    return len(digits) > 1 and digits.isdecimal() and digits.isascii() and luhn_check(digits[:-1]) == digits[-1]


def vin_check(vin: str) -> str:
    """Check character (ninth place) of a 17-character vehicle identification number in capitals."""
    rest = sum(_VIN_VALUES[letter] * weight for letter, weight in zip(vin, _VIN_WEIGHTS, strict=True)) % 11
    return "0123456789X"[rest]


def is_vin(text: str) -> bool:
    """True where 17 characters without I, O, Q have the right check character."""
    return len(text) == 17 and all(letter in _VIN_VALUES for letter in text) and vin_check(text) == text[8]


def is_gtin(digits: str) -> bool:
    """True where a GTIN-14 (the device part of a UDI) has the right check digit."""
    if len(digits) != 14 or not (digits.isdecimal() and digits.isascii()):
        return False
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits[:-1]))
    return -total % 10 == int(digits[-1])


def is_iban(text: str) -> bool:
    """True where an international bank account number in capitals, without spaces, is 1 mod 97."""
    if not (15 <= len(text) <= 34 and text.isascii() and text.isalnum() and _are_letters(text[:2])):
        return False
    turned = text[4:] + text[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


def is_dea(text: str) -> bool:
    """True where a DEA registration number (two letters, seven digits) has the right check digit."""
    digits = text[2:]
    if len(text) != 9 or not (digits.isdecimal() and digits.isascii()):
        return False
    odd, even = (sum(int(digit) for digit in digits[start:6:2]) for start in (0, 1))
    return (odd + 2 * even) % 10 == int(digits[6])


def may_be_ssn(digits: str) -> bool:
    """True where the Social Security Administration could have given out these nine digits."""
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def _are_letters(text: str) -> bool:
    return bool(text) and all(letter in string.ascii_uppercase for letter in text)

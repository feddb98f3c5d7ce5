"""Check digits of Hong Kong identity cards and mainland resident identity numbers."""

from __future__ import annotations

_GB_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_GB_CHECKS = "10X98765432"


def hkid_check(prefix: str, digits: str) -> str:
    """Check digit of a Hong Kong identity card: '0'-'9' or 'A'.

    `prefix` is one or two capital letters, `digits` six digits. A blank counts 36 and A … Z count 10 … 35;
    with weights 9 8 7 6 5 4 3 2 and the check digit's own weight 1 the sum is a multiple of 11.
    """
    padded = prefix.rjust(2)
    values = [36 if letter == " " else ord(letter) - 55 for letter in padded] + [int(digit) for digit in digits]
    remainder = -sum(weight * value for weight, value in zip(range(9, 1, -1), values, strict=True)) % 11
    return "A" if remainder == 10 else str(remainder)


def hkid(prefix: str, digits: str) -> str:
    """The whole number as printed on the card, e.g. A123456(3)."""
    return f"{prefix}{digits}({hkid_check(prefix, digits)})"


def gb11643_check(body: str) -> str:
    """Check character of the 17 leading digits of a resident number (GB 11643-1999): '0'-'9' or 'X'."""
    total = sum(weight * int(digit) for weight, digit in zip(_GB_WEIGHTS, body, strict=True))
    return _GB_CHECKS[total % 11]


def resident_id(region: str, birth: str, sequence: int) -> str:
    """18 characters: six of region, eight of birth (YYYYMMDD), three of sequence (odd for men), a check."""
    body = f"{region}{birth}{sequence:03d}"
    return body + gb11643_check(body)

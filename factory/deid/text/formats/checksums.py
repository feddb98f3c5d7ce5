"""Check digits of identity numbers and cards. They raise confidence; they never clear a hit."""

from __future__ import annotations

_HKID_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2)
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def hkid(letters: str, digits: str, check: str) -> bool:
    """Hong Kong identity card: one or two letters, six digits, check 0-9 or A."""
    values = [36] * (2 - len(letters)) + [ord(letter) - ord("A") + 10 for letter in letters.upper()]
    values += [int(digit) for digit in digits]
    total = sum(weight * value for weight, value in zip(_HKID_WEIGHTS, values, strict=True))
    return (total + (10 if check.upper() == "A" else int(check))) % 11 == 0


def resident(number: str) -> bool:
    """Mainland resident identity number of 18 characters, GB 11643-1999 (ISO 7064 MOD 11-2)."""
    total = sum(weight * int(digit) for weight, digit in zip(_RESIDENT_WEIGHTS, number[:17], strict=True))
    return "10X98765432"[total % 11] == number[17].upper()


def luhn(digits: str) -> bool:
    """Payment cards, ISO/IEC 7812-1 annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0

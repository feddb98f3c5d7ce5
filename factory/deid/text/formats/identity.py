"""Identity documents, cards, plates and device numbers by their format.

Formats after `controls.md`, 'Identifier algorithms'.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from factory.deid.text.formats.checksums import hkid, luhn, resident
from factory.deid.text.formats.hit import Hit
from factory.deid.text.formats.runs import DigitRun, free_before
from factory.deid.text.hints import holds_any
from factory.deid.text.spans import PhiClass

_END = r"(?![0-9A-Za-z])"
_HKID = re.compile(
    rf"(?!I[Dd]|N[oO])(?:[A-Z]{{1,2}}[ -]?|[a-z]{{1,2}}-?)(?P<d>\d{{3}} ?\d{{3}})"
    rf"(?:[ -]?(?:\( ?(?P<b>[0-9Aa]) ?\)|(?P<c>[0-9Aa])))?{_END}"
)
_HKID_SPACED = re.compile(r"[A-Z]{1,2} (?:\d ){5}\d ?(?:\( ?[0-9Aa] ?\)|[0-9Aa])?(?![0-9A-Za-z])")
_HKID_DIGITS = re.compile(r"\d{6} ?\([0-9Aa]\)")
_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_RESIDENT = re.compile(
    rf"[1-9]\d{{5}}[ -]?(?:(?:18|19|20)\d{{2}}[ -]?{_DAY}[ -]?\d{{3}}[0-9Xx]|\d{{2}}{_DAY}[ -]?\d{{3}}){_END}"
)
_PERMIT = re.compile(rf"[A-Za-z]{{1,2}}(?:\d{{7,10}}|\d{{4}} \d{{4}}){_END}")
_SSN = re.compile(r"\d{3}(?P<s>[ -])\d{2}(?P=s)\d{4}(?![0-9A-Za-z]|-\d)")
_CARD = re.compile(rf"\d(?:[ -]?\d){{11,18}}{_END}")
_IBAN = re.compile(rf"[A-Za-z]{{2}}\d{{2}}(?: ?[0-9A-Za-z]{{4}}){{2,7}}(?: ?[0-9A-Za-z]{{1,4}})?{_END}")
_PROVINCES = frozenset("京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼")
_PLATE = re.compile(rf"[A-Z][ ·•.-]?[A-Z0-9]{{4,5}}[A-Z0-9挂学警港澳]{_END}")
_UDI = re.compile(r"\(01\)\d{14}(?:\(\d{2}\)[0-9A-Za-z-]{1,20})*")
_SERIAL = re.compile(
    r"[Ss](?<![0-9A-Za-z][Ss])(?:[Nn]|/[Nn])[-: ]{0,2}(?=[A-Z0-9 -]*\d|[A-Z0-9]{4,}\b)[A-Za-z0-9]{3,}"
    rf"(?:[ -][A-Z0-9]{{3,}})?{_END}"
)
_LAST_FOUR = re.compile(
    r"(?:ending(?: in| with)?|last (?:four|4)(?: digits)?(?: of \w+)?(?: are| is)?|"
    r"尾号|[后末尾][四4]位[为是]?|身份证)[ :]{0,2}"
    rf"(\d{{3}}[0-9Xx]){_END}"
)

_LAST_FOUR_HINTS = ("ending", "last ", "尾号", "位", "身份证")


def find(text: str, runs: Sequence[DigitRun]) -> Iterator[Hit]:
    """Identity and other document numbers of a folded text."""
    for run in runs:
        start = min(run.attached, run.apart)  # one of them at least is the digits' own place
        if start < run.at and free_before(text, start):
            yield from _lettered(text, start, run)
        if run.many and free_before(text, run.at):
            yield from _figures(text, run.at)
    for match in _UDI.finditer(text) if "(01)" in text else ():
        yield Hit(match.start(), match.end(), PhiClass.DEVICE, 0.95)
    for match in _SERIAL.finditer(text):
        yield Hit(match.start(), match.end(), PhiClass.DEVICE, 0.8)
    for match in _LAST_FOUR.finditer(text) if holds_any(text, _LAST_FOUR_HINTS) else ():
        yield Hit(match.start(1), match.end(1), PhiClass.ID, 0.7)


def _lettered(text: str, start: int, run: DigitRun) -> Iterator[Hit]:
    """Numbers that begin with letters: HKID, passports and permits, IBAN, plates."""
    at = run.at
    letters = at - start
    if run.many and letters <= 3 and (match := _HKID.match(text, start)) is not None:
        check = match["b"] or match["c"]
        prefix = "".join(filter(str.isalpha, text[start:at]))
        true = check is not None and hkid(prefix, match["d"].replace(" ", ""), check)
        yield Hit(start, match.end(), PhiClass.ID, 0.99 if true else 0.6)
    if run.many and letters <= 3 and (match := _HKID_SPACED.match(text, start)) is not None:
        yield Hit(start, match.end(), PhiClass.ID, 0.8)
    if run.many and letters <= 2 and (match := _PERMIT.match(text, start)) is not None:
        yield Hit(start, match.end(), PhiClass.ID, 0.6)
    iban = _IBAN.match(text, start) if letters == 2 else None
    if iban is not None and sum(map(str.isdigit, iban.group())) >= 8:
        yield Hit(start, iban.end(), PhiClass.ACCOUNT, 0.9)
    if start > 2 and text[start - 1] in " .·•-" and text[start - 2].isupper() and text[start - 3] in _PROVINCES:
        start -= 2  # 苏E·D3120: the letter of the city stands before the dot
    if start and text[start - 1] in _PROVINCES and (match := _PLATE.match(text, start)) is not None:
        yield Hit(start - 1, match.end(), PhiClass.VEHICLE, 0.8)


def _figures(text: str, at: int) -> Iterator[Hit]:
    """Numbers that begin with a digit: resident identity numbers, SSN, cards, an HKID without its letters."""
    if (match := _RESIDENT.match(text, at)) is not None:
        plain = match.group().replace(" ", "").replace("-", "")
        true = len(plain) == 18 and resident(plain)
        yield Hit(at, match.end(), PhiClass.ID, 0.99 if true else 0.7)
    if (match := _HKID_DIGITS.match(text, at)) is not None:
        yield Hit(at, match.end(), PhiClass.ID, 0.6)
    if (match := _SSN.match(text, at)) is not None:
        yield Hit(at, match.end(), PhiClass.ID, 0.8)
    if (match := _CARD.match(text, at)) is not None:
        digits = match.group().replace(" ", "").replace("-", "")
        true = luhn(digits)
        if true or digits == match.group():
            yield Hit(at, match.end(), PhiClass.ACCOUNT, 0.9 if true else 0.6)

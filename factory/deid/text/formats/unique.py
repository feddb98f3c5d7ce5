"""Any other unique number or code, 164.514(b)(2)(i)(R): long figures, and letters mixed with digits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from factory.deid.text.formats.hit import Hit
from factory.deid.text.formats.runs import DigitRun, free_before
from factory.deid.text.spans import PhiClass
from factory.deid.text.tokens import Mark, marks_of

_LONG = re.compile(r"\d{7,}(?![0-9A-Za-z]|\.\d)")
_SPACED = re.compile(r"\d(?:[ -]\d){6,}(?![0-9A-Za-z])")
_GROUPS = re.compile(r"\d+(?:[ -]\d{2,}){1,4}(?![0-9A-Za-z]|[.,]\d)")
_CODE = re.compile(r"[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*")
_AFTER_LABEL = re.compile(r"-?\d{4,}(?:[/ -]\d+)?(?![0-9A-Za-z]|[.,]\d)")
_STRANGE = re.compile(r"[A-Za-z\u00c0-\u024f]+$")
_SHORTEST_CODE = 6
_BEFORE_LABELLED = frozenset("#:º ")
_VIN_LENGTH = 17

# Codes that look unique and are none: classifications, blood, genes, doses, viruses, sizes, ordinals.
_ORDINARY = re.compile(
    r"(?:[A-TV-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?|[VE]\d{2,3}|ICD-?\d{1,2}.*|[CTLS]\d{1,2}(?:-[CTLS]?\d{1,2})?|CD\d{1,3}\w?|"
    r"HbA1c|A1C|SpO2|FiO2|P[aA]?[CO]+2|H\d{1,2}N\d{1,2}|COVID-?\d+|SARS-CoV-?2|B\d{1,2}|T[34]|"
    r"\d+(?:\.\d+)?(?:st|nd|rd|th|mg|mcg|ug|g|kg|ml|mL|dl|L|cm|mm|m|h|hr|hrs|min|x|X|Fr|G|F|M|U|IU|mEq|mmHg|mmol|bpm|y|yo|yr|"
    r"d|wk|k|K|am|pm|AM|PM|C|s|D|W|p|q)|[A-Za-z]{1,8}\d{1,3}|\d{1,3}[A-Za-z]{1,3}|\d{1,3}-[A-Za-z]+(?:-[A-Za-z]+)*|"
    r"[A-Za-z]+-\d{1,3}|[A-Za-z]+\d?-[A-Za-z]+\d?|\d{1,2}-\d{1,2}[A-Za-z]{1,6}|\d+-(?:years?|calorie|pound|hour|day|week|month)"
    r"(?:-[a-z]+)*)$"
)


def find(text: str, runs: Sequence[DigitRun]) -> Iterator[Hit]:
    """Unique figures and codes of a folded text."""
    done = 0
    for run in runs:
        at = run.at
        if run.many and free_before(text, at):
            yield from _figures(text, at)
        labelled = run.attached if run.attached < at and text[run.attached - 1] != "-" else at
        if labelled and text[labelled - 1] in _BEFORE_LABELLED:
            yield from _after_label(text, labelled, at)
        if at < done or not run.mixed:
            continue
        start = _code_start(text, at)
        code = _CODE.match(text, start)
        if code is None:
            continue
        done = code.end()
        if len(code.group()) == _VIN_LENGTH and code.group().isalnum() and not code.group().isdigit():
            yield Hit(start, done, PhiClass.VEHICLE, 0.7)
        mixed = any(map(str.isalpha, code.group()))
        if mixed and done - start >= _SHORTEST_CODE and not _ORDINARY.match(code.group()):
            yield Hit(start, done, PhiClass.OTHER, 0.5)


def _figures(text: str, at: int) -> Iterator[Hit]:
    if (match := _LONG.match(text, at)) is not None and (at == 0 or text[at - 1] != "."):
        yield Hit(at, match.end(), PhiClass.OTHER, 0.6)
    if (match := _SPACED.match(text, at)) is not None:
        yield Hit(at, match.end(), PhiClass.OTHER, 0.6)
    if (match := _GROUPS.match(text, at)) is not None and (at == 0 or text[at - 1] != "."):
        groups = re.findall(r"\d+", match.group())
        if sum(map(len, groups)) >= 9 or (max(map(len, groups)) > 4 and sum(map(len, groups)) > 6):
            yield Hit(at, match.end(), PhiClass.OTHER, 0.5)


def _after_label(text: str, start: int, at: int) -> Iterator[Hit]:
    """'NHC: 118848' and '#hn59767341': a number after a colon whose label is no word, or after a number sign."""
    before = text[start - 1 : start] if start else ""
    sign = start - 1
    if before == " " and start > 1:
        before, sign = text[start - 2], start - 2
    if before not in ("#", ":", "º") or not before:
        return
    match = _AFTER_LABEL.match(text, at)
    if match is None or (before == ":" and not _strange_label(text, sign)):
        return
    yield Hit(start, match.end(), PhiClass.OTHER, 0.5)


def _strange_label(text: str, at: int) -> bool:
    """Whether the word before a colon is none of the language's: 'NHC:', but not 'Platelets:'."""
    word = _STRANGE.search(text[max(0, at - 24) : at])
    return word is not None and not marks_of(word.group()) & (Mark.ORDINARY | Mark.NEUTRAL)


def _code_start(text: str, at: int) -> int:
    start = at
    while start and text[start - 1].isascii() and (text[start - 1].isalnum() or text[start - 1] == "-"):
        start -= 1
    while start < at and text[start] == "-":
        start += 1
    return start

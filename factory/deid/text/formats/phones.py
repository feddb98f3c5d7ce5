"""Telephone and fax numbers: Hong Kong, mainland, North American and as other countries group them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from factory.deid.text.formats.hit import Hit
from factory.deid.text.spans import PhiClass

_EXT = r"(?:\ ?(?:x|ext\.?|extension|转|内线)\ ?\d{1,6})?"
_S = r"[\ .-]?"
_SHAPES = re.compile(
    rf"""(?:
      \(?(?:\+|00)\ ?\d{{1,3}}\)?(?:[\ .-]?\(?\d{{1,5}}\)?){{1,6}}{_EXT}      # +852 9123 4567, 0086-138..., (+86)138...
    | \(?852\)?[\ -]?[2-9]\d{{3}}{_S}\d{{4}}                                  # (852) 9123 4567
    | \(\d{{2,5}}\)\ ?\d{{2,4}}(?:[\ .-]?\d{{2,5}}){{1,3}}{_EXT}              # (021) 37210651, (07) 5331 0577
    | 1[3-9]\d{_S}\d{{4}}{_S}\d{{4}}                                          # 138 1234 5678
    | 0\d{{1,4}}[\ /-]?\d{{2,4}}(?:[\ .-]?\d{{2,4}}){{1,3}}{_EXT}             # 0512-69844806, 06 12 34 56 78
    | \d{{3}}[\ .-]\d{{3}}[\ .-]\d{{4}}{_EXT}                                 # 416-555-0123
    | 1[\ .-]\d{{3}}[\ .-]\d{{3}}[\ .-]\d{{4}}{_EXT}
    | [2-9]\d{{3}}{_S}\d{{4}}                                                 # 9123 4567
    | \d{{3}}[\ -]\d{{3}}[\ -]\d{{3}}                                         # 699 956 915
    | \d{{2}}(?P<g>[\ .-])\d{{2}}(?P=g)\d{{2}}(?P=g)\d{{2}}(?:(?P=g)\d{{2}})? # 60-56-85-91
    | \d{{2,3}}\ \d{{2,3}}\ \d{{2}}\ \d{{2}}                                  # 027 896 92 86
    | \d{{2,3}}\ \d{{3}}\ \d{{3,4}}(?:\ \d{{2,4}})?                           # 78 651 450
    | \d{{3}}-\d{{4}}
    | \d{{3,4}}\.\d{{3,4}}\.\d{{2,4}}
    | \d{{2}}\ \d{{6}}
    | \d{{3}}\ \d{{2}}\ \d{{3}}
    )(?![\dA-Za-z]|[.,]\d)""",
    re.VERBOSE,
)
# Where a number may begin: six digits at least stand there, whatever signs part them.
_FIRST = re.compile(
    r"[+(0-9](?<![0-9A-Za-z.+(][+(0-9])(?=(?:(?<=\d)|[ +(]{0,3}\d)(?:[ ().+/-]{0,16}\d){5}|(?<=\+)|\+|(?<=0)0)"
)
_CUE = re.compile(
    r"(?:(?<![A-Za-z])(?:tele?(?:phone)?|phone|mobile|cell(?:ular)?|fax|call(?:ed)?|answering|registered|"
    r"number(?: on file)?,?|ring|rang|contact|pager|"
    r"bleep|whatsapp|handphone|hp)(?:\s(?:no|number|num|is|on|at|me|us|him|her|from)(?![A-Za-z]))*|"
    r"电话|手机|手提|传真|联系方式|联络方式|致电|热线)[\s.:#为是号码]{0,4}$",
    re.IGNORECASE,
)
_CUED = re.compile(r"[+(]{0,2}\d[\d ().+-]{4,20}\d(?!\d)")
_FIGURE = "(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)"
_FIGURE_ZH = "[零〇○一二三四五六七八九]"
_SPELLED_HINT = re.compile(rf"[ -]{_FIGURE}[ -]{_FIGURE}[ -]")
_SPELLED_HINT_ZH = re.compile(rf"{_FIGURE_ZH}{{7}}")
_SPELLED = re.compile(rf"(?:{_FIGURE}[ -]){{6,}}{_FIGURE}|{_FIGURE_ZH}{{7,}}", re.IGNORECASE)
_WINDOW = 36  # characters before a number in which a cue stands
_FEWEST, _MOST = 7, 15  # digits; E.164 allows 15


def find(text: str) -> Iterator[Hit]:
    """Telephone numbers of a folded text."""
    for first in _FIRST.finditer(text):
        start = first.start()
        match = _SHAPES.match(text, start)
        if match is not None and _plausible(match.group()):
            yield Hit(start, match.end(), PhiClass.PHONE, 0.8)
            continue
        loose = _CUED.match(text, start)
        if loose is None or not _FEWEST - 1 <= sum(map(str.isdigit, loose.group())) <= _MOST:
            continue
        if _CUE.search(text, max(0, start - _WINDOW), start):
            yield Hit(start, loose.end(), PhiClass.PHONE, 0.9)
    hinted = _SPELLED_HINT.search(text) or (not text.isascii() and _SPELLED_HINT_ZH.search(text))
    for spelled in _SPELLED.finditer(text) if hinted else ():
        yield Hit(spelled.start(), spelled.end(), PhiClass.PHONE, 0.8)


def _plausible(found: str) -> bool:
    groups = re.findall(r"\d+", found.partition("x")[0])
    if not _FEWEST <= sum(map(len, groups)) <= _MOST + 1:
        return False
    years = len(groups) == 2 and all(len(group) == 4 and group[:2] in ("19", "20") for group in groups)
    return not years

"""Employers and schools, which 164.514(b)(2)(i) counts among the identifiers of the individual."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from factory.deid.text.formats.hit import Hit
from factory.deid.text.hints import holds_any
from factory.deid.text.spans import PhiClass
from factory.deid.text.tokens import Mark, Token

_C = r"[\u4e00-\u9fffA-Za-z0-9()·&]"
_SUFFIX_ZH = (
    r"(?:有限责任公司|股份有限公司|有限公司|公司|集团|[工电机钢纺化制]?厂|大学|[中小]学|幼儿园|幼稚园|学院|学校|事务所|银行|超市|酒楼|"
    r"酒店|饭店|工场|饼店|餐厅|餐馆|商店|药房|书店|发廊|诊所)"
)
_STOP = r"(?![于在的了，。：、；为是由从到至往去])"
_SUFFIXED = re.compile(rf"(?:{_STOP}{_C}){{2,18}}?{_SUFFIX_ZH}(?!门)")
_CUED_ZH = re.compile(
    r"(?:工作单位|就职于|任职于|受雇于|受僱于|僱主|雇主|供职于|就读于|任教于)[ :为是]{0,2}([^，。；;、\n,]{2,30})"
)
_AT_WORK = re.compile(r"[在返回到去]([^，。；;、\n,]{2,20}?)(?:上班|工作|任职|打工|读书)")
_CUES_ZH = ("单位", "职于", "雇", "僱", "就读", "任教")
_AT_WORK_ENDS = ("上班", "工作", "任职", "打工", "读书")
_SUFFIXES_ZH = re.compile(_SUFFIX_ZH)
_LONGEST_ZH = 18  # characters of a name before its suffix
_NOBODY = re.compile(
    r"(?:[已曾需]?向)?(?:本|总|分|该|我|某|保险|医保|旅游|物业|原)(?:公司|学校|集团|大学|中学|小学|超市|银行|酒店|厂)$"
)
_NAME = r"(?:No\. \d+|St\.|[A-Z][\w&'-]*|&|and|of|the|de)"
_CUED_EN = re.compile(
    rf"(?:\b(?:[Ww]ork(?:s|ed|ing)? (?:for|at)|[Ee]mployed (?:by|at|with)|[Ee]mployer(?: is|:)|"
    rf"[Ee]mployee of|[Rr]etired from|[Ss]tud(?:ies|ied|ent) at|[Jj]ob at)) "
    rf"((?:[A-Z][\w&'-]*|\d+)(?:[ ,]{{1,2}}{_NAME})*)"
)
_WORK = ("ork", "mploye", "etired from", "tud", "ob at")
_SUFFIX_EN = re.compile(  # its words stand in lists/cues.txt too, where `Mark.FIRM` has them from
    r"(?:Ltd|Inc|Corp|Co)\b(?:\.(?=\.|[ ,]*[a-z,]))?|(?:Limited|LLC|LLP|Corporation|Company|GmbH|plc|PLC|Group|"
    r"Textiles|Bakery|Hotel|Restaurant|Logistics|"
    r"Trading|Motors|Foods|Supermarket|Electronics|"
    r"Shipping|Airways|Consulting|Accounting|Academy|Kindergarten|Construction|Garment|Depot|Seafood|Laundry|"
    r"Holdings|Bank|School|College|University|Factory|Enterprises|Industries|Associates|Partners)\b"
)
_BEFORE_SUFFIX = re.compile(rf"(?<![A-Za-z0-9])[A-Z][\w&'-]*(?:,? {_NAME}){{0,5}},? $")
_WINDOW = 90  # characters before a suffix in which the name stands


def find(text: str, seen: Sequence[Token]) -> Iterator[Hit]:
    """Organisations that a person works or learns at, in a folded text of which `seen` are the Latin words."""
    for start in [start for start, _, _, marks in seen if marks & Mark.FIRM]:
        suffix = _SUFFIX_EN.match(text, start)
        if suffix is None:
            continue
        name = _BEFORE_SUFFIX.search(text, max(0, suffix.start() - _WINDOW), suffix.start())
        if name is not None:
            yield Hit(name.start(), suffix.end(), PhiClass.ORG, 0.85)
    for match in _CUED_EN.finditer(text) if holds_any(text, _WORK) else ():
        yield Hit(match.start(1), match.end(1), PhiClass.ORG, 0.85)
    if text.isascii():
        return
    if holds_any(text, _CUES_ZH):
        for match in _CUED_ZH.finditer(text):
            yield Hit(match.start(1), match.end(1), PhiClass.ORG, 0.85)
    for match in _suffixed(text):
        label = _CUED_ZH.search(match.group())
        start = match.start() + (label.start(1) if label else 0)
        if not _NOBODY.match(text[start : match.end()]):
            yield Hit(start, match.end(), PhiClass.ORG, 0.6)
    for match in _AT_WORK.finditer(text) if holds_any(text, _AT_WORK_ENDS) else ():
        yield Hit(match.start(1), match.end(1), PhiClass.ORG, 0.5)


def _suffixed(text: str) -> Iterator[re.Match[str]]:
    """Names that end like an organisation's: looked for before a suffix, not at every character."""
    at = 0
    while (suffix := _SUFFIXES_ZH.search(text, at)) is not None:
        match = _SUFFIXED.search(text, max(at, suffix.start() - _LONGEST_ZH))
        if match is None:
            return
        yield match
        at = match.end()

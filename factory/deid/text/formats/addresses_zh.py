"""Addresses in Chinese: divisions, streets, numbers, buildings, rooms; below province, 45 CFR 164.514(b)(2)(i)(B)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from factory.deid.text.formats.hit import Hit
from factory.deid.text.spans import PhiClass

_C = r"[\u4e00-\u9fff〇]"
_STOP = r"(?![于在住址往到至从由返回的了和及与是为：，。；、因患者或家])"
_W = rf"(?:{_STOP}{_C})"
_NUMBER = r"[0-9A-Za-z一二三四五六七八九十百]{1,6}(?:[-之][0-9A-Za-z]{1,5})?"
_DIVISION = rf"{_W}{{1,7}}?(?:自治[区州县]|特[别]行政区|[省市县旗]|新?区(?!域|间|間|别|別))"
_TOWN = rf"{_W}{{1,6}}?(?:街道|[镇乡村屯庄]|社区)"
_STREET = (
    rf"{_W}{{1,8}}?(?:大道|大[街路]|胡同|[路街道巷弄里坊径围台坪湾])"
    rf"(?:[东西南北中]|[东西南北中]?[一二三四五六七八九十]段)?"
)
_HOUSE = rf"(?:[甲乙丙附]?{_NUMBER}\ ?(?:号(?!床|病)(?:院|楼|之{_NUMBER})?|弄|巷|里))"
_ESTATE = (
    rf"{_W}{{1,9}}?(?:[花家雅嘉豪名]?[苑园庭居邨]|新村|小区|广场|公寓|"
    rf"山庄|大[厦楼]|中心|阁|轩|楼(?!下|上)|城|府|村|大院|宿舍)"
)
_ROOM = rf"(?:第?{_NUMBER}\ ?(?:期|座|栋|幢|单元|[层楼]|室|房(?!颤|间|性)|号(?:楼|房|室)?|户|[Ff]))"
_FULL = re.compile(
    rf"(?:{_DIVISION}){{0,4}}(?:{_TOWN}){{0,2}}{_STREET}\ ?(?:{_HOUSE})(?:{_ESTATE})?(?:[\ ,]?{_ROOM}){{0,5}}"
    rf"|(?:{_DIVISION}){{1,4}}(?:{_TOWN}){{0,2}}(?:{_STREET})?(?:{_ESTATE})?(?:[\ ,]?{_ROOM}){{1,5}}"
    rf"|(?:{_DIVISION}){{2,4}}(?:{_TOWN}){{0,2}}(?:{_STREET})?(?:{_ESTATE})?"
    rf"|(?:{_DIVISION}){{0,4}}{_ESTATE}(?:[\ ,]?{_ROOM}){{1,5}}"
)
_ANCHOR = re.compile(r"[路街道巷弄里坊徑径圍围邨苑园園庭居厦廈大楼樓区區县市镇鎮村号號座栋棟室]")
_CUED = re.compile(
    r"(?:现住址|住址|地址|家住|居住地|居住于|居于|现居|户籍|籍贯|住在|家在|同住于|返回)"
    r"[\ :为是于]{0,2}(?P<a>[^，。；;、\n,（(]{3,40})"
)
_POSTCODE = re.compile(r"(?:邮编|邮政编码|邮递区号)[\ :为是]{0,2}(\d{5,6})(?!\d)")
_HAN = re.compile(_C)
_SEGMENT = re.compile(r"[^，。；：:;、！？,\n]{3,}")
# What an address has: a number before a door, or two divisions, or a division and a street.
_PROMISING = re.compile(
    r"[0-9A-Za-z一二三四五六七八九十百]\ ?(?:[号弄巷里期座栋幢层楼室房户Ff]|单元)|"
    rf"[省市区县州旗镇乡村].{1, 8}[省市区县州旗镇乡村路街道巷苑邨]"
)
_CUE_END = re.compile(r"(?:居住|休养|附近|[。，；]|一带)")


def find(text: str) -> Iterator[Hit]:
    """Chinese addresses of a folded and simplified text."""
    if _ANCHOR.search(text) is None and "邮" not in text:
        return
    for segment in _SEGMENT.finditer(text):
        first, last = segment.span()
        if _HAN.search(text, first, last) and _PROMISING.search(text, first, last):
            yield from _full(text, segment.start(), segment.end())
    for match in _POSTCODE.finditer(text):
        yield Hit(match.start(1), match.end(1), PhiClass.ADDRESS, 0.8)
    for match in _CUED.finditer(text):
        found = match["a"]
        end = _CUE_END.search(found)
        stop = match.start("a") + (end.start() if end else len(found))
        if _ANCHOR.search(text, match.start("a"), stop):
            yield Hit(match.start("a"), stop, PhiClass.ADDRESS, 0.8)


def _full(text: str, start: int, end: int) -> Iterator[Hit]:
    for match in _FULL.finditer(text, start, end):
        label = match.group().find("单位")
        yield Hit(match.start() + (label + 2 if label >= 0 else 0), match.end(), PhiClass.ADDRESS, 0.8)

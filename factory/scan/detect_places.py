"""Class B: addresses, ZIP and postal codes, places below a State, province or special administrative region."""

from __future__ import annotations

import re

from factory.scan.lexicon import words
from factory.scan.spans import Detector, How, sure, unsure, words_of

_I = re.IGNORECASE
_ZH = r"\u3400-\u4dbf\u4e00-\u9fff"
_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|"
    "OK|OR|PA|RI|"
    "SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC|PR"
)
_ROADS = (
    r"Street|St|Road|Rd|Avenue|Ave|Boulevard|Blvd|Lane|Drive|Court|Ct|Place|Terrace|Way|Highway|Hwy|Path|"
    r"Circle|Crescent|"
    r"Parkway|Pkwy|Square|Row|Close|Alley"
)
_BUILDINGS = (
    r"Estate|Mansions?|Building|Bldg|Gardens?|Chuen|Tsuen|Village|Plaza|Towers?|Heights|Apartments?|Apt|"
    r"Villas?|Residences?|"
    r"Wai|Fa Yuen|Sun Chuen|Lodge|Manor"
)
_CAP = r"[A-Z][A-Za-z'’-]+"
_FLAT = r"(?:Flat|Rm|Room|Unit|Apt|Apartment|Suite|Block|Blk|Tower|Shop)\s?#?(?:[A-Z]{1,2}\d{0,4}|\d{1,4}[A-Z]?)"
_NOT_PLACES = re.compile(
    "(?:半路|思路|网路|線路|线路|出路|旁路|通路|气道|氣道|尿道|阴道|陰道|肠道|腸道|消化道|呼吸道|胆道|膽道|"
    "管道|通道|知道|报道|報道|渠道|"
    "街道办|一路|顺路|道路|回路|尿路|血路|路径|味道|频道|轨道|地道|产道|產道|人行道|鼻道|耳道|隧道|睫道|电路|電路)$"
)


def _road(match: re.Match[str]) -> bool | None:
    return None if _NOT_PLACES.search(match["road"]) else bool(match["number"])


def _place_zh(match: re.Match[str]) -> bool | None:
    """Listed places only: 区 and 市 end many words that are none."""
    text = match[0]
    for length in range(min(len(text), 9), 1, -1):
        if text[-length:] in words("places_zh"):
            return True
    return None


def _zh_home(match: re.Match[str]) -> bool | None:
    """Behind `lives in`: an address has a number or a place in it; `住5天` and `住院` have neither."""
    text = match["hit"]
    if re.match(r"\d+\s*(?:天|日|晚|月|年|次)|[院进進]", text):
        return None
    known = any(text[:length] in words("places_zh") for length in range(2, min(len(text), 9)))
    return True if known or re.search(r"[路街道巷邨苑村城区區市县縣座楼樓栋棟号號室]", text) else None


def _english_places() -> re.Pattern[str]:
    names = sorted(words("places_en"), key=len, reverse=True)
    listed = "|".join(re.escape(name).replace(r"\ ", r"[\s-]") for name in names)
    # The Philadelphia chromosome and the Miami J collar are nowhere.
    named_after = r"(?!\s(?:J\b|collar|chromosome|heart|brace|scientific|criteria|score|scale|syndrome|disease|virus))"
    return re.compile(rf"(?<![A-Za-z])(?:{listed})(?![A-Za-z]){named_after}", _I)


DETECTORS: tuple[Detector, ...] = (
    Detector(
        "ZIP code",
        "B",
        re.compile(rf"\b(?:{_STATES}),?\s+(?P<hit>\d{{5}}(?:-\d{{4}})?)(?![\d-])"),
        sure,
        digits=5,
        how=How.NUMBERS,
    ),
    Detector("ZIP code", "B", re.compile(r"(?<![\d.-])\d{5}-\d{4}(?![\d-])"), unsure, digits=9, how=How.NUMBERS),
    Detector(
        "postal code with a label",
        "B",
        re.compile(
            r"(?:\bzip(?: ?code)?|\bpost(?:al|code)(?: ?code)?|\bpost code|邮编|郵編|邮政编码|郵政編碼|"
            r"郵遞區號)[\s:=is]{0,6}(?P<hit>\d{4,6}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})(?!\d)",
            _I,
        ),
        sure,
        words_of("zip zipcode postal postcode post"),
        frozenset("邮郵"),
        digits=3,
        how=How.AT_CUE,
    ),
    Detector(
        "street address",
        "B",
        re.compile(
            rf"(?<![\w.,])(?:No\.?\s?)?\d{{1,5}}[A-Z]?(?:-\d{{1,5}})?,?\s(?:{_CAP}\s){{1,4}}(?:{_ROADS})\b\.?(?:\s(?:North|"
            rf"South|East|West|Central))?"
        ),
        words=words_of(_ROADS.replace("|", " ")),
        digits=1,
    ),
    Detector(
        "street address",
        "B",
        re.compile(
            rf"\b{_FLAT},?\s(?:(?:\d{{1,2}}(?:/F|F|th [Ff]loor)|[GU]/F|"
            rf"{_FLAT})[,\s]{{0,2}})+(?:{_CAP}[\s,]{{1,2}}){{0,6}}"
        ),
        words=words_of("flat rm room unit apt apartment suite block blk tower shop"),
        how=How.AT_CUE,
    ),
    Detector(
        "building",
        "B",
        re.compile(rf"\b(?:{_CAP}\s){{1,4}}(?:{_BUILDINGS})\b(?!\s(?:syndrome|disease|Hospital|Clinic))"),
        unsure,
        words_of(re.sub(r"[^a-z ]", " ", _BUILDINGS.casefold().replace("|", " ")))
        | words_of("mansions mansion gardens garden towers tower apartments villas residences"),
    ),
    Detector(
        "building",
        "B",
        re.compile(rf"\b(?:Block|Blk|Tower)\s?\d{{1,3}}[A-Z]?,?\s{_CAP}(?:\s{_CAP})*"),
        words=words_of("block blk tower"),
        digits=1,
        how=How.AT_CUE,
    ),
    Detector(
        "place below a State",
        "B",
        _english_places(),
        words=words_of(
            " ".join(name.split()[0].split("-")[0].split("'")[0].rstrip(",.") for name in words("places_en"))
        ),
        how=How.AT_CUE,
    ),
    Detector(
        "Chinese street",
        "B",
        re.compile(
            rf"(?P<road>[{_ZH}]{{1,8}}(?:路|街|大街|大道|道|巷|弄|胡同|里|邨|"
            rf"村))(?:[東西南北中东]?(?P<number>\s?\d{{1,5}}\s?(?:号|號|弄|巷|-\d+号)|"
            rf"[一二三四五六七八九十百]{{1,5}}[号號])"
            rf"(?:[{_ZH}A-Z\d\s-]{{0,20}}?\d{{1,4}}\s?(?:室|楼|樓|座|栋|棟|幢|户|戶|单元|單元|房|层|層))*)"
        ),
        _road,
        chars=frozenset("号號"),
    ),
    Detector(
        "Chinese street",
        "B",
        re.compile(
            rf"(?:住址?|地址|居住|家在|位于|位於|住在|家住)[於于在为為是:\s]{{0,3}}(?P<hit>[{_ZH}A-Z\d]{{3,40}})"
        ),
        _zh_home,
        chars=frozenset("住地现現居家同"),
        how=How.AT_CUE,
    ),
    Detector(
        "Chinese building",
        "B",
        re.compile(
            rf"[{_ZH}]{{2,8}}(?:邨|苑|花园|花園|大厦|大廈|新村|新邨|小区|小區|公寓|广场|廣場|山莊|山庄|大樓|"
            rf"大楼|屋苑|台|阁|閣|楼|樓|座)\s?[A-Z\d一二三四五六七八九十]{{1,4}}\s?(?:座|楼|樓|栋|棟|室|号|號|"
            rf"期|幢)"
        ),
        chars=frozenset("座楼樓栋棟室号號期幢"),
    ),
    Detector(
        "Chinese place",
        "B",
        re.compile(rf"[{_ZH}]{{1,9}}?(?:自治州|自治县|自治縣|地区|地區|新区|新區|市|区|區|县|縣|旗|盟)"),
        _place_zh,
        chars=frozenset("州县縣区區市旗盟"),
    ),
    Detector(
        "Hong Kong district",
        "B",
        re.compile(
            "九龍(?!塘醫)|新界|沙田|屯門|元朗|荃灣|葵青|葵涌|大埔|粉嶺|上水|北區|西貢|將軍澳|觀塘|黃大仙|"
            "深水埗|旺角|油麻地|尖沙咀|紅磡|土瓜灣|灣仔|"
            "銅鑼灣|中環|上環|西環|北角|鰂魚涌|筲箕灣|柴灣|香港仔|鴨脷洲|薄扶林|青衣|東涌|大嶼山|馬鞍山|美孚|"
            "荔枝角|長沙灣|石硤尾|慈雲山|鑽石山|九龙|沙田|观塘|旺角|铜锣湾"
        ),
        chars=frozenset("九新沙屯元荃葵大粉上北西將觀黃深旺油尖紅土灣銅中鰂筲柴香鴨薄青東馬美荔長石慈鑽观铜"),
    ),
)

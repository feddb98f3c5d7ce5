"""Which encoding a text file has: UTF-8 or UTF-16 by their signs, GB18030 or Big5 by their frequent characters."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from typing import BinaryIO

from factory.core.errors import WrongEncoding

Opened = Callable[[], BinaryIO]
_PIECE = 1 << 22
_SAMPLE = 1 << 18  # characters that are weighed
_PLAIN = 0.9  # share of the characters outside ASCII that must be of an encoding's first level
_COMMON = 0.15  # and share that must be among the commonest of the language
_CLEARLY = 2  # how many times the other encoding's share that must be
# UTF-32's marks come first: its little-endian one begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CALLED = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-32": "UTF-32",
    "gb18030": "GB18030",
    "big5hkscs": "Big5",
}
"""What people call an encoding."""

# The commonest characters of running text, the commonest surnames, and what stands in the tables of a hospital.
_SIMPLIFIED = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
    "用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实"
    "日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政"
    "美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员"
    "解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件"
    "计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象"
    "完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运李赵刘陈杨"
    "黄周吴徐孙胡朱林郭何罗郑梁谢宋唐冯邓曹彭曾肖田董袁潘蒋蔡余杜叶魏苏吕丁沈姚卢姜崔钟谭陆汪范廖"
    "患病医院住科室诊断疗药剂血压糖尿检查验术后入出号码姓名性别龄男女岁日期时间编电话地址址症炎癌痛热咳嗽"
    "肺肝肾胃肠脑骨伤急慢型级随访嘱服片针护士师结果正常异未见左右双区街路省县镇村"
)
_TRADITIONAL = frozenset(
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡"
    "用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實"
    "日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政"
    "美相見被利什二等產或新己制身果加西斯月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員"
    "解水名真論處走義各入幾口認條平系氣題活爾更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件"
    "計管期市直德資命山金指克許統區保至隊形社便空決治展馬科司五基眼書非則聽白卻界達光放強即像難且權思王象"
    "完設式色路記南品住告類求據程北邊死張該交規萬取拉格望覺術領共確傳師觀清今切院讓識候帶導爭運李趙劉陳楊"
    "黃周吳徐孫胡朱林郭何羅鄭梁謝宋唐馮鄧曹彭曾蕭田董袁潘蔣蔡余杜葉魏蘇呂丁沈姚盧姜崔鍾譚陸汪范廖"
    "患病醫院住科室診斷療藥劑血壓糖尿檢查驗術後入出號碼姓名性別齡男女歲日期時間編電話地址址症炎癌痛熱咳嗽"
    "肺肝腎胃腸腦骨傷急慢型級隨訪囑服片針護士師結果正常異未見左右雙區街路省縣鎮村嘅係喺咗唔冇佢哋俾啲"
)
_LANGUAGE = {"gb18030": _SIMPLIFIED | _TRADITIONAL, "big5hkscs": _TRADITIONAL}


def encoding_of(opened: Opened, name: str) -> str:
    """The codec of a text, read to its end in pieces; `opened` gives its bytes anew, `name` is for the message.

    Text that is not UTF-8 is taken for GB18030 or Big5 only where nearly all of it are plain characters of that
    encoding and enough of them common ones of the language, clearly more than in the other: almost any bytes are
    *some* rare characters in both. Raises: WrongEncoding.
    """
    with closing(opened()) as stream:
        codec, line = _unicode(stream, name)
    if line is None:
        return codec
    weights = {encoding: _weigh(opened, encoding) for encoding in _LANGUAGE}
    if not any(plain >= _PLAIN for plain, _ in weights.values()):
        raise WrongEncoding(
            f"{name} is not UTF-8 (first at line {line}), and neither GB18030 nor Big5.", "Save it as UTF-8."
        )
    best, other = sorted(weights, key=lambda encoding: weights[encoding][1], reverse=True)
    plain, common = weights[best]
    if plain < _PLAIN or common < _COMMON or common < _CLEARLY * weights[other][1]:
        raise WrongEncoding(
            f"{name} is not UTF-8 (first at line {line}), and whether it is GB18030 or Big5 cannot be told.",
            "Convert it by the one you know it has: iconv -f GB18030 -t UTF-8, or -f BIG5.",
        )
    return best


def _unicode(stream: BinaryIO, name: str) -> tuple[str, int | None]:
    """UTF-8, or the codec of the byte order mark; and the line where the text is not that. Raises: WrongEncoding."""
    first = stream.read(_PIECE)
    codec = next((codec for mark, codec in _MARKS if first.startswith(mark)), "utf-8")
    decoder = codecs.getincrementaldecoder(codec)()
    line = 1
    piece = first
    while True:
        if b"\0" in piece and codec.startswith("utf-8"):
            # Valid UTF-8 by the letter, yet no text: UTF-16 or UTF-32 without a mark would pass undetected.
            raise WrongEncoding(f"{name} holds NUL bytes and no byte order mark.", "Save it as UTF-8.")
        held = len(decoder.getstate()[0])  # bytes of a character that the piece before ended in
        try:
            decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            if codec != "utf-8":
                raise WrongEncoding(
                    f"{name} is not {CALLED[codec]} as its first bytes say.", "Save it as UTF-8."
                ) from None
            return codec, line + piece[: max(error.start - held, 0)].count(b"\n")
        if not piece:
            return codec, None
        line += piece.count(b"\n")
        piece = stream.read(_PIECE)


def _weigh(opened: Opened, encoding: str) -> tuple[float, float]:
    """Shares of the characters outside ASCII that are of the encoding's first level, and common; 0 where it is none."""
    counts: Counter[str] = Counter()
    seen = 0
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with closing(opened()) as stream:
            for piece in _pieces(stream):
                text = decoder.decode(piece, final=not piece)
                if seen < _SAMPLE:
                    counts.update(islice((sign for sign in text if not sign.isascii()), _SAMPLE - seen))
                    seen = counts.total()
    except UnicodeDecodeError:
        return 0.0, 0.0
    if not seen:
        return 0.0, 0.0
    first_level = _plain_gb if encoding == "gb18030" else _plain_big5
    plain = sum(times for sign, times in counts.items() if first_level(sign))
    common = sum(times for sign, times in counts.items() if sign in _LANGUAGE[encoding])
    return plain / seen, common / seen


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    """The pieces of a stream and an empty one at its end."""
    while piece := stream.read(_PIECE):
        yield piece
    yield b""


def _plain_gb(sign: str) -> bool:
    """Signs and the first level of GB 2312, 3,755 characters; and that of Big5, for Traditional text in GB18030."""
    code = sign.encode("gb18030")
    if len(code) == 2 and (code[0] in range(0xA1, 0xA4) or code[0] in range(0xB0, 0xD8)) and code[1] >= 0xA1:
        return True
    return _plain_big5(sign)


def _plain_big5(sign: str) -> bool:
    """Signs and the first level of Big5: 5,401 characters."""
    code = sign.encode("big5hkscs", errors="replace")
    return len(code) == 2 and code[0] in range(0xA1, 0xC7)

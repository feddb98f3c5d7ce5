"""Words beside which Chinese names stand: titles after them, cues, kinship and acts before and after."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from factory.deid.text.lexicon import chinese_surnames, cues, words

HAN = r"[\u4e00-\u9fff]"
LONG_TITLES = (
    "先生|女士|小姐|太太|夫人|同志|师傅|大爷|大妈|大叔|阿姨|婆婆|公公|伯伯|叔叔|奶奶|爷爷|姑娘|"
    "医生|医师|大夫|主任|副主任|主管|顾问医生|教授|护士长|护士|护师|药师|技师|护理员|社工|院长|科长|局长|经理|老师"
)
_SHORT_TITLES = (
    r"某(?![些种个日月年院科次处市人地])",
    r"君",
    r"太(?![大小多少高低平过阳快慢重长早晚])",
    r"伯(?!氏)",
    r"生(?=[，。、；：:,.（(\s于因已曾在将本主昨今现之的由及称说表来同]|$|\d)",
    r"氏(?!症|病|征)",
    r"医(?=[，。：,]|$)",
    r"护(?=[，。：,]|$)",
)


def _by_first(alternatives: Iterable[str], not_after: str = "") -> str:
    """The alternatives gathered by their first character, so that the engine leaps from one of these to the next."""
    gathered: dict[str, list[str]] = {}
    for one in alternatives:
        gathered.setdefault(one[0], []).append(one[1:])
    unless = {first: f"(?<![{not_after}]{first})" if not_after else "" for first in gathered}
    return "|".join(f"{first}{unless[first]}(?:{'|'.join(rests)})" for first, rests in gathered.items())


TITLE = re.compile(_by_first((*LONG_TITLES.split("|"), *_SHORT_TITLES), not_after="主副"))
TITLED = re.compile(f"(?:{LONG_TITLES}|君|太|伯|生|某)")
TITLE_END = re.compile(f"(?<=.)(?:{LONG_TITLES}|顾问)$")
_CUES = (
    "患者|病人|病患|姓名|名叫|叫做|本人|家属|家人|联系人|紧急联络人|联络人|监护人|代理人|陪同人|见证人|证人|签名|签署|签字|主诊|主治|主管|"
    "护士|医生|医师|大夫|主任|记录人?|记录者|报告人|操作者|术者|麻醉师|由|予|致|联络|联系|通知|转介|诉|之|"
    "丈夫|妻子|太太|先生|儿子|女儿|父亲|母亲|爸爸|妈妈|哥哥|弟弟|姐姐|妹妹|配偶|朋友|媳妇|女婿|孙子|孙女|兄|姊|姐|妹|弟|夫|妻|父|母|子|女|"
    "人|者|是|为|係|系|向|谓|以|与|和|及|跟|同|找|请|称|姓|:|：|转诊|尊敬的|亲爱的|会诊|交班给|交给|告知"
)
_RELATIONS = (
    "丈夫|妻子|太太|先生|儿子|女儿|父亲|母亲|爸爸|妈妈|哥哥|弟弟|姐姐|妹妹|姊妹|姐妹|兄弟|配偶|朋友|媳妇|女婿|孙子|孙女|"
    "家属|家人|亲属|友人|邻居|同事|监护人"
)
_DOES = (
    "在旁|放弃|询问|在场|陪同|陪伴|陪护|陪诊|同住|来电|表示|称|诉|说|由|探|联络|联系|接听|到场|签|照顾|照料|代|送|"
    "同意|知情|告知|要求|认为|补充|否认"
)
_NOTED = "接听|登记|记录|接收|主诊|签|负责|跟进|继续|查房|书写|转介|会诊|执行|操作|接诊|评估|交班|接班|核对"
_FIELDS = "姓名|患者|病人|名字|见证人|证人|签名|签署|签字|联系人|联络人|护士|医生|医师|记录人|报告人|陪同者?|家属|本人"
# Characters that write the sounds of foreign names.
_SOUNDS = (
    "[阿埃艾安奥巴贝比波伯布查达德迪杜多丹顿恩尔法费弗福芬盖戈格古哈海赫亨霍基吉加嘉杰卡凯坎科克库肯拉莱兰朗劳雷黎里利莉丽林琳"
    "卢鲁伦罗洛马玛曼梅蒙米密莫姆穆纳奈尼妮诺努娜欧帕佩皮珀普奇乔琼瑞萨塞瑟沙莎森史斯苏索桑塔泰特汤托瓦万威韦维薇沃乌西希夏谢"
    "辛休逊雅亚扬伊尤约泽詹珍朱兹佐廉碧健坦娅茜蒂黛黑翰翠宾彼得保翁昂英温惠登敦文仑肖胥尊蓉珊获治菲绮茱妲彤锡哥咏积贾怀顺狄路臣占士高]"
)
NOBODY = cues("nobody")
NEVER_FIRST = frozenset("因的并及与和等已未不也均有无较仍现为且其该此是把被让对向从到")
# Surnames that are far oftener a word of grammar or a common word: part of speech alone does not make one a name.
WEAK = frozenset(
    "有于后向能都时别和那越应经过全单双从通连将会可常平安方成何任当曾又须查满由明文房空管高白水黄关包左右上下步边强温乐花万金石终"
)


@lru_cache(maxsize=1)
def patterns() -> dict[str, re.Pattern[str]]:
    """Patterns over simplified text; group 1 is the name."""
    single, double = chinese_surnames()
    surname = f"(?:{'|'.join(sorted(double))}|[{''.join(sorted(single))}])"
    begin = r"(?:^|(?<=[，。；：:,;\s床]))"
    return {
        "cued": re.compile(
            rf"(?:{_by_first(_CUES.split('|'))})[：:，,为是系 （(]{{0,2}}({surname}[·•・ ]?{HAN}(?:[· ]?{HAN})?)"
        ),
        "strong": re.compile(
            rf"(?:患者|病人|患儿|病患|姓名|参保人|受保人)[：:，,为是系 ]{{0,2}}"
            rf"({surname}{HAN}{{1,2}})(?=[，。、；：:,.;（(\s]|$)"
        ),
        "field": re.compile(rf"(?:{_FIELDS})\s?[：:]\s?({HAN}{{2,4}})(?=[，。；、,.\s（(]|$)"),
        "relation": re.compile(rf"(?:{_RELATIONS}|护士|医生|医师)[ ,，:]?({HAN}{{2,4}}?)(?={_DOES}|{_NOTED})"),
        "handed": re.compile(rf"[更班交移][予给]({HAN}{{2,4}}?)(?=[，。；,.;\s]|$)"),
        "with": re.compile(rf"与({HAN}{{2,4}}?)(?=床旁|交接|交班)"),
        "noted": re.compile(rf"由({HAN}{{2,4}}?)(?={_NOTED})"),
        "subject": re.compile(
            rf"{begin}({HAN}{{2,4}}?)(?=[称诉说](?:患者|病人|其)|本人(?:接|来|同|签|到|表)|[（(](?:病历|病案|住院|档案|身份|男|女)|的家|嘅屋|在旁|放弃|询问|已复述|"
            r""
            r"[，, ]{0,2}(?:男|女|\d{1,3}岁))"
        ),
        "spaced": re.compile(rf"(?<!{HAN})({surname}[ ·•・]{HAN}(?:[ ·•・]{HAN}|(?=[称诉说同陪表])|(?!{HAN})))"),
        "dotted": re.compile(rf"({surname}[·•・]{HAN}{{1,2}})"),
        "middle": re.compile(rf"{begin}(?:患者|病人|姓名|名叫|由|与|和|致)?[：:]?({HAN}{{2,6}}[·•・]{HAN}{{2,7}})"),
        "foreign": re.compile(rf"({_SOUNDS}{{1,6}}[·•・]{_SOUNDS}{{1,7}})"),
        "familiar": re.compile(
            rf"([阿小老](?:(?<!{HAN}.){HAN}(?=[，。、；：:,;（(\s]|$|[先女诉称说表来睡情接本在陪同])|"
            rf"(?<=[由予与和叫士者人夫妻女子亲友妹兄弟:：][阿小]){HAN}(?![便时儿孩腿脑肠结组量心腹年人学姐妹伙区麦米口])))"
        ),
        "island": re.compile(rf"(?<=[A-Za-z,.:;(] )({surname}{HAN}{{1,3}})(?=[,.;:)]? ?[A-Za-z(]|[,.;)]?$)"),
    }


@lru_cache(maxsize=65_536)
def is_word(two: str) -> bool:
    """Whether two characters are one word of jieba's dictionary and no name."""
    from rjieba import has_word, tag

    return len(two) == 2 and has_word(two) and not tag(two)[0][1].startswith("nr")


@lru_cache(maxsize=1)
def words_apart() -> frozenset[str]:
    """The first two characters of words that begin with a surname's character and are no name."""
    return frozenset(word[:2] for word in words("chinese_words.txt"))

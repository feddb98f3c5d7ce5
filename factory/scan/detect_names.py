"""Class A: names behind a cue word, and names made of listed words.

Names that neither a cue nor a list gives away are what the source identifiers (`factory.scan.index`) are for.
"""

from __future__ import annotations

import re

from factory.scan.lexicon import begins_word, is_romanised, words, zh_surnames
from factory.scan.spans import Detector, How, unsure, words_of

_CAP = r"[A-Z][a-z]+(?:[-'’][A-Z]?[a-z]+)*|[A-Z]{2,}(?:-[A-Z]+)*"
_INITIALS = r"(?:[A-Z]\.\s?){1,3}|[A-Z]{1,2}\b\.?"
_PARTICLE = r"(?:de|van|von|der|den|la|le|bin|binti|al|el|da|di|dos|del)\s"
_FULL = rf"(?:{_CAP}|(?:{_INITIALS}))(?:,?[ ](?:{_PARTICLE})?(?:{_CAP}|{_INITIALS})){{0,3}}"
_NOT_NAMES = words_of(
    "the a an of and or to in on at by for with from is was has had be been no not none nil name names note "
    "notes number id "
    "patient patients pt unknown admitted ward clinic hospital medical centre center department unit team "
    "care home general "
    "emergency accident service services nurse doctor consultant registrar sister officer manager reviewer "
    "clerk staff "
    "male female mother father wife husband son daughter brother sister family relative relatives friend "
    "carer spouse kin "
    "he she they we i you it his her their this that these those who which when where there here said says "
    "told reported "
    "denies complains complained presents presented seen review reviewed follow up call called phone tel "
    "mobile email fax "
    "mr mrs ms miss mdm madam dr prof professor january february march april may june july august september "
    "october november "
    "december monday tuesday wednesday thursday friday saturday sunday north south east west ct mri ecg icu "
    "ccu ed er gp ent "
    "opd a&e bp hr rr iv im po sc ng icd hkid ssn mrn ok yes will please thanks thank dear regards yours "
    "sincerely all new old "
    "left right chest abdomen head neck type stage grade class data table column row sample record records "
    "report summary "
    "stable well good fair poor discharge discharged admission x ray xr us usg mg ml kg cm mm hg "
    "if as but after before during then again once discussed informed agreed aware visited visiting kept keeps "
    "physician surgeon specialist medicine surgery cardiology oncology primary secondary only also "
)
_TITLES = r"Mr|Mrs|Ms|Miss|Mdm|Madam|Dr|Prof|Professor|Sir|Auntie|Uncle|Sister|Nurse|MR|MRS|MS|DR"
_KIN_EN = (
    r"husband|wife|spouse|partner|mother|father|mum|mom|dad|son|daughter|brother|sister|aunt|uncle|niece|"
    r"nephew|cousin|"
    r"grandson|granddaughter|grandmother|grandfather|grandma|grandpa|friend|neighbou?r|carer|caregiver|"
    r"guardian|helper|"
    r"next of kin|nok|kin|fianc[eé]e?|colleague|employer"
)
_CUES_EN = (
    r"patient(?: name)?|pt(?: name)?|name(?: of patient)?|named|known as|alias|a\.?k\.?a\.?|called|spoke (?:to|with)|"
    r"dear|signed(?: by)?|attn|attention|contact(?: person)?|seen by|reviewed by|referred by|under|consultant|"
    r"attending|"
    r"witness(?:ed by)?|c/o|re|regards,?|from|for|informed|met with|handed over to|maiden name|surname|forename"
)
_ZH = r"\u3400-\u4dbf\u4e00-\u9fff"
_KIN_ZH = (
    "丈夫|妻子|儿子|兒子|女儿|女兒|父亲|父親|母亲|母親|爸爸|妈妈|媽媽|哥哥|姐姐|弟弟|妹妹|配偶|老伴|爱人|愛人|"
    "太太|先生|"
    "家属|家屬|亲属|親屬|朋友|邻居|鄰居|监护人|監護人|照顾者|照顧者|孙子|孫子|孙女|孫女|外孙|外孫|侄子|姪子|"
    "侄女|姪女|女婿|媳妇|媳婦|其子|其女|其夫|其妻|其父|其母"
)
_CUES_ZH = (
    "患者|病人|病者|姓名|名字|本人|联系人|聯絡人|聯繫人|联络人|签名|簽名|签字|簽字|署名|医生|醫生|医师|醫師|"
    "主任|护士|護士|"
    "护士长|護士長|登记名|登記名|以|与|與|由|交更予|交班给|主诊|主診|致|联系|聯絡|叫|名叫|转介|轉介|同事|雇主|"
    "僱主|姑娘|经理|經理"
)
_TITLES_ZH = (
    "先生|女士|小姐|太太|医生|醫生|医师|醫師|大夫|主任|护士长|護士長|护士|護士|教授|老师|老師|伯伯|婆婆|公公|"
    "阿姨|叔叔|奶奶|爷爷|爺爺|"
    "姑娘|师傅|師傅|伯|婶|嬸|叔|婆|生(?=[，,。;；说說的、(在\\s])|太(?=[，,。;；说說的、(在\\s])|氏(?=[，,。、]|$)"
)


def _tokens(text: str) -> list[str]:
    return re.findall(r"[A-Za-z]+(?:['’-][A-Za-z]+)*", text)


def _listed(token: str) -> bool:
    low = token.casefold()
    return low not in _NOT_NAMES and (low in words("surnames_en") or low in words("given_en"))


def _is_romanised_name(tokens: list[str]) -> bool:
    """All words are syllables of Chinese, and one of them is a surname."""
    low = [token.casefold() for token in tokens]
    syllables = [part for token in low for part in token.split("-")]
    return any(token in words("surnames_roman") for token in low) and all(is_romanised(part) for part in syllables)


def _after_title(match: re.Match[str]) -> bool | None:
    tokens = _tokens(match["hit"])
    if not tokens or tokens[0].casefold() in _NOT_NAMES or (len(tokens) == 1 and len(tokens[0]) < 2):
        return None
    # `MS` and `MR` begin names of medicines too: in capitals they want a known name behind them.
    title = match[0].split(" ")[0].rstrip(".")
    return (
        True if not title.isupper() or any(_listed(token) for token in tokens) or _is_romanised_name(tokens) else None
    )


def _after_cue(match: re.Match[str]) -> bool | None:
    tokens = [token for token in _tokens(match["hit"]) if token.casefold() not in _NOT_NAMES]
    tokens = [token for token in tokens if len(token) > 1 or len(tokens) > 1]
    if not tokens or _tokens(match["hit"])[0].casefold() in _NOT_NAMES:
        return None
    if _is_romanised_name(tokens):
        return len(tokens) > 1
    known = sum(_listed(token) for token in tokens)
    return known > 1 if known else None


def _pair(match: re.Match[str]) -> bool | None:
    """A listed given name beside a listed surname, both no everyday words."""
    first, second = match["one"].casefold(), match["two"].casefold()
    given, sur = words("given_en"), words("surnames_en")
    if first in _NOT_NAMES or second in _NOT_NAMES:
        return None
    if (first in given and second in sur) or (match["comma"] and first in sur and second in given):
        return bool(match["comma"]) or first in given
    return None


def _romanised(match: re.Match[str]) -> bool | None:
    """A romanised surname in capitals before one to three syllables: CHAN Tai Man, Chan, Tai-man."""
    parts = [part.casefold() for part in re.split(r"[ -]", match["given"])]
    if match["sur"].casefold() not in words("surnames_roman") or any(part in _NOT_NAMES for part in parts):
        return None
    if not all(is_romanised(part) for part in parts):
        return None
    return match["sur"].isupper() or len(parts) > 1


def _zh_name(text: str) -> bool:
    one, two = zh_surnames()
    if begins_word(text[:2]):
        return False
    return text[:1] in one or text[:2] in two


def _zh_after(match: re.Match[str]) -> bool | None:
    return True if _zh_name(match["hit"]) else None


def _zh_cell(match: re.Match[str]) -> bool | None:
    return False if _zh_name(match["hit"]) else None


def _initials(match: re.Match[str]) -> bool | None:
    return True if _is_romanised_name([match["sur"]]) or _listed(match["sur"]) else None


def _by_characters() -> re.Pattern[str]:
    """A surname and two characters that given names are made of; words that only look so are left out."""
    one, two = zh_surnames()
    given = "".join(words("given_zh"))
    surname = f"(?:{'|'.join(sorted(two))}|[{''.join(sorted(one))}])"
    everyday = "|".join(sorted(words("common_zh")))
    first = "".join(sorted({name[0] for name in one | two}))
    return re.compile(rf"(?=[{first}])(?!{everyday}){surname}[\s·]{{0,2}}[{given}][\s·]{{0,2}}[{given}]")


def _zh_title(match: re.Match[str]) -> bool | None:
    """The last one to three characters before a title that begin with a surname."""
    text = match["hit"]
    one, _ = zh_surnames()
    if text[-2:] in ("顾问", "顧問"):
        return None
    if any(_zh_name(text[-length:]) for length in (2, 3) if len(text) >= length):
        return True
    if text[-2:] in ("责任", "責任", "主任", "信任"):
        return None
    return True if text[-1:] in one and match.end("hit") - match.start("hit") <= 2 else None


DETECTORS: tuple[Detector, ...] = (
    Detector(
        "name behind a title",
        "A",
        re.compile(
            rf"(?<![A-Za-z])(?:{_TITLES})\b\.?[ ](?P<hit>(?:{_CAP}|{_INITIALS})(?:[ ](?:{_CAP}|{_INITIALS})){{0,3}})"
        ),
        _after_title,
        words_of("mr mrs ms miss mdm madam dr prof professor sir auntie uncle sister nurse"),
        how=How.AT_CUE,
    ),
    Detector(
        "name behind a relation",
        "A",
        re.compile(
            rf"(?<![A-Za-z])(?i:{_KIN_EN})(?:'s name)?(?: is| was| named| called|:|,|"
            rf" \([^)]*\))?[\s:,(]{{1,3}}(?P<hit>{_FULL})"
        ),
        _after_cue,
        words_of(re.sub(r"[^a-z ]", " ", _KIN_EN.replace("|", " "))) | words_of("neighbour neighbor fiance"),
        how=How.AT_CUE,
    ),
    Detector(
        "name behind a cue",
        "A",
        re.compile(rf"(?<![A-Za-z])(?i:{_CUES_EN})(?: is| was)?\s?[:=,-]?\s{{0,2}}(?P<hit>{_FULL})"),
        _after_cue,
        words_of(re.sub(r"[^a-z ]", " ", _CUES_EN.replace("|", " "))),
        how=How.AT_CUE,
    ),
    Detector(
        "listed given name and surname",
        "A",
        re.compile(
            r"(?<![A-Za-z])(?P<one>[A-Z][a-z]+|[A-Z]{2,})(?P<comma>,)?(?:[ ][A-Z]\.?)?[ ](?P<two>[A-Z][a-z]+|"
            r"[A-Z]{2,})(?![A-Za-z])"
        ),
        _pair,
        words("surnames_en"),
    ),
    Detector(
        "romanised Chinese name",
        "A",
        re.compile(
            r"(?<![A-Za-z])(?P<sur>[A-Z]{2,}|[A-Z][a-z]+),?[ ](?P<given>[A-Z][a-z]+(?:(?:-[A-Za-z]|"
            r"[ ][A-Z])[a-z]+){0,2})(?![A-Za-z])"
        ),
        _romanised,
        words("surnames_roman"),
    ),
    Detector(
        "romanised Chinese name",
        "A",
        re.compile(
            r"(?<![A-Za-z])(?P<given>[A-Z][a-z]+(?:(?:-[A-Za-z]|[ ][A-Z])[a-z]+){0,1})[ ](?P<sur>[A-Z]{2,}|"
            r"[A-Z][a-z]+)(?![A-Za-z])"
        ),
        _romanised,
        words("surnames_roman"),
    ),
    Detector(
        "initials and surname",
        "A",
        re.compile(r"(?<![A-Za-z.])(?:[A-Z]\.\s?){1,3}(?P<sur>[A-Z][A-Za-z'-]{2,})(?![A-Za-z])"),
        _initials,
        words("surnames_en") | words("surnames_roman"),
    ),
    Detector(
        "Chinese name by its characters",
        "A",
        _by_characters(),
        unsure,
        chars=frozenset(name[0] for name in words("surnames_zh")),
    ),
    Detector(
        "Chinese name behind a cue",
        "A",
        re.compile(
            rf"(?:{_KIN_ZH}|{_CUES_ZH})(?:为|為|是|叫|"
            rf"名叫)?[\s:,(、\"“-]{{0,2}}(?P<hit>[{_ZH}][\s·・]{{0,2}}[{_ZH}](?:[\s·・]{{0,2}}[{_ZH}])?)(?=[\s,。;:、)(\"”诉訴称稱于於之的说說在已]|"
            rf"$|\d|[A-Za-z]|陪|签|簽|先|女|小)"
        ),
        _zh_after,
        chars=frozenset(cue[0] for cue in (_KIN_ZH + "|" + _CUES_ZH).split("|")),
        how=How.AT_CUE,
    ),
    Detector(
        "Chinese name before a title",
        "A",
        re.compile(rf"(?P<hit>[{_ZH}]{{1,4}}?)(?:{_TITLES_ZH})"),
        _zh_title,
        chars=frozenset("先女小太医醫大主护護教老伯婆公阿叔奶爷爺姑师師婶嬸生氏"),
    ),
    Detector(
        "Chinese name",
        "A",
        re.compile(rf"^(?P<hit>[{_ZH}]\s?[{_ZH}]{{1,2}}|[{_ZH}]{{2}}\s?[{_ZH}]{{2}})$"),
        _zh_cell,
        weak=True,
    ),
    Detector(
        "pet name",
        "A",
        re.compile(rf"(?<![{_ZH}])阿[{_ZH}](?=[,，。、说說的\s])"),
        unsure,
        chars=frozenset("阿"),
    ),
)

"""Classes H, I, J, K, L, M, R where a label says what the number beside it is."""

from __future__ import annotations

import re

from factory.scan.checkdigits import is_gtin
from factory.scan.spans import Detector, How, Judge, sure, words_of

_I = re.IGNORECASE
_FEWEST_DIGITS = 4
# A blood pressure, a dose, a year by itself: what stands behind a label by chance.
_RATIO = re.compile(r"(?:^|[ -])\d{1,3}/\d{1,3}$|^(?:19|20)\d\d$")
# Between a label and its number: `No.`, `#`, `is`, a colon, a few blanks.
_LINK = (
    r"(?:(?<=no)\.)?(?:\s*(?:nos?|numbers?|num|id|code|card|ref(?:erence)?|号码|號碼|编号|編號|卡号|卡號|号|號|證|证|卡)\b\.?)*"
    r"\s*(?:(?:is|was|as|为|為|是|係|:|=|#|-|\(|“|\")\s*){0,3}"
)
_LINK = _LINK.replace(r"卡)\b\.?)*", r"卡)\.?)*")
_NUMBER = r"(?P<hit>(?:[A-Z]{1,4}[-. ]?)?\d[A-Z0-9]*(?:[-. /][A-Z0-9]*\d[A-Z0-9]*){0,4})(?![A-Z0-9])"
_SERIAL = r"(?P<hit>(?:SN[-: ]?)?[A-Z0-9][A-Z0-9]{2,}(?:[-./ ][A-Z0-9]*\d[A-Z0-9]*|[-./][A-Z0-9]+){0,3})(?![A-Z0-9])"


def _enough(fewest: int) -> Judge:
    def judge(match: re.Match[str]) -> bool | None:
        if _RATIO.search(match["hit"]):
            return None
        return True if sum(letter.isdigit() for letter in match["hit"]) >= fewest else None

    return judge


def _serial(match: re.Match[str]) -> bool | None:
    text = match["hit"]
    return True if any(c.isdigit() for c in text) and sum(c.isalnum() for c in text) >= 5 else None


def _udi(match: re.Match[str]) -> bool:
    return is_gtin(match["gtin"])


def _label(
    name: str,
    letter: str,
    english: str,
    chinese: str,
    number: str = _NUMBER,
    judge: Judge | None = None,
    digits: int = 3,
) -> Detector:
    """A detector of numbers behind one of the labels; `english` and `chinese` are alternatives of a pattern."""
    labels = rf"(?:(?<![a-z])(?:{english})(?![a-z])|(?:{chinese}))"
    words = frozenset(re.match("[a-z]+", part)[0] for part in re.split(r"\|(?![^(]*\))", english))  # type: ignore[index]
    first = frozenset(part[0] for part in chinese.split("|"))
    return Detector(
        name,
        letter,
        re.compile(labels + _LINK + number, _I),
        judge or _enough(_FEWEST_DIGITS),
        words,
        first,
        digits=digits,
        how=How.AT_CUE,
    )


DETECTORS: tuple[Detector, ...] = (
    _label(
        "medical record number",
        "H",
        r"mrn|hn|umrn|medical record|record no|hospital (?:no|number|id|num)|hosp\.? no|case (?:no|number)|"
        r"chart (?:no|number)|"
        r"patient (?:no|number|nbr|id|identifier)|pt id|pat id|unit (?:no|number)|file (?:no|number)|nhs (?:no|"
        r"number)|episode (?:no|number)|"
        r"visit (?:no|number|id)|encounter (?:no|number|id)|admission (?:no|number)|accession(?: (?:no|number))?",
        "病案号|病歷號|病历号|病案|病歷|病历|住院号|住院號|门诊号|門診號|档案号|檔案|档案|就诊卡|求診編號|"
        "登记号|登記號|病人编号|病人編號|检查号|檢查號|影像号",
    ),
    _label(
        "health plan number",
        "I",
        r"insurance(?: policy| member| plan)?|policy|member(?:ship)?|subscriber|medicare|medicaid|mbi|hicn|"
        r"plan|payer|payor|"
        r"beneficiary|group (?:no|number)|claim (?:no|number)",
        "医保卡?|醫保|社保卡?|保险单?|保險單?|保单|保單|會員|会员|投保人?|报销|報銷|索償|参保",
    ),
    _label(
        "account number",
        "J",
        r"account|acct|a/c|bank|iban|invoice|bill(?:ing)?(?: no| number)|receipt|octopus|credit card|debit card|card",
        "账号|帳號|账户|帳戶|银行卡?|銀行|卡号|卡號|户口|戶口|发票|發票|收据|收據|八達通|信用卡|银联卡?|銀聯",
    ),
    _label(
        "certificate or licence",
        "K",
        r"licence|license|licenced|licensed|certificate|cert|registration|reg\.? no|dea|npi|permit",
        "执照|執照|驾驶证|駕駛證|驾照|駕照|执业证?|執業證?|证书|證書|出生证|出生證|死亡证|死亡證|牌照",
    ),
    _label(
        "device serial number",
        "M",
        r"serial|serial no|s/n|sn|device(?: id| no| serial)?|pump|pacemaker|implant|prosthesis|stent|monitor|"
        r"udi|lot|sensor|icd device|"
        r"cgm|ventilator|hearing aid|valve|model",
        "序列号|序號|序列號|机身编号|機身編號|机身|機身|设备号|設備|仪器|儀器|起搏器|胰岛素泵|胰島素泵|支架|"
        "植入物|批号|批號|产品号|產品編號",
        _SERIAL,
        _serial,
    ),
    Detector(
        "unique device identifier",
        "M",
        re.compile(r"\(01\)\s?(?P<gtin>\d{14})(?:\s?\(\d{2,3}\)\s?[\w-]+)*"),
        _udi,
        digits=14,
    ),
    _label(
        "vehicle plate with a label",
        "L",
        r"plate|registration mark|vehicle(?: no| reg)?|car(?: reg(?:istration)?| no| plate)?|number plate|"
        r"taxi|van|vin",
        "车牌|車牌|牌号|牌號|车号|車號|汽车|車輛|车辆|轿车|私家車|的士",
        r"(?:号码|號碼|号|號)?[\s:,is]{0,4}(?P<hit>[A-Z]{1,2}\s?\d{1,4}|[A-Z]{3}[- ]?\d{3,4}|"
        r"\d{1,4}[- ]?[A-Z]{2,3})(?![A-Z0-9])",
        _enough(2),
    ),
    _label(
        "account of a messenger",
        "R",
        r"wechat|weixin|wx|qq|line id|telegram|skype|instagram|facebook|twitter|weibo",
        "微信号?|微信號|微博|QQ号?|抖音|小红书|小紅書|臉書|脸书",
        r"(?:\s*(?:id|号|號|帐号|账号|帳號|handle|name))?\s*(?:is|:|=|为|為|"
        r"是)?\s*(?P<hit>@?(?=[\w.-]*[\d_.-])[A-Za-z0-9][\w.-]{4,29}|\d{5,12})(?![\w])",
        sure,
        digits=0,
    ),
    _label(
        "other number with a label",
        "R",
        r"employee (?:no|number|id)|staff (?:no|number|id)|student (?:no|number|id)|sample (?:no|number|id)|"
        r"specimen (?:no|number|id)|"
        r"barcode|study id|trial id|subject (?:no|number|id)|customer (?:no|number|id)|badge|"
        r"ref(?:erence)? no|booking",
        "工号|工號|学号|學號|员工|員工|标本号|標本|样本号|條碼|条码|流水号|流水號|编号|編號|参考号|參考編號|登记编号",
    ),
    Detector(
        "last digits with a label",
        "R",
        re.compile(
            r"(?:(?:ending|ends?|last (?:four|4|three|3)(?: digits)?)(?: (?:in|with|are|is|of|digits|hkid|id|"
            r"ssn|phone|mrn))*\s*:?\s*|"
            r"(?:尾号|尾號|尾数|尾數|末四位|後四位|后四位|尾四位|末[三3]位)\s*(?:为|為|是|:)?\s*|(?:身份证|"
            r"身份證|身分證)\s*(?=\d{4}(?!\d)))"
            r"(?P<hit>\d{3,4}[A-Z]?|\d{3}\([0-9A]\))(?!\d)",
            _I,
        ),
        words=words_of("ending ends end last"),
        chars=frozenset("尾末後后身"),
        digits=3,
    ),
)

"""Numbers after a word that says what they are, in English and simplified Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from factory.deid.text.formats.hit import Hit
from factory.deid.text.formats.runs import DigitRun
from factory.deid.text.spans import PhiClass

_DURATION = r"\d{1,4}[- ]?(?:years?|yrs?|months?|weeks?|days?|hours?|hrs?)(?![A-Za-z])"
_VALUE = re.compile(
    rf"(?!{_DURATION})\d(?:[0-9A-Za-z]|[-/](?=[0-9A-Za-z])|\ (?=\d{{3}})){{2,24}}"
    rf"(?:(?<=\d{{4}}\ \d{{4}})\ \d(?![0-9A-Za-z]))?(?:\ ?\([0-9A]\))?(?![0-9A-Za-z])"
)
_SIGNS = " :#.="
_CONNECTORS = frozenset(["is", "number", "no", "num", "ending", "in", "digits", "of", "with", "id", "last", "four"])
_CONNECTORS_ZH = ("号码", "编号", "尾号", "后四位", "末四位", "为", "是", "码", "号", "编", "尾")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz/'"
_MOST_CONNECTORS = 4
_WINDOW = 28  # characters before a number in which its label stands
_LABELS: dict[PhiClass, str] = {
    PhiClass.MRN: "mrn hn uhid urn record hospital hosp chart case file patient clinic visit encounter admission "
    "specimen accession lab 病案 住院 门诊 病历 档案 就诊卡 就诊 检查 检验 影像 标本",
    PhiClass.ID: "hkid ssn security id card identity passport permit national "
    "身份证 身份证明文件 证件 护照 通行证 回乡证 台胞证 永居证",
    PhiClass.ACCOUNT: "account acct policy member membership insurance medicare medicaid beneficiary subscriber claim "
    "plan invoice group 银行卡 卡 账户 帐户 医保卡 医保 社保卡 社保 保险 保单 会员",
    PhiClass.LICENCE: "licence license registration certificate driver driver's drivers 驾驶证 执照 证书 资格证",
    PhiClass.DEVICE: "serial s/n sn device implant pacemaker lot model udi pump meter 序列 机身 设备 批",
    PhiClass.VEHICLE: "plate vehicle vin 车牌",
}
_KIND_OF = {label: kind for kind, labels in _LABELS.items() for label in labels.split()}
_LAST_OF_LABELS = frozenset(label[-1] for label in (*_KIND_OF, *_CONNECTORS_ZH))
_LONGEST_LABEL = max(map(len, _KIND_OF))


def find(text: str, runs: Sequence[DigitRun]) -> Iterator[Hit]:
    """Labelled numbers, whatever connects the two: 'MRN no.: 12', '病案号为12'. Letters before the digits belong."""
    end = 0
    for run in runs:
        if run.at < end:
            continue
        value = _VALUE.match(text, run.at)
        if value is None:
            continue
        start = run.attached if run.attached < run.at or not text[run.apart].isupper() else run.apart
        kind = _label_before(text, start)
        if kind is None and start < run.at:
            start, kind = run.at, _label_before(text, run.at)
        if kind is not None:
            end = value.end()
            yield Hit(start, end, kind, 0.85)


def _label_before(text: str, at: int) -> PhiClass | None:
    if not at or (text[at - 1].isascii() and text[at - 1] not in _SIGNS):
        return None
    bare = text[max(0, at - _WINDOW) : at].rstrip(_SIGNS)
    for _ in range(_MOST_CONNECTORS):
        stem = bare.rstrip(_LETTERS)
        if len(stem) < len(bare):
            found = bare[len(stem) :].lower()
            if found not in _CONNECTORS or (found in _KIND_OF and not stem):
                return _KIND_OF.get(found)
            kind = _KIND_OF.get(found)
            bare = stem.rstrip(_SIGNS)
            if kind is not None and bare[len(bare.rstrip(_LETTERS)) :].lower() not in _KIND_OF:
                return kind
            continue
        if bare[-1:] not in _LAST_OF_LABELS:
            return None
        for length in range(_LONGEST_LABEL, 0, -1):
            if bare[-length:] in _KIND_OF:
                return _KIND_OF[bare[-length:]]
        one = next((one for one in _CONNECTORS_ZH if bare.endswith(one)), None)
        if one is None:
            return None
        bare = bare.removesuffix(one).rstrip(_SIGNS)
    return None

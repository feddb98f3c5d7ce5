"""Class A: employers, who are among those whose names the rule protects (45 CFR 164.514(b)(2)(i))."""

from __future__ import annotations

import re

from factory.scan.spans import Detector, How, sure, unsure, words_of

_ZH = r"\u3400-\u4dbf\u4e00-\u9fff"
_CAP = r"[A-Z][A-Za-z'&.-]+"
_ZH_FIRMS = (
    "有限公司|公司|集团|集團|工厂|工廠|厂|廠|小学|小學|中学|中學|大学|大學|幼儿园|幼稚園|"
    "饼店|餅店|酒店|飯店|饭店|餐厅|餐廳|超市|银行|銀行|事务所|事務所"
)

DETECTORS: tuple[Detector, ...] = (
    Detector(
        "employer",
        "A",
        re.compile(
            rf"(?i:works?(?:ing)? (?:at|for)|employed (?:by|at|with)|employer(?: is|:)?|job at|back at|"
            rf"leaving|retired from)\s(?P<hit>{_CAP}(?:\s(?:of|the|and|&|{_CAP})){{0,4}})"
        ),
        sure,
        words_of("works work working employed employer job back leaving retired"),
        how=How.AT_CUE,
    ),
    Detector(
        "employer",
        "A",
        re.compile(rf"(?:{_CAP}\s){{1,4}}(?:Ltd|LLC|Inc\.|Co\.? Limited)(?![A-Za-z])"),
        unsure,
        words_of("ltd limited inc llc"),
    ),
    Detector(
        "employer",
        "A",
        re.compile(
            rf"(?:工作单位|工作單位|任职于?|任職於?|就职于?|就職於?|雇主|僱主|供职于?|受僱於|受雇于|"
            rf"单位)[为為是:于於\s]{{0,2}}(?P<hit>[{_ZH}A-Za-z() ]{{3,24}}?(?:{_ZH_FIRMS}))"
        ),
        sure,
        chars=frozenset("工任就雇僱供受单"),
        how=How.AT_CUE,
    ),
    Detector(
        "employer",
        "A",
        re.compile(rf"[{_ZH}]{{2,10}}(?<!保险)(?<!保險)(?<!本)(?:{_ZH_FIRMS})"),
        unsure,
        chars=frozenset("司团團厂廠学學园園店厅廳市行所"),
    ),
)

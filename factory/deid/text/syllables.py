"""Syllables of Chinese names in Latin letters: pinyin, and the romanisations of Hong Kong."""

from __future__ import annotations

import re

_PINYIN = (
    r"(?:[bpmfdtnlgkhjqxrzcsyw]|zh|ch|sh)?"
    r"(?:a|ai|an|ang|ao|e|ei|en|eng|er|i|ia|ian|iang|iao|ie|in|ing|iong|iu|o|ong|ou|u|ua|uai|uan|uang|ue|ui|un|uo|v|ve|yu)"
)
_HONG_KONG = (
    r"(?:[bpmfdtnlgkhjsyw]|ch|ts|tz|sh|kw|ng|hs)?"
    r"(?:a|ah|aa|aai|aam|aan|aang|aap|ai|ak|am|an|ang|ap|at|au|ay|e|ee|ei|ek|em|en|eng|ep|et|eu|eui|euk|eun|eung|ew|ey|"
    r"i|ie|ik|im|in|ing|ip|it|iu|o|oi|ok|on|ong|oo|or|ot|ou|ow|oy|u|ue|uen|uet|ui|uk|um|un|ung|up|ut|uy|yu|yun|yuen|wan|wok|wong)"
)
_SYLLABLE = re.compile(rf"(?:{_PINYIN}|{_HONG_KONG}|ng|hm|szeto|au-?yeung|ouyang|sima|zhuge)$")
_RUN = re.compile(rf"(?:{_PINYIN}){{1,3}}$")


def is_syllable(word: str) -> bool:
    """Whether a lower-case word can be one syllable of a romanised Chinese name."""
    return len(word) <= 7 and _SYLLABLE.match(word) is not None


def is_given_name(word: str) -> bool:
    """Whether a lower-case word can be two or three syllables of pinyin written as one."""
    return 4 <= len(word) <= 14 and _RUN.match(word) is not None

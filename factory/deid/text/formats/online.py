"""Electronic mail, web addresses, IP and MAC addresses, handles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from factory.deid.text.formats.hit import Hit
from factory.deid.text.hints import holds_any
from factory.deid.text.spans import PhiClass
from factory.deid.text.tokens import Mark, marks_of

_LOCAL = r"[A-Za-z0-9.%+_\u00c0-\u024f-]*[A-Za-z0-9%+_\u00c0-\u024f-]"
_DOMAIN = r"(?:[A-Za-z0-9-]+(?:\.| (?:dot|\[dot\]|\(dot\)) ))+[A-Za-z]{2,}"
_AT = re.compile(r"@| at |[\[(]at[\])]")
_LOCAL_BEFORE = re.compile(rf"(?:[A-Za-z0-9]+ dot )*{_LOCAL}$")
_DOMAIN_AFTER = re.compile(_DOMAIN)
_PLAIN_DOMAIN = re.compile(r"(?:[A-Za-z0-9-]+(?:\.| dot ))+[A-Za-z]{2,}\b")
_LONGEST_LOCAL = 64  # RFC 5321, section 4.5.3.1.1
_REST = r"[^\s<>\"'，。；）)\u4e00-\u9fff]"
_LINK = re.compile(rf"(?:[hH][tT][tT][pP][sS]?://|[fF][tT][pP]://|[wW][wW][wW]\.){_REST}+")
_TOP = re.compile(
    rf"\.(?:com|org|net|edu|gov|info|biz|io|co|cn|hk|uk|de|fr|es|it|eu|us|tw|jp|ca|ch|at|be|nl|se|pl|cz|br|pt|uy|cy|za|hu|si|COM|ORG|NET|CN|HK)(?![A-Za-z0-9])(?:/{_REST}*)?"
)
_HOST_BEFORE = re.compile(r"(?<![A-Za-z0-9@.])(?:[A-Za-z0-9-]+\.)*[A-Za-z0-9-]*[A-Za-z][A-Za-z0-9-]*$")
_LONGEST_HOST = 80
_IP4 = re.compile(r"[0-9](?<![0-9.][0-9])\d{0,2}(?:\.\d{1,3}){3}(?![\d]|\.\d)(?::\d{2,5})?(?:/\d{1,2}(?!\d))?")
_IP6 = re.compile(
    r"[0-9A-Fa-f]{1,4}(?<![0-9A-Za-z:][0-9A-Fa-f]{4})(?::[0-9A-Fa-f]{1,4}){7}(?![0-9A-Za-z:])"
    r"|[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){1,6}::(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,5})?"
)
_MAC = re.compile(r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![0-9A-Za-z:])")
_HANDLE = re.compile(
    r"(?:微信号?|[Ww]e[Cc]hat(?: ID)?(?: is)?|QQ号?|[Ss]kype|[Tt]elegram|Line ID|[Ii]nstagram|[Tt]witter)"
    r"[ :为是]{0,3}(?<![A-Za-z0-9])([A-Za-z0-9][A-Za-z0-9_.-]{4,31})"
)
_NAMED = Mark.GIVEN | Mark.SURNAME | Mark.SYLLABLE
_UNDERSCORED = re.compile(r"[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+")
_HANDLE_HINTS = ("微信", "QQ", "hat", "kype", "elegram", "Line ID", "nstagram", "witter")


def find(text: str) -> Iterator[Hit]:
    """Electronic addresses of a folded text."""
    if "@" in text or " at " in text or "at)" in text or "at]" in text:
        yield from _mail(text)
    if "." in text:
        for match in _LINK.finditer(text) if "://" in text or "ww." in text or "WW." in text else ():
            yield Hit(match.start(), match.end(), PhiClass.URL, 0.9)
        for match in _TOP.finditer(text):
            host = _HOST_BEFORE.search(text, max(0, match.start() - _LONGEST_HOST), match.start())
            if host is not None:
                yield Hit(host.start(), match.end(), PhiClass.URL, 0.9)
        for match in _IP4.finditer(text):
            if all(int(part) < 256 for part in match.group().split("/")[0].split(":")[0].split(".")):
                yield Hit(match.start(), match.end(), PhiClass.IP, 0.9)
    colons = text.count(":")
    if colons + text.count("-") >= 5 or "::" in text:
        for pattern in (_IP6, _MAC) if "::" in text or colons >= 7 else (_MAC,):
            for match in pattern.finditer(text):
                yield Hit(match.start(), match.end(), PhiClass.IP, 0.9)
    yield from _handles(text)


def _handles(text: str) -> Iterator[Hit]:
    """Names that people go by: after the name of a service, or pieces of a name joined by low lines."""
    for match in _UNDERSCORED.finditer(text) if "_" in text else ():
        parts = match.group().split("_")
        named = any(marks_of(part) & _NAMED and not marks_of(part) & Mark.ORDINARY for part in parts)
        if named or sum(map(str.isdigit, match.group())) > 1:
            yield Hit(match.start(), match.end(), PhiClass.OTHER, 0.6)
    for match in _HANDLE.finditer(text) if holds_any(text, _HANDLE_HINTS) else ():
        yield Hit(match.start(1), match.end(1), PhiClass.OTHER, 0.8)


def _mail(text: str) -> Iterator[Hit]:
    """Mail addresses, the sign written as '@', ' at ', '(at)' or '[at]'."""
    for sign in _AT.finditer(text):
        start = sign.start() - (text[sign.start() - 1 : sign.start()] in (" ", "(", "["))
        start -= text[start - 1 : start] == " "
        stop = sign.end() + (text[sign.end() : sign.end() + 1] in (")", "]"))
        stop += text[stop : stop + 1] == " "
        domain = (_PLAIN_DOMAIN if sign.group() == " at " else _DOMAIN_AFTER).match(
            text, stop if sign.group() != " at " else sign.end()
        )
        if domain is None:
            continue
        local = _LOCAL_BEFORE.search(
            text, max(0, start - _LONGEST_LOCAL), start if sign.group() != " at " else sign.start()
        )
        if local is not None:
            yield Hit(local.start(), domain.end(), PhiClass.EMAIL, 0.95)

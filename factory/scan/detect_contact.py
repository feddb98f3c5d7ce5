"""Classes D, E, F, N, O: telephone and fax numbers, e-mail, web and network addresses."""

from __future__ import annotations

import ipaddress
import re

from factory.scan.spans import Detector, How, digits_in, unsure, words_of

_I = re.IGNORECASE
_GAP = r"[-\s.·]?"
_TOPS = (
    r"hospital|health|online|cloud|info|site|tech|com|org|net|edu|gov|mil|app|dev|int|biz|xyz|top|vip|io|co|me|hk|cn|tw|mo|sg|"
    r"jp|kr|uk|us|ca|au|de|fr|eu"
)
# Those of them that are no everyday words, and so worth a look.
_TOP_WORDS = words_of("www com org net edu gov mil io co hk cn tw sg jp kr uk au fr eu biz xyz")
# Names of formats and vocabularies: addresses that say how a file is written, and lead to nobody.
_VOCABULARIES = re.compile(
    r"(?:https?://)?(?:www\.)?(?:w3\.org|schema\.org|json-schema\.org|purl\.org|hl7\.org|loinc\.org|snomed\.info|"
    r"unitsofmeasure\.org|mlcommons\.org|creativecommons\.org|opendatacommons\.org|ga4gh\.org|doi\.org/10\.\d{4,9}|"
    r"eur-lex\.europa\.eu|ecfr\.gov|hhs\.gov|openxmlformats\.org|schemas\.openxmlformats\.org|"
    r"schemas\.microsoft\.com)"
    r"(?:/[\w./#():-]*)?$",
    _I,
)
_PHONE_WORDS = words_of(
    "tel telephone phone mobile mob cell cellphone call called calling rang ring ringing contact whatsapp sms "
    "text dial "
    "number hotline ext pager beeper hp ph t m phones tels"
)
_NUMBER = r"(?P<hit>(?:\+|00)?\(?\d(?:[-\s.·()/]{0,2}\d){5,14})(?!\d)"
_ENGLISH_DIGIT = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)"


def _number_length(match: re.Match[str]) -> bool | None:
    return True if 6 <= digits_in(match["hit"]) <= 15 else None


def _bare_hk(match: re.Match[str]) -> bool:
    return digits_in(match[0]) > 8 or len(match[0]) > 8


def _not_range(match: re.Match[str]) -> bool | None:
    """`2000-5000` is a range of doses or counts, `[2005-2010)` a band of years."""
    around = match.string[match.start() - 1 : match.start()] + match.string[match.end() : match.end() + 1]
    if around == "[)" and 1850 <= int(match[0][:4]) < int(match[0][-4:]) <= 2150:
        return None
    return None if match[0][2:4] == match[0][-2:] == "00" else True


def _ip(match: re.Match[str]) -> bool | None:
    try:
        address = ipaddress.ip_address(match[0])
    except ValueError:
        return None
    return None if address.is_unspecified else True


def _ip6(match: re.Match[str]) -> bool | None:
    if match[0].count(":") < 2 or not re.search(r"[0-9a-fA-F]{2}", match[0]):
        return None
    return _ip(match)


def _url(match: re.Match[str]) -> bool | None:
    shown = match[0].rstrip(".,;:)]}>\"'")
    return None if _VOCABULARIES.match(shown) else True


PHONES: tuple[Detector, ...] = (
    Detector(
        "fax",
        "E",
        re.compile(
            rf"(?<![a-z])(?:fax|facsimile|传真|傳真)(?:\s*(?:no|number|号码|號碼|号|號))?[^\d\n+(]{{0,10}}{_NUMBER}", _I
        ),
        _number_length,
        words_of("fax facsimile"),
        frozenset("传傳"),
        digits=6,
        how=How.AT_CUE,
    ),
    Detector(
        "phone with a label",
        "D",
        re.compile(
            r"(?<![a-z])(?:tel(?:ephone)?s?|(?:mobile|cell|home|work)?\s?phones?|mobile|mob|cell|"
            r"call(?:ed)?(?: to| on| at)?|"
            r"rang(?: from| on)?|ring(?: on)?|whatsapp|sms|contact|dial|hotline|pager|hp|ph)(?![a-z])"
            rf"(?:\s*(?:no|number|at|on|is)\b)*[^\d\n+(a-z]{{0,6}}{_NUMBER}",
            _I,
        ),
        _number_length,
        _PHONE_WORDS,
        digits=6,
        how=How.AT_CUE,
    ),
    Detector(
        "phone with a label",
        "D",
        re.compile(
            r"(?:电话|電話|手机|手機|致电|致電|联系方式|聯絡方式|热线|熱線|座机|固話|家電|来电|來電|拨打|撥打|短信)"
            rf"[^\d\n+(]{{0,8}}{_NUMBER}"
        ),
        _number_length,
        frozenset(),
        frozenset("电電手致联聯热熱座固家来來拨撥短"),
        digits=6,
        how=How.AT_CUE,
    ),
    Detector(
        "mainland mobile",
        "D",
        re.compile(rf"(?<![\d.])(?:(?:\+|00)?\(?86\)?{_GAP})?1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}(?!\d)"),
        digits=11,
        how=How.NUMBERS,
    ),
    Detector(
        "mainland mobile", "D", re.compile(r"(?<![\d.])1[3-9]\d([- .])\d{3}\1\d{5}(?!\d)"), digits=11, how=How.NUMBERS
    ),
    Detector(
        "mainland landline",
        "D",
        re.compile(
            r"(?<![\d.])(?:\(0\d{2,3}\)\s?|0\d{2,3}[- ])[2-8]\d{6,7}(?!\d)|(?<![\d.])[48]00[- ]?\d{3}[- ]\d{4}(?!\d)"
        ),
        digits=10,
        how=How.NUMBERS,
    ),
    Detector(
        "international phone",
        "D",
        re.compile(
            r"(?<![\d.\w])\+\(?\d{1,3}\)?(?:[-\s.()·]{0,2}\d){6,12}(?!\d)|"
            r"(?<![\d.\w])\(?(?:00)?(?:852|853|886)\)?[-\s.]{0,2}\d{4}[-\s.]?\d{4}(?!\d)"
        ),
        digits=8,
        how=How.NUMBERS,
    ),
    Detector(
        "US phone",
        "D",
        re.compile(r"(?<![\d.\w-])(?:1[-. ])?(?:\([2-9]\d{2}\)\s?|[2-9]\d{2}[-. ])[2-9]\d{2}[-. ]\d{4}(?![\d-])"),
        digits=10,
        how=How.NUMBERS,
    ),
    Detector(
        "Hong Kong phone",
        "D",
        re.compile(r"(?<![\dA-Za-z.])(?<!\d[-/ ])[235-9]\d{3}[-\s.·]\d{4}(?![\dA-Za-z]|[-/.]\d|\s\d{4})"),
        _not_range,
        digits=8,
        how=How.NUMBERS,
    ),
    Detector(
        "eight digits",
        "D",
        re.compile(r"(?<![\dA-Za-z-])(?<!\d[.,])[235-9]\d{7}(?![\dA-Za-z-]|[.,]\d)"),
        _bare_hk,
        digits=8,
        weak=True,
        how=How.NUMBERS,
    ),
    Detector(
        "digits in groups",
        "D",
        re.compile(r"(?<![\dA-Za-z.])(?<!\d[-/ .])\d{4}([-. ])\d{4}\1\d{1,4}(?![\dA-Za-z]|[-/. ]\d)"),
        unsure,
        digits=9,
        how=How.NUMBERS,
    ),
    Detector(
        "spelled digits",
        "D",
        re.compile(rf"\b{_ENGLISH_DIGIT}(?:[\s,-]+{_ENGLISH_DIGIT}){{5,}}\b", _I),
        words=words_of("zero one two three four five six seven eight nine"),
    ),
)

NETWORK: tuple[Detector, ...] = (
    Detector("email", "F", re.compile(r"[\w.+%-]+\s?@\s?(?:[\w-]+\s?\.\s?)+[A-Za-z]{2,}"), chars=frozenset("@")),
    Detector("email", "F", re.compile(r"(?<![\w@])[\w.+-]{2,}@[\w-]{2,}(?![\w.])"), chars=frozenset("@")),
    Detector(
        "obfuscated email",
        "F",
        re.compile(
            r"[\w.+-]+\s*(?:[(\[{<]\s*(?:at|@)\s*[)\]}>]|\s(?:at|AT)\s|艾特|小老鼠)\s*"
            rf"[\w-]+(?:\s*(?:[(\[{{<]\s*(?:dot|\.)\s*[)\]}}>]|\s(?:dot|DOT)\s|點|点|\.)\s*[\w-]+)*?"
            rf"\s*(?:[(\[{{<]\s*(?:dot|\.)\s*[)\]}}>]|\s(?:dot|DOT)\s|點|点|\.)\s*(?:{_TOPS})\b",
            _I,
        ),
        words=_TOP_WORDS | {"dot"},
        chars=frozenset("艾鼠"),
    ),
    Detector(
        "URL",
        "N",
        re.compile(r"(?:https?|ftp|sftp|s3|file|hxxps?)://[^\s<>\"']+", _I),
        _url,
        words=words_of("http https ftp sftp s file hxxp hxxps"),
    ),
    Detector(
        "URL",
        "N",
        re.compile(rf"(?<![\w@./-])(?:www\.[\w-]+(?:\.[\w-]+)+|(?:[\w-]+\.)+(?:{_TOPS})(?=/))(?:/[^\s<>\"']*)?", _I),
        _url,
        words=_TOP_WORDS,
    ),
    Detector(
        "URL",
        "N",
        re.compile(
            r"(?<![\w@./-])[A-Za-z][\w-]{2,}(?:\.[\w-]{2,})*\.(?:com|org|net|hk|cn|edu|gov)(?:\.(?:hk|cn|"
            r"tw))?(?![\w@.-]|\s?\()"
        ),
        _url,
        words=_TOP_WORDS,
    ),
    Detector(
        "IP address", "O", re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?!\d|\.\d)"), _ip, digits=4, how=How.NUMBERS
    ),
    Detector(
        "IPv6 address",
        "O",
        re.compile(r"(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", _I),
        _ip6,
        chars=frozenset(":"),
        digits=1,
    ),
    Detector(
        "MAC address",
        "O",
        re.compile(r"(?<![\w:-])(?:[0-9a-f]{2}([:-]))(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}(?![\w:-])", _I),
        long_run=True,
    ),
)

DETECTORS: tuple[Detector, ...] = (*PHONES, *NETWORK)

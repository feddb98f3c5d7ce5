"""The licence as people read it, in three languages: made of licence.yaml alone, which binds where they differ."""

from __future__ import annotations

import re
import textwrap

from factory.release.licence import Licence
from factory.words import Words, words

_WIDTH = 88

_KIND = {
    "ai-company": "a company that builds artificial intelligence",
    "pharma": "a pharmaceutical company",
    "academic": "an academic institution",
}

_PUBLICATION = {
    "none": "The Licensee publishes neither the Data nor results drawn from them.",
    "aggregate-results": "The Licensee may publish aggregate results, not the Data nor single records of them, "
    "and names the Licensor and the data set when it does.",
    "open": "The Licensee may publish results and methods, with single records as illustrations, and names the "
    "Licensor and the data set when it does. The Data as a whole are not published.",
}

_METER = {
    "pull": "for each time the Data are pulled",
    "thousand-rows": "for each thousand rows pulled",
    "model": "for each model trained on the Data",
    "month": "for each month in which the licence is in force",
}

_PLACES = {
    "HK": "Hong Kong SAR",
    "MO": "Macao SAR",
    "CN": "mainland China",
    "CN-GBA": "the nine mainland cities of the Greater Bay Area",
    "EEA": "the European Economic Area",
    "US": "the United States",
    "GB": "the United Kingdom",
    "SG": "Singapore",
    "JP": "Japan",
    "WORLD": "the world",
}

_YES = "The Licensee may train models on the Data. A model trained on them is not the Data, but the Licensee does not use it to reproduce them."  # noqa: E501 - one message of the catalogue
_NO = "The Licensee does not train models on the Data."
_GRANT = "The Licensor lets the Licensee use the Data, which are synthetic, in the territory, for as long as this licence is in force, for these purposes and no other: {purposes}."  # noqa: E501 - as above
_NOTICE = (
    "Who comes to believe that a person can be recognised in the Data tells the Licensor at once and stops using them."
)
_CLOSING = "This text is made from licence.yaml, which binds where the two differ. Both are covered by the signature of the bundle. It is not legal advice."  # noqa: E501 - as above


def render(licence: Licence, title: str, name_and_version: str, candidate: str, language: str = "en") -> str:
    """The licence in one language of factory.words. What the parties wrote themselves stands as they wrote it."""
    say = words(language)
    sections = _sections(licence, say)
    body = "\n".join(
        f"{number}. {head}\n{_wrapped(text, '   ')}\n" for number, (head, text) in enumerate(sections, start=1)
    )
    opening = _opening(licence, title, name_and_version, candidate, say)
    return f"{opening}\n{body}\n{_wrapped(say(_CLOSING), '')}\n"


def _opening(licence: Licence, title: str, name_and_version: str, candidate: str, say: Words) -> str:
    places = ", ".join(say(_PLACES[code]) if code in _PLACES else code for code in licence.licensee.territory)
    rows = [
        ("Licence", licence.id),
        ("Data", f"{' '.join(title.split())} ({name_and_version})"),
        ("Digest", candidate),
        ("Licensor", licence.licensor),
        ("Licensee", f"{licence.licensee.name}, {say(_KIND[licence.licensee.kind])}"),
        ("Territory", places),
        ("In force", say("{first} to {last}, both days included", first=licence.effective, last=licence.expires)),
        ("Law", licence.governing_law),
    ]
    return "\n".join([say("DATA LICENCE"), "", *(f"{_padded(say(head))}{text}" for head, text in rows)]) + "\n"


def _padded(head: str) -> str:
    return head + " " * max(1, 13 - sum(2 if ord(sign) > 0x2E80 else 1 for sign in head))


def _sections(licence: Licence, say: Words) -> list[tuple[str, str]]:
    sections = [
        ("Grant", say(_GRANT, purposes=", ".join(licence.purposes))),
        (
            "No re-identification",
            say("The Licensee does not try to learn of whom the Data were made, nor helps others to."),
        ),
        ("No linkage", say("The Licensee does not link the Data with other records about persons.")),
        (
            "No onward transfer",
            say("The Licensee does not give the Data, or access to them, to anybody else."),
        ),
        ("Models", say(_YES if licence.model_training else _NO)),
        ("Publication", say(_PUBLICATION[licence.publication])),
        (
            "Notice",
            say(_NOTICE),
        ),
        ("Destruction", licence.destruction),
    ]
    if licence.restrictions:
        sections.insert(1, ("Restrictions", ", ".join(licence.restrictions)))
    if licence.standard_contract:
        sections.append(("Standard contract", _contract(licence, say)))
    if licence.royalty:
        sections.append(("Royalty", _royalty(licence, say)))
    if licence.fees:
        sections.append(("Fees", licence.fees))
    return [(say(head), text) for head, text in sections]


def _contract(licence: Licence, say: Words) -> str:
    filed = licence.standard_contract.filed if licence.standard_contract else None
    said = say("The Data crossed under the standard contract for personal information within the Greater Bay Area.")
    more = say("It was filed on {day}.", day=filed) if filed else say("It has still to be filed.")
    return f"{said} {more}"


def _royalty(licence: Licence, say: Words) -> str:
    if licence.royalty is None:
        return ""
    return say(
        "The Licensee pays {amount} {currency} {meter}, as the Licensor's catalogue counts, and reports every {days} days.",  # noqa: E501 - one message of the catalogue
        amount=licence.royalty.amount,
        currency=licence.royalty.currency,
        meter=say(_METER[licence.royalty.meter]),
        days=licence.royalty.report_every_days,
    )


def _wrapped(text: str, indent: str) -> str:
    """Lines of at most 88 columns; Chinese, which has no spaces, is broken after 42 signs."""
    lines: list[str] = []
    for line in filter(str.strip, text.splitlines()):
        if re.search("[\u3400-\u9fff]", line):
            lines += [line[at : at + 42] for at in range(0, len(line), 42)]
        else:
            lines += textwrap.fill(line, _WIDTH, break_on_hyphens=False).splitlines()
    return textwrap.indent("\n".join(lines), indent)

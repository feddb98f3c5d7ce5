"""The licence as people read it: licence.txt of the bundle, made of licence.yaml alone."""

from __future__ import annotations

import textwrap

from factory.release.licence import Licence

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


def render(licence: Licence, title: str, name_and_version: str, candidate: str) -> str:
    """The licence in English; the YAML file binds where the two differ."""
    sections = _sections(licence)
    body = "\n".join(f"{number}. {head}\n{_wrapped(text)}\n" for number, (head, text) in enumerate(sections, start=1))
    return f"{_opening(licence, title, name_and_version, candidate)}\n{body}\n{_CLOSING}"


_CLOSING = (
    "This text is made from licence.yaml, which binds where the two differ. Both are covered by the\n"
    "signature of the bundle. It is not legal advice.\n"
)


def _opening(licence: Licence, title: str, name_and_version: str, candidate: str) -> str:
    lines = [
        "DATA LICENCE",
        "",
        f"Licence      {licence.id}",
        f"Data         {' '.join(title.split())} ({name_and_version})",
        f"Digest       {candidate}",
        f"Licensor     {licence.licensor}",
        f"Licensee     {licence.licensee.name}, {_KIND[licence.licensee.kind]}",
        f"Territory    {licence.licensee.territory}",
        f"In force     {licence.effective} to {licence.expires}, both days included",
        f"Law          {licence.governing_law}",
    ]
    return "\n".join(lines) + "\n"


def _sections(licence: Licence) -> list[tuple[str, str]]:
    training = (
        "The Licensee may train models on the Data. A model trained on them is not the Data, but the Licensee "
        "does not use it to reproduce them."
        if licence.model_training
        else "The Licensee does not train models on the Data."
    )
    sections = [
        (
            "Grant",
            "The Licensor lets the Licensee use the Data, which are synthetic, in the territory, for as long as this "
            f"licence is in force, for these purposes and no other: {', '.join(licence.purposes)}.",
        ),
        ("No re-identification", "The Licensee does not try to learn of whom the Data were made, nor helps others to."),
        ("No linkage", "The Licensee does not link the Data with other records about persons."),
        ("No onward transfer", "The Licensee does not give the Data, or access to them, to anybody else."),
        ("Models", training),
        ("Publication", _PUBLICATION[licence.publication]),
        (
            "Notice",
            "Who comes to believe that a person can be recognised in the Data tells the Licensor at once and stops "
            "using them.",
        ),
        ("Destruction", licence.destruction),
    ]
    return [*sections, ("Fees", licence.fees)] if licence.fees else sections


def _wrapped(text: str) -> str:
    paragraphs = [textwrap.fill(line, _WIDTH, break_on_hyphens=False) for line in text.splitlines() if line.strip()]
    return textwrap.indent("\n".join(paragraphs), "   ")

"""The evidence scanned for identifiers, as a stranger would: every document, less what it says on purpose.

What is said on purpose is known word for word: authors of methods cited, who of the staff produced, dates of the
review, digests of what is released, addresses of vocabularies, codes that the contract lists, and the sentences of the
catalogues, in whose Chinese a scanner sees names. It is blanked in a copy, and the copy is scanned; so no place in a
document is exempt from the scan, and no list of exceptions has to follow a change of layout.
"""

from __future__ import annotations

import functools
import html
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from factory.contract import released
from factory.core.files import sha256_file, storage_errors
from factory.evidence.controls.base import Evidence
from factory.scan import Options, ScanReport, scan
from factory.words.catalogue import LOCALE, read_catalogue

_SHORTEST = 6
"""Shorter texts are no names or dates, and blanking them would hide what stands around them."""
_SHORTEST_SENTENCE = 12
"""Bytes of the fixed part of a sentence; four characters of Chinese. Single words are left where they stand."""
_PLACE = re.compile(r"\{[a-z_]+(?::[^}]*)?\}")
_FIGURES = re.compile(rb"(?<!\d)\d{7,}(?!\d)")
_SAID = ("title", "licensor", "producer", "review_by", "expires", "contract")
_VOCABULARIES = re.compile(
    rb"https?://(?:[a-z]+\.)?(?:schema\.org|w3\.org|mlcommons\.org|europa\.eu|purl\.org|obolibrary\.org|doi\.org|"
    rb"creativecommons\.org|spdx\.org|xmlns\.com|wikidata\.org|unitsofmeasure\.org|w3id\.org/dpv|"
    rb"healthdataportal\.eu/ns/health)[^\s\"'<>()]*"
)


def scan_documents(evidence: Evidence) -> ScanReport:
    """The scanner's report on every document of the candidate. Raises: StorageError."""
    known, codes = _known(evidence), _codes(evidence)
    with tempfile.TemporaryDirectory() as folder, storage_errors(Path(folder)):
        for path in evidence.documents:
            copy = Path(folder) / path.relative_to(evidence.folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            data = _VOCABULARIES.sub(b" ", path.read_bytes())
            for text in known:
                data = data.replace(text, b" | ")
            data = _FIGURES.sub(lambda run: b" | " if run.group() in codes else run.group(), data)
            copy.write_bytes(data)
        return scan([Path(folder)], Options())


def _known(evidence: Evidence) -> list[bytes]:
    """What the documents say on purpose, as it stands in text, HTML and JSON, the longest first."""
    facts = evidence.facts
    said = {str(facts[key]) for key in _SAID if facts.get(key)} | _digests(evidence)
    said |= {measure["citation"] for measure in facts["measures"]}
    said |= {decision["because"] for decision in facts["decisions"]}
    said |= set(_texts(evidence.contract.statement.model_dump(mode="json")))
    for row in (*facts.get("controls", ()), *_regimes(facts)):
        said |= {row[key] for key in ("citation", "title", "checks", "question", "date") if row.get(key)}
    forms = {
        form.encode()
        for text in {text for text in said if len(text) >= _SHORTEST} | _sentences()
        for form in (text, html.escape(text), html.escape(text, quote=False), _jinja(text), json.dumps(text)[1:-1])
    }
    return sorted(forms, key=lambda form: (-len(form), form))


def _codes(evidence: Evidence) -> set[bytes]:
    """Codes that the contract lists for what is released, and that a scanner would take for numbers of people."""
    columns = [column for table in released(evidence.contract).values() for column in table.columns]
    return {code.encode() for column in columns for code in column.column.codes or ()}


@functools.cache
def _sentences() -> set[str]:
    """The fixed parts of every sentence that the software says, in each language."""
    whole = {text for path in LOCALE.glob("*/*.po") for pair in read_catalogue(path).items() for text in pair}
    parts = {part.strip() for text in whole for part in _PLACE.split(text)}
    return {part for part in parts if len(part.encode()) >= _SHORTEST_SENTENCE}


def _regimes(facts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [row for row in facts.get("regimes", ()) if isinstance(row, Mapping)]


def _jinja(text: str) -> str:
    return html.escape(text).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")


def _digests(evidence: Evidence) -> set[str]:
    facts = evidence.facts
    named = {str(facts.get("contract")), str(facts.get("code", {}).get("digest"))}
    named |= {table["sha256"] for table in facts["tables"].values()}
    files = [*evidence.documents, *evidence.tables.values()]
    return named | {sha256_file(path) for path in files}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value

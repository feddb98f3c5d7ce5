"""Run by another Python, one that has Presidio: python presidio_worker.py TEXTS.json SPANS.json

TEXTS.json is a list of texts. SPANS.json becomes {seconds, characters, model, version, spans: [[start, end, entity,
score] ...] a text}. The file imports nothing of the factory, whose packages that Python lacks.
"""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

MODELS = ("en_core_web_sm", "en_core_web_md", "en_core_web_lg")  # or the same under a longer name, as repackaged
THRESHOLD = 0.4  # what presidio-research evaluates Presidio at


def engine() -> tuple[Any, str]:
    """An analyser and the name of what recognises names in it: the smallest of spaCy's models that is installed.

    Without any, only Presidio's patterns can be measured, which find no names and no places; the label says so
    wherever the figures go.
    """
    presidio, spacy = import_module("presidio_analyzer"), import_module("spacy")
    installed = sorted(spacy.util.get_installed_models())
    found = next((name for model in MODELS for name in installed if name.startswith(model)), None)
    nlp = presidio.nlp_engine.SpacyNlpEngine(models=[{"lang_code": "en", "model_name": found or "none"}])
    if found is None:
        nlp.nlp = {"en": _blank(spacy)}
    label = "patterns only (no spaCy model)" if found is None else f"{found} {version(found)}"
    return presidio.AnalyzerEngine(nlp_engine=nlp, supported_languages=["en"]), label


def _blank(spacy: Any) -> Any:
    """A pipeline without a model: words and, for lemmas, the words in lower case, so that Presidio's context works."""

    def lemmas(doc: Any) -> Any:
        for token in doc:
            token.lemma_ = token.lower_
        return doc

    spacy.Language.component("lower_case_lemmas", func=lemmas)
    nlp = spacy.blank("en")
    nlp.add_pipe("lower_case_lemmas")
    return nlp


def main(texts: Path, spans: Path) -> None:
    """Analyse every text and write what was found."""
    analyser, label = engine()
    documents = json.loads(texts.read_text(encoding="utf-8"))
    analyser.analyze(text="Warm up.", language="en")
    began = time.perf_counter()
    found = [analyser.analyze(text=text, language="en", score_threshold=THRESHOLD) for text in documents]
    result = {
        "seconds": time.perf_counter() - began,
        "characters": sum(map(len, documents)),
        "model": label,
        "version": version("presidio-analyzer"),
        "spans": [[[hit.start, hit.end, hit.entity_type, hit.score] for hit in hits] for hits in found],
    }
    spans.write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

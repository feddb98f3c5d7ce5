"""Which corpus a path holds, by what is in it."""

from __future__ import annotations

from pathlib import Path

from factory.core.errors import BrokenFile, FactoryError
from factory.deid.evaluate import hospital, meddocan, openmed, plain, presidio_synth
from factory.deid.evaluate.corpus import Corpus
from factory.deid.evaluate.reading import json_file, objects

_KNOWN = (
    "Known are: a simulated hospital with notes_gold.jsonl, presidio-research, MEDDOCAN, OpenMed fixtures, MTS-Dialog, "
    "pairs of .txt and .ann, and .jsonl lines of {text, spans: [{start, end, label}]}."
)


def load_corpus(path: Path) -> Corpus:
    """The corpus of a file or folder.

    Raises: FactoryError when nothing known is there, DataError and StorageError when it cannot be read.
    """
    if not path.exists():
        raise FactoryError(f"{path} is not there.", "Name a file or folder of a labelled corpus.")
    try:
        corpus = _folder(path) if path.is_dir() else _file(path)
    except (KeyError, TypeError, AttributeError, ValueError):
        # What the exception says could quote a text.
        raise BrokenFile(f"{path.name} has not the form of the corpus it looks like.", _KNOWN) from None
    if corpus is None:
        raise FactoryError(f"{path} holds no corpus that is known here.", _KNOWN)
    if not corpus.documents:
        raise FactoryError(f"{path} holds no documents.", _KNOWN)
    return corpus


def _folder(path: Path) -> Corpus | None:
    if (path / hospital.GOLD).is_file():
        return hospital.read(path)
    if any((path / name).is_file() for name in presidio_synth.FILES):
        return presidio_synth.read(path)
    if tables := sorted(path.glob("MTS-Dialog*.csv")):
        return plain.read_mts(tables)
    if any(path.glob("*.ann")):
        return plain.read_brat(path)
    if lines := [path / name for name in ("train.jsonl", "dev.jsonl", "test.jsonl") if (path / name).is_file()]:
        return meddocan.read(lines) if _is_meddocan(lines[0]) else None
    fixtures = sorted((*path.glob("*.json"), *path.glob("*.jsonl")))
    found = [file for file in fixtures if openmed.matches(objects(file))]
    return openmed.read(found) if found else None


def _file(path: Path) -> Corpus | None:
    if path.name == hospital.GOLD:
        return hospital.read(path.parent)
    if path.suffix == ".csv" and path.name.startswith("MTS-Dialog"):
        return plain.read_mts([path])
    if path.suffix not in (".json", ".jsonl"):
        return None
    if path.suffix == ".json" and presidio_synth.matches(json_file(path)):
        return presidio_synth.read(path)
    rows = objects(path)
    if openmed.matches(rows):
        return openmed.read([path])
    if rows and {"text", "spans"} <= set(rows[0]):
        return meddocan.read([path]) if _is_meddocan(path) else plain.read_jsonl(path)
    return None


def _is_meddocan(path: Path) -> bool:
    spans = [span for row in objects(path)[:20] for span in row.get("spans", []) if isinstance(span, dict)]
    known = {*meddocan.LABELS, *meddocan.EXCLUDED}
    return bool(spans) and all(span.get("label") in known for span in spans)

"""How well free text is de-identified: corpora with gold spans, recall, precision and leaks by position."""

from __future__ import annotations

from factory.deid.evaluate.corpus import FORMATS, Corpus, Document, Gold
from factory.deid.evaluate.intervals import Share
from factory.deid.evaluate.recognise import load_corpus
from factory.deid.evaluate.scores import ClassScore, Leak, Scores, evaluate, score

__all__ = [
    "FORMATS",
    "ClassScore",
    "Corpus",
    "Document",
    "Gold",
    "Leak",
    "Scores",
    "Share",
    "evaluate",
    "load_corpus",
    "score",
]

"""Recall and precision of a detector on a corpus, by class and language, and where it leaked."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from factory.deid.evaluate.corpus import Corpus, Of
from factory.deid.evaluate.intervals import Share, bootstrap, f_score, wilson
from factory.deid.evaluate.matching import KINDS, NEUTRAL, Bools, Counts, Ints, count
from factory.deid.text.spans import PhiClass, Span

Find = Callable[[Sequence[str], Sequence[Hashable | None] | None], Sequence[Sequence[Span]]]

ALL = "all"


class Leak(NamedTuple):
    """A gold span that is not wholly covered: where it stands and what it is, never what it says."""

    doc: str
    start: int
    end: int
    kind: PhiClass
    of: Of
    language: str


@dataclass(frozen=True)
class ClassScore:
    """Figures of one class in one language (or of all).

    `recall`: gold spans wholly covered by spans of any class; `same_class`: by spans of their own class;
    `partial`: covered in part only. `precision`: found spans that touch gold; one that touches only neutral text is
    not counted. `char_*`: the same in letters and digits. `removed`: of all letters and digits.
    """

    kind: str
    language: str
    recall: Share
    same_class: Share
    partial: Share
    precision: Share
    char_recall: Share
    char_precision: Share
    removed: Share

    @property
    def f1(self) -> float:
        """Harmonic mean of entity recall and precision."""
        return f_score(self.precision.value, self.recall.value)

    @property
    def f2(self) -> float:
        """The same with recall weighed four times."""
        return f_score(self.precision.value, self.recall.value, 2.0)


@dataclass(frozen=True)
class Scores:
    """All figures of one run. `patients` is the recall of identifiers of the patients themselves."""

    corpus: str
    documents: int
    characters: int
    seconds: float
    classes: list[ClassScore]
    leaks: list[Leak]
    patients: Share
    neutral: dict[str, int]
    excluded: dict[str, str]

    def of(self, kind: str = ALL, language: str = ALL) -> ClassScore | None:
        """The figures of one class and language, or None where neither gold nor finding is."""
        return next((score for score in self.classes if (score.kind, score.language) == (kind, language)), None)

    @property
    def overall(self) -> ClassScore:
        """The figures of everything together."""
        return next(score for score in self.classes if (score.kind, score.language) == (ALL, ALL))

    @property
    def patient_leaks(self) -> int:
        """Identifiers of patients themselves that are not wholly covered."""
        return self.patients.whole - self.patients.part


def evaluate(corpus: Corpus, find: Find, *, only: frozenset[PhiClass] | None = None, seed: int = 0) -> Scores:
    """Run `find` over the corpus and count.

    `only` drops what is found of other classes (with `Corpus.formats_only`). The intervals are those of `seed`.
    """
    texts = [document.text for document in corpus.documents]
    began = time.perf_counter()
    found = find(texts, [document.person for document in corpus.documents])
    seconds = time.perf_counter() - began
    if only is not None:
        found = [[span for span in spans if span.kind in only] for spans in found]
    return score(corpus, found, seconds=seconds, seed=seed)


def score(corpus: Corpus, found: Sequence[Sequence[Span]], *, seconds: float = 0.0, seed: int = 0) -> Scores:
    """The figures of spans that were found, one list a document, in the order of the documents."""
    counts = count(corpus.documents, found)
    gold = [(document, span) for document in corpus.documents for span in document.gold]
    owed = (counts.gold_kind != NEUTRAL) & (counts.gold_size > 0)
    whole = owed & (counts.gold_covered >= counts.gold_size)
    leaks = [
        Leak(document.id, span.start, span.end, span.kind, span.of, document.language)
        for (document, span), leaked in zip(gold, owed & ~whole, strict=True)
        if leaked and span.kind is not None
    ]
    own = owed & np.array([span.of == "patient" for _, span in gold], dtype=np.bool_)
    return Scores(
        corpus.name,
        len(corpus.documents),
        sum(len(document.text) for document in corpus.documents),
        seconds,
        _classes(corpus, counts, seed),
        leaks,
        wilson(int((own & whole).sum()), int(own.sum())),
        dict(sorted(Counter(span.label for _, span in gold if span.kind is None).items())),
        dict(corpus.excluded),
    )


def _classes(corpus: Corpus, counts: Counts, seed: int) -> list[ClassScore]:
    languages = np.array([document.language for document in corpus.documents])
    scores = _group(counts, np.ones(len(languages), dtype=np.bool_), ALL, seed)
    if len(corpus.languages) > 1:
        for language in corpus.languages:
            scores += _group(counts, languages == language, language, seed)
    return scores


def _group(counts: Counts, documents: Bools, name: str, seed: int) -> list[ClassScore]:
    table = counts.by_document[documents]
    letters = np.repeat(counts.letters[documents][:, None], len(KINDS) + 1, axis=1)
    parts = np.concatenate([table[:, :, 1], table[:, :, 3], table[:, :, 4]], axis=1)
    wholes = np.concatenate([table[:, :, 0], table[:, :, 2], letters], axis=1)
    shares = bootstrap(parts, wholes, seed)
    here, hits = documents[counts.gold_document], documents[counts.found_document]
    result = []
    for number, kind in enumerate((*KINDS, ALL)):
        of_gold = here & _chosen(counts.gold_kind, number) & (counts.gold_size > 0)
        of_hits = hits & _chosen(counts.found_kind, number) & (counts.found_size != NEUTRAL)
        if number < len(KINDS) and not of_gold.any() and not of_hits.any():
            continue
        size, covered = counts.gold_size[of_gold], counts.gold_covered[of_gold]
        total = len(size)
        char_recall, char_precision, removed = shares[number :: len(KINDS) + 1]
        result.append(
            ClassScore(
                str(kind),
                name,
                wilson(int((covered >= size).sum()), total),
                wilson(int((counts.gold_same[of_gold] >= size).sum()), total),
                wilson(int(((covered > 0) & (covered < size)).sum()), total),
                wilson(int((counts.found_right[of_hits] > 0).sum()), int(of_hits.sum())),
                char_recall,
                char_precision,
                removed,
            )
        )
    return result


def _chosen(kinds: Ints, number: int) -> Bools:
    return np.asarray(kinds == number if number < len(KINDS) else kinds != NEUTRAL, dtype=np.bool_)

"""`factory deid evaluate`: recall and precision of text de-identification on a labelled corpus."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from factory.deid.evaluate import Corpus, Scores

HELP = "measure text de-identification on a labelled corpus: recall, precision, leaks"
EXAMPLE = """
factory deid evaluate hospital --json scores.json --leaks leaks.jsonl
factory deid evaluate ../shared/data/phi-presidio-synth --with presidio
factory deid evaluate ../shared/data/phi-meddocan-es --only formats
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("corpus", type=Path, help="file or folder; what it is is seen from what is in it")
    parser.add_argument("--language", help="only documents of this language, such as en, zh or zh-Hant")
    parser.add_argument("--only", choices=("formats",), help="only what has a form in any language: dates, numbers")
    parser.add_argument("--with", dest="other", choices=("presidio",), help="measure Presidio too, on the English ones")
    parser.add_argument("--json", type=Path, help="write all figures here")
    parser.add_argument("--leaks", type=Path, help="write document, position and class of every leak here (JSON lines)")
    parser.add_argument("--seed", type=int, default=0, help="of the intervals (default: %(default)s)")


def run(args: argparse.Namespace) -> int:
    """Load, detect, count, print."""
    from factory.core.files import pretty_json, write_bytes
    from factory.core.progress import step
    from factory.deid.evaluate import FORMATS, evaluate, load_corpus, report
    from factory.deid.text import Detector

    with step("read the corpus"):
        corpus = _chosen(load_corpus(args.corpus), "en" if args.other else args.language, args.only)
        known = corpus.known() if corpus.known else None
    only = FORMATS if args.only else None
    with step(f"search {len(corpus.documents):,} documents"):
        scores = evaluate(corpus, Detector(known=known).find_many, only=only, seed=args.seed)
    figures = {"factory": report.as_json(scores)}
    _print(scores, f"{corpus.name}: factory", corpus.labelled)
    if args.other:
        theirs, label = _presidio(corpus, only, args.seed)
        figures["presidio"] = {**report.as_json(theirs), "model": label}
        _print(theirs, f"{corpus.name}: {label}", corpus.labelled)
    if args.json:
        write_bytes(args.json, pretty_json(figures))
    if args.leaks:
        write_bytes(args.leaks, report.leak_lines(scores))
    return 0


def _chosen(corpus: Corpus, language: str | None, only: str | None) -> Corpus:
    from factory.core.errors import FactoryError

    if language:
        languages = ", ".join(corpus.languages)
        corpus = corpus.in_language(language)
        if not corpus.documents:
            raise FactoryError("The corpus has no documents in that language.", f"It has: {languages}.")
    return corpus.formats_only() if only else corpus


def _presidio(corpus: Corpus, only: frozenset[str] | None, seed: int) -> tuple[Scores, str]:
    from factory.core.progress import step
    from factory.deid.evaluate import presidio, score

    with step("run Presidio"):
        result = presidio.run([document.text for document in corpus.documents])
    found = [[span for span in spans if only is None or span.kind in only] for spans in result.spans]
    return score(corpus, found, seconds=result.seconds, seed=seed), result.label


def _print(scores: Scores, title: str, labelled: bool) -> None:
    from rich.console import Console

    from factory.deid.evaluate import report

    # Figures are cut off in 80 columns, and piped output has no width.
    console = Console(width=max(Console().width, 160), highlight=False)
    for table in report.tables(scores, title, labelled=labelled):
        console.print(table)
    for line in report.summary(scores):
        console.print(line, markup=False)
    for line in report.examples(scores):
        console.print(f"  {line}", markup=False, soft_wrap=True)

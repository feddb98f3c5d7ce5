"""Text de-identification against Presidio in one run: recall and precision on English sentences, characters a second.

    FACTORY_PRESIDIO_PYTHON=/path/to/python python tests/benchmarks/deid_text.py --sentences FOLDER [--patients 200]

FOLDER holds the files of presidio-research. Presidio is left out where the variable names no Python. Each runs on
one core; figures of different runs or machines do not compare. Prose and hospital are timed in processor time after a
warm-up pass; sentences by the clock, as Presidio is.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from factory.deid.evaluate import Corpus, Scores, evaluate, load_corpus, presidio, report, score
from factory.deid.text import Detector, KnownPeople
from factory.simulate import simulate

WARM_UP = 500  # documents that are read before the clock starts


def sentences(corpus: Corpus) -> dict[str, Scores]:
    """Scores of the same sentences under the same labels, ours and Presidio's."""
    found = {"factory": evaluate(corpus, Detector().find_many)}
    if presidio.available():
        result = presidio.run([document.text for document in corpus.documents])
        found[result.label] = score(corpus, result.spans, seconds=result.seconds)
    else:
        print(f"Presidio is left out: {presidio.PYTHON} names no Python.")
    return found


def hospital(patients: int, seed: int) -> dict[str, Scores]:
    """Scores of ours on the notes of a simulated hospital, a language each, with and without the register."""
    with tempfile.TemporaryDirectory() as folder:
        simulate(patients, seed, Path(folder, "hospital"))
        corpus = load_corpus(Path(folder, "hospital"))
        assert corpus.known is not None
        began = time.perf_counter()
        known = corpus.known()
        print(f"register of {patients:,} people read in {time.perf_counter() - began:.1f} s")
    made = {}
    for language in corpus.languages:
        part = corpus.in_language(language)
        made[f"{language}, register"] = warm(part, Detector(known=known))
        made[f"{language}, text alone"] = warm(part, Detector())
    return made


def warm(corpus: Corpus, detector: Detector) -> Scores:
    """Scores with the time of one core, after a pass over documents that reads the word lists and meets the words."""
    texts = [document.text for document in corpus.documents]
    people = [document.person for document in corpus.documents]
    detector.find_many(texts[:WARM_UP], people[:WARM_UP])
    began = time.process_time()
    found = detector.find_many(texts, people)
    return score(corpus, found, seconds=time.process_time() - began)


def prose(folder: Path, seed: int) -> None:
    """Speed on clinical prose with few identifiers, each text with the register entry of somebody: all four layers."""
    texts = [document.text for document in load_corpus(folder).documents]
    people = list(range(len(texts)))
    with tempfile.TemporaryDirectory() as there:
        simulate(len(texts), seed, Path(there, "hospital"))
        corpus = load_corpus(Path(there, "hospital"))
        assert corpus.known is not None
        values = list(corpus.known().values.values())
    detector = Detector(KnownPeople(dict(zip(people, values, strict=True))))
    detector.find_many(texts[:WARM_UP], people[:WARM_UP])
    began = time.process_time()
    detector.find_many(texts, people)
    taken = time.process_time() - began
    characters = sum(map(len, texts))
    speed = characters / taken
    print(f"clinical prose, a register entry each: {characters:,} characters, {speed:,.0f} a second of one core")


def overview(title: str, scores: dict[str, Scores]) -> Table:
    """One row a run: entity recall and precision, characters, speed."""
    table = Table(title=title, title_justify="left")
    for name in ("run", "recall (95%)", "precision (95%)", "F1", "patients' leaks", "characters", "a second"):
        table.add_column(name, justify="left" if name == "run" else "right", no_wrap=True)
    for name, run in scores.items():
        whole = run.overall
        shares = [f"{s.value:.3f} ({s.low:.3f}-{s.high:.3f})" for s in (whole.recall, whole.precision)]
        speed = f"{run.characters / run.seconds:,.0f}" if run.seconds else "-"
        table.add_row(name, *shares, f"{whole.f1:.3f}", f"{run.patient_leaks:,}", f"{run.characters:,}", speed)
    return table


def main() -> None:
    """Run everything and print tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=Path, help="folder of phi-presidio-synth")
    parser.add_argument("--prose", type=Path, help="folder of notes-mts-dialog")
    parser.add_argument("--patients", type=int, default=200, help="of the simulated hospital (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=17, help="of the simulated hospital (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="write all figures here")
    args = parser.parse_args()
    console = Console(width=160, highlight=False)
    runs: dict[str, Scores] = {}
    if args.sentences:
        runs = sentences(load_corpus(args.sentences))
        for name, run in runs.items():
            for table in report.tables(run, name):
                console.print(table)
        console.print(overview("English sentences of presidio-research", runs))
    if args.prose:
        prose(args.prose, args.seed)
    notes = hospital(args.patients, args.seed)
    title = f"notes of a simulated hospital, {args.patients:,} people; one core, after a warm-up of {WARM_UP} documents"
    console.print(overview(title, notes))
    if args.json:
        args.json.write_text(json.dumps({name: report.as_json(run) for name, run in (runs | notes).items()}, indent=1))


if __name__ == "__main__":
    main()

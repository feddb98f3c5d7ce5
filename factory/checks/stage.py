"""The stage `checks`: measure the synthetic tables against training and hold-out people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from factory.checks.battery import assess
from factory.checks.comparison import PARTS, comparison
from factory.checks.measure import Measure
from factory.contract import Contract
from factory.core.files import pretty_json, write_bytes
from factory.core.tables import read_dataset


def check(contract: Contract, split: Path, synth: Path, out: Path, seed: int, more: Sequence[Measure] = ()) -> None:
    """Write `figures.json`: the measures, and the aggregates that the dossier draws; `battery.assess` says which.

    `more`: measures of these tables together with others.
    """
    train, holdout, synthetic = (read_dataset(folder)[1] for folder in (split / "train", split / "holdout", synth))
    compared = comparison(contract, train, holdout, synthetic, seed)
    measures, details = assess(compared)
    figures = {
        "measures": [measure.as_row() for measure in (*measures, *more)],
        "details": details,
        "counts": {name: {part: len(compared.part(part)[name]) for part in PARTS} for name in compared.shapes},
    }
    write_bytes(out / "figures.json", pretty_json(figures))

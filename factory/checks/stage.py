"""The stage `checks`: measure the synthetic tables against training and hold-out people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from factory.checks.battery import assess
from factory.checks.comparison import PARTS
from factory.checks.measure import Measure
from factory.checks.stored import stored_comparison
from factory.contract import Contract
from factory.core.files import pretty_json, write_bytes
from factory.core.tables import load_ref


def check(contract: Contract, split: Path, synth: Path, out: Path, seed: int, more: Sequence[Measure] = ()) -> None:
    """Write `figures.json`: the measures, and the aggregates that the dossier draws; `battery.assess` says which.

    `counts` are of all rows, `measured` of the people that were held and compared, see `stored_comparison`.
    `more`: measures of these tables together with others.
    """
    compared = stored_comparison(contract, split, synth, seed)
    measures, details = assess(compared)
    stored = {"train": split / "train", "holdout": split / "holdout", "synthetic": synth}
    tables = {part: load_ref(folder).tables for part, folder in stored.items()}
    figures = {
        "measures": [measure.as_row() for measure in (*measures, *more)],
        "details": details,
        "counts": {name: {part: tables[part][name].rows for part in PARTS} for name in compared.shapes},
        "measured": {part: compared.people(part) for part in PARTS},
    }
    write_bytes(out / "figures.json", pretty_json(figures))

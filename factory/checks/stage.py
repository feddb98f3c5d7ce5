"""The stage `checks`: measure the synthetic tables against training and hold-out people."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from factory.checks.battery import assess
from factory.checks.by_part import Found, assess_spread, people_of
from factory.checks.comparison import PARTS
from factory.checks.measure import Measure
from factory.checks.stored import stored_comparison
from factory.contract import Contract, released
from factory.core.files import pretty_json, write_bytes
from factory.core.spread import ALONE, Spread
from factory.core.tables import load_ref

_WORK = ".work"


def check(
    contract: Contract,
    split: Path,
    synth: Path,
    out: Path,
    seed: int,
    more: Sequence[Measure] = (),
    spread: Spread = ALONE,
) -> None:
    """Write `figures.json`: the measures, and the aggregates that the dossier draws; `battery.assess` says which.

    `counts` are of all rows, `measured` of the people that were held and compared, see `stored_comparison`.
    `more`: measures of these tables together with others. The processes of `spread` share the parts of the battery;
    each holds the people compared, and the figures are the same however many there are.
    """
    folders = {"train": split / "train", "holdout": split / "holdout", "synthetic": synth}
    tables = {part: load_ref(folder).tables for part, folder in folders.items()}
    work = out / _WORK
    try:
        rows, details, people = (
            _alone(contract, split, synth, seed)
            if spread == ALONE
            else assess_spread(contract, split, synth, seed, work, spread)
        )
    finally:
        shutil.rmtree(work, ignore_errors=True)
    figures = {
        "measures": [*rows, *(measure.as_row() for measure in more)],
        "details": details,
        "counts": {name: {part: tables[part][name].rows for part in PARTS} for name in released(contract)},
        "measured": people,
    }
    write_bytes(out / "figures.json", pretty_json(figures))


def _alone(contract: Contract, split: Path, synth: Path, seed: int) -> Found:
    compared = stored_comparison(contract, split, synth, seed)
    measures, details = assess(compared)
    return [measure.as_row() for measure in measures], details, people_of(compared)

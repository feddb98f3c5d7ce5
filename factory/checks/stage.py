"""The stage `checks`: measure the synthetic tables against training and hold-out people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from factory.checks.fidelity.quality import quality
from factory.checks.marginals import marginals
from factory.checks.measure import Measure
from factory.checks.privacy.copies import exact_copies
from factory.checks.privacy.membership import membership
from factory.checks.rules import broken_rules, rules_measure
from factory.checks.utility.tstr import tstr_gap
from factory.contract import Contract, released
from factory.core.files import pretty_json, write_bytes
from factory.core.tables import read_dataset


def check(contract: Contract, split: Path, synth: Path, out: Path, seed: int) -> None:
    """Write `figures.json`: the measures on the scorecard, and the aggregates that the dossier draws."""
    train, holdout, synthetic = (read_dataset(folder)[1] for folder in (split / "train", split / "holdout", synth))
    measures, details = measure_all(contract, train, holdout, synthetic, seed)
    figures = {
        "measures": [measure.as_row() for measure in measures],
        "details": details,
        "marginals": marginals(contract, train, synthetic),
        "counts": {
            name: {
                "train": len(train[name]),
                "holdout": len(holdout[name]),
                "synthetic": len(synthetic[name]),
            }
            for name in released(contract)
        },
    }
    write_bytes(out / "figures.json", pretty_json(figures))


def measure_all(
    contract: Contract,
    train: dict[str, pd.DataFrame],
    holdout: dict[str, pd.DataFrame],
    synthetic: dict[str, pd.DataFrame],
    seed: int,
) -> tuple[list[Measure], dict[str, Any]]:
    """Every measure of the scorecard, and the parts that some are made of."""
    fidelity, parts = quality(contract, train, holdout, synthetic, seed)
    rules, counts = rules_measure(contract, synthetic, train)
    measures = [
        membership(contract, train, holdout, synthetic, seed),
        exact_copies(contract, train, holdout, synthetic),
        rules,
        fidelity,
    ]
    tasks = {}
    for task in contract.tasks:
        gap, scores = tstr_gap(contract, task, train, holdout, synthetic, seed)
        measures.append(gap)
        tasks[task.id] = scores
    return measures, {
        "quality": parts,
        "tasks": tasks,
        "rules_synthetic": counts,
        "rules_real": broken_rules(contract, train, train),
    }

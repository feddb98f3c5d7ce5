"""Shadow models on real trials, one line a seed; nothing is asserted.

    FACTORY_DATA=../shared/data python tests/benchmarks/shadow.py --engines trees trees-cautious --seeds 2

People of a trial are split 7:3, each engine is fitted again and again on samples of them with and without the targets,
and the attacks say who was in. `s a fit` is the engine's own time for fit and draw, `s reading` that of the attacks.
"""

from __future__ import annotations

import argparse
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table
from synthesis_data import DATASETS, data_folder, typed

from factory.checks.comparison import Tables, comparison
from factory.checks.privacy.shadow import measure_shadow
from factory.contract import Contract
from factory.synth.protocol import engine

COLUMNS = ("data", "engine", "seed", "s a fit", "s reading", "outcome", "exposed", "canaries", "random", "each attack")


class Timed:
    """An engine as the game asks for it, and the seconds that its fits took."""

    def __init__(self, name: str, contract: Contract) -> None:
        self._name, self._contract = name, contract
        self.seconds: list[float] = []

    def __call__(self, tables: Tables, people: int, seed: int) -> Tables:
        """Fit on the tables and draw so many people."""
        begun = time.perf_counter()
        model = engine(self._name)
        model.fit(tables, self._contract, seed)
        made = model.sample(people, seed)
        self.seconds.append(time.perf_counter() - begun)
        return made


def trial(name: str, folder: Path, people: int) -> tuple[Contract, pd.DataFrame]:
    """A trial of so many people at most, and its contract."""
    frame, _, _, _, codes = DATASETS[name](folder)
    plain, fields = typed(frame, codes)
    if len(plain) > people:
        plain = plain.sample(people, random_state=0).reset_index(drop=True)
    columns = {column: {"role": "clinical", "type": field.kind} for column, field in fields.items()}
    table = {"key": "person row", "columns": {"person row": {"role": "key", "type": "integer"}, **columns}}
    head = {"contract": 1, "name": name.lower(), "title": name, "licensor": "Nobody", "person": "people"}
    plain.insert(0, "person row", np.arange(len(plain)))
    return Contract.model_validate({**head, "tables": {"people": table}}), plain


def measured(name: str, used: str, seed: int, people: int, worlds: int) -> list[str]:
    """One line of the table."""
    contract, frame = trial(name, data_folder(), people)
    order = np.random.default_rng(seed).permutation(len(frame))
    cut = int(0.7 * len(frame))
    train, holdout = ({"people": frame.iloc[np.sort(part)]} for part in (order[:cut], order[cut:]))
    make = Timed(used, contract)
    begun = time.perf_counter()
    measures, details = measure_shadow(comparison(contract, train, holdout, holdout, seed), make, worlds)
    reading = time.perf_counter() - begun - sum(make.seconds)
    found = {m.where: m for m in measures if m.name.startswith("shadow_auc") and "person" not in m.name}
    shown = [
        f"{found[g].value:.3f} ({found[g].low:.2f}-{found[g].high:.2f})" for g in ("exposed", "canaries", "random")
    ]
    each = ", ".join(f"{attack} {row['auc']:.3f}" for attack, row in details["attacks"]["exposed"].items())
    outcome = f"{found['exposed'].bearing.value} {found['exposed'].outcome.value}"
    return [name, used, str(seed), f"{np.mean(make.seconds):.2f}", f"{reading:.1f}", outcome, *shown, each]


def main() -> None:
    """Run what is named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engines", nargs="*", default=["trees"])
    parser.add_argument("--data", choices=DATASETS, nargs="*", default=["ACTG175"])
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--people", type=int, default=1500)
    parser.add_argument("--worlds", type=int, default=80)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    table = Table(*COLUMNS, title=f"{asked.worlds} fits of up to {int(0.7 * asked.people):,} people")
    for name in asked.data:
        for used in asked.engines:
            for seed in range(1, asked.seeds + 1):
                row = measured(name, used, seed, asked.people, asked.worlds)
                table.add_row(*row)
                print(" | ".join(row), flush=True)
    Console(width=200).print(table)


if __name__ == "__main__":
    main()

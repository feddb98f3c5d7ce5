"""Nearest rows against SDMetrics' DCR metric on the same rows in the same run, and the seconds of an assessment.

    python tests/benchmarks/assess.py [--rows 2000] [--people 10000 100000]

Needs FACTORY_DATA (diabetes130: 47 columns, one row a person).
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sdmetrics.single_table import DCRBaselineProtection

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))
import leaks
from synthesis_data import DATASETS, data_folder, typed

from factory.checks.battery import parts
from factory.checks.measure import Bearing, verdict
from factory.checks.neighbours import nearest
from factory.checks.privacy.attacks.view import space
from factory.contract import Contract


def first_rows() -> pd.DataFrame:
    """The first encounter of each person, codes as text and counts as numbers."""
    frame, people, _, _, codes = DATASETS["diabetes130"](data_folder())
    plain, _ = typed(frame[~pd.Series(people).duplicated().to_numpy()], codes)
    return plain.astype({c: "float64" for c in plain if plain[c].dtype != object}).reset_index(drop=True)


def against_sdmetrics(train: pd.DataFrame, made: pd.DataFrame) -> None:
    """Seconds of both; SDMetrics measures synthetic rows and as many random ones against the real rows."""
    kinds = {c: {"sdtype": "categorical" if train[c].dtype == object else "numerical"} for c in train}
    start = time.perf_counter()
    theirs = DCRBaselineProtection.compute_breakdown(train, made, {"tables": {"people": {"columns": kinds}}}, "people")
    seconds = time.perf_counter() - start
    random = leaks.independent(train, np.random.default_rng(0))
    start = time.perf_counter()
    real, drawn, chance = space(train, made, random)
    ours = [float(np.median(nearest(rows, real, 1)[0])) for rows in (drawn, chance)]
    own = time.perf_counter() - start
    print(f"{len(train):,} rows x {train.shape[1]} columns, nearest of {len(train):,} for 2 x {len(made):,}")
    print(f"  SDMetrics DCRBaselineProtection {seconds:8.2f} s  {theirs['median_DCR_to_real_data']}")
    print(f"  factory.checks.neighbours       {own:8.2f} s  medians {ours[0]:.3f}, {ours[1]:.3f} (Euclid on ranks)")
    print(f"  {seconds / own:.0f} times as fast")


def whole_battery(train: pd.DataFrame, holdout: pd.DataFrame, made: pd.DataFrame) -> None:
    """Seconds of each part of an assessment with one task, its memory, and what each attack read."""
    contract = leaks.contract_of(train, release="data-use-agreement")
    task = {"id": "readmission", "table": "people", "target": "readmitted", "positive": ["<30"]}
    contract = Contract.model_validate({**contract.model_dump(by_alias=True, mode="json"), "tasks": [task]})
    seen = leaks.compare(contract, train, holdout, made)
    print(f"{len(train):,} + {len(holdout):,} + {len(made):,} people x {train.shape[1]} columns, a fresh real sample")
    began, cpu = time.perf_counter(), time.process_time()
    measures = []
    for part in parts():
        start = time.perf_counter()
        measures += part.measure(seen, None)[0]
        print(f"  {part.name:12} {time.perf_counter() - start:6.1f} s")
    print(f"  {'all':12} {time.perf_counter() - began:6.1f} s, of processors {time.process_time() - cpu:.1f} s")
    print(f"  peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB, verdict {verdict(measures)}")
    for measure in measures:
        if measure.bearing is Bearing.GATE:
            ends = "" if measure.low is None else f" [{measure.low:.3f}, {measure.high:.3f}]"
            print(f"  {measure.outcome:12} {measure.name} {measure.value:.3f}{ends}; n {measure.n:,}; {measure.title}")


def lots(frame: pd.DataFrame, people: int) -> list[pd.DataFrame]:
    """Three lots of people; where there are too few, drawn with replacement, for their size alone."""
    if 3 * people <= len(frame):
        return leaks.thirds(frame, people, 1)
    dice = np.random.default_rng(1)
    return [frame.iloc[dice.integers(0, len(frame), people)].reset_index(drop=True) for _ in range(3)]


def main() -> None:
    """Print all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2000, help="rows a part for the comparison with SDMetrics")
    parser.add_argument("--people", type=int, nargs="+", default=[10_000, 100_000], help="people a part")
    given = parser.parse_args()
    frame = first_rows()
    train, _, made = leaks.thirds(frame, given.rows, 1)
    against_sdmetrics(train, made)
    for people in given.people:
        whole_battery(*lots(frame, people))


if __name__ == "__main__":
    main()

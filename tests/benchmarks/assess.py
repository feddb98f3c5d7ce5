"""Nearest rows against SDMetrics' DCR metric on the same rows in the same run, and the seconds of the attacks.

    python tests/benchmarks/assess.py [--rows 2000] [--people 10000]

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

from factory.checks.neighbours import nearest
from factory.checks.privacy.attacks.view import space
from factory.checks.privacy.distances import measure_distances
from factory.checks.privacy.members import measure_membership
from factory.checks.privacy.near import measure_copies


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


def attacks(train: pd.DataFrame, holdout: pd.DataFrame, made: pd.DataFrame) -> None:
    """Seconds and memory of the attacks, the copies and the distances."""
    seen = leaks.compare(leaks.contract_of(train), train, holdout, made)
    print(f"{len(train):,} + {len(holdout):,} + {len(made):,} people x {train.shape[1]} columns")
    for measure in (measure_membership, measure_copies, measure_distances):
        start = time.perf_counter()
        measure(seen)
        print(f"  {measure.__name__:20} {time.perf_counter() - start:6.1f} s")
    print(f"  peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB")


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2000, help="rows a part for the comparison with SDMetrics")
    parser.add_argument("--people", type=int, default=10_000, help="people a part for the attacks")
    given = parser.parse_args()
    frame = first_rows()
    train, _, made = leaks.thirds(frame, given.rows, 1)
    against_sdmetrics(train, made)
    attacks(*leaks.thirds(frame, given.people, 1))


if __name__ == "__main__":
    main()

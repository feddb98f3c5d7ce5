"""Prints what private rows are worth: `python tests/benchmarks/dp.py [--data adult] [--epsilon 1] [--seeds 3]`.

FACTORY_DATA names the folder with `adult` and `diabetes130`. People are split in half; the model sees one half, a
LightGBM of 150 trees is trained on its rows (tstr) or on the real half (trtr) and judged by its AUROC on the other.
Each fit runs in a process of its own, so that the peak of memory is its own.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from dp_domains import ADULT, ADULT_SETTINGS, DIABETES, DIABETES_SETTINGS
from lightgbm import LGBMClassifier
from sklearn.metrics import roc_auc_score

from factory.synth.dp import Ledger, PrivateRows, Settings
from factory.synth.rows import Field, People

DELTA = 1e-6
TREES = 150
FIGURES = ["fit s", "sample s", "peak GB", "tstr", "trtr", "gap"]
METHODS = ["mst", "mst around the target"]


@dataclass(frozen=True)
class Task:
    """A data set and what is foretold of its rows."""

    read: Callable[[Path], tuple[pd.DataFrame, People]]
    fields: Mapping[str, Field]
    settings: Settings
    positive: str

    @property
    def target(self) -> str:
        """The column foretold."""
        return str(self.settings.focus)


def adult(folder: Path) -> tuple[pd.DataFrame, People]:
    """Rows of Adult, each a person."""
    frame = pd.read_csv(folder / "adult" / "adult.csv", skipinitialspace=True, dtype=str)
    return _typed(frame, ADULT), np.arange(len(frame))


def diabetes(folder: Path) -> tuple[pd.DataFrame, People]:
    """Encounters of diabetes130, several a person."""
    frame = pd.read_csv(folder / "diabetes130" / "diabetic_data.csv.gz", dtype=str, keep_default_na=False)
    return _typed(frame, DIABETES), frame["patient_nbr"].to_numpy(np.int64)


def _typed(frame: pd.DataFrame, fields: Mapping[str, Field]) -> pd.DataFrame:
    frame = frame[list(fields)]
    frame = frame.mask(frame == "?", None)
    return pd.DataFrame(
        {n: frame[n].astype("int64") if f.kind == "integer" else frame[n].astype(object) for n, f in fields.items()}
    )


TASKS = {
    "adult": Task(adult, ADULT, ADULT_SETTINGS, ">50K"),
    "diabetes130": Task(diabetes, DIABETES, DIABETES_SETTINGS, "<30"),
}


def auroc(task: Task, learnt: pd.DataFrame, holdout: pd.DataFrame, seed: int) -> float:
    """Hold-out AUROC of a LightGBM trained on `learnt`."""
    model = LGBMClassifier(n_estimators=TREES, n_jobs=1, random_state=seed, verbose=-1, deterministic=True)
    model.fit(_features(task, learnt), learnt[task.target] == task.positive)
    scores = model.predict_proba(_features(task, holdout))[:, 1]
    return float(roc_auc_score(holdout[task.target] == task.positive, scores))


def _features(task: Task, frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            n: pd.Categorical(frame[n], categories=f.levels) if f.levels else frame[n].astype("float64")
            for n, f in task.fields.items()
            if n != task.target
        }
    )


def fitted(name: str, epsilon: float, seed: int, focus: bool) -> dict[str, float]:
    """Figures of one fit."""
    task = TASKS[name]
    frame, people = task.read(Path(os.environ["FACTORY_DATA"]))
    everyone = np.unique(people)
    half = np.isin(people, np.random.default_rng(seed).permutation(everyone)[: len(everyone) // 2])
    train, holdout = frame[half].reset_index(drop=True), frame[~half].reset_index(drop=True)
    settings = task.settings if focus else replace(task.settings, focus=None)
    model = PrivateRows(epsilon, DELTA, Ledger(None, epsilon, DELTA), settings=settings)
    begun = time.perf_counter()
    model.fit(train, task.fields, people[half], seed)
    fit = time.perf_counter() - begun
    made = model.sample(len(train), seed)
    took = time.perf_counter() - begun - fit
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    tstr, trtr = auroc(task, made, holdout, seed), auroc(task, train, holdout, seed)
    return dict(zip(FIGURES, (fit, took, peak, tstr, trtr, trtr - tstr), strict=True))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", choices=TASKS, nargs="*", default=list(TASKS))
    parser.add_argument("--epsilon", type=float, nargs="*", default=[1.0, 3.0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--method", choices=METHODS, nargs="*", default=METHODS)
    asked = parser.parse_args()
    print(f"{'data':<13}{'epsilon':>8}  {'method':<22}{'seed':>5}" + "".join(f"{name:>9}" for name in FIGURES))
    spawn = multiprocessing.get_context("spawn")
    for name, epsilon, method in itertools.product(asked.data, asked.epsilon, asked.method):
        for seed in range(asked.seeds):
            with spawn.Pool(1) as pool:
                made = pool.apply(fitted, (name, epsilon, seed, method != METHODS[0]))
            figures = "".join(f"{made[figure]:>9.3f}" for figure in FIGURES)
            print(f"{name:<13}{epsilon:>8g}  {method:<22}{seed:>5}{figures}", flush=True)


if __name__ == "__main__":
    main()

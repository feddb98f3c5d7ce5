"""The public data sets that engines are compared on, split by person, read from the folder FACTORY_DATA names."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from factory.synth.rows import Field, People

# Whole numbers with so few values that a contract would call them codes.
FEW = 2


@dataclass(frozen=True)
class Half:
    """Rows of half of the people, and whose each row is."""

    frame: pd.DataFrame
    people: People


@dataclass(frozen=True)
class Split:
    """A data set in two halves by person. `positive` is the value of `target` that a task predicts."""

    name: str
    train: Half
    holdout: Half
    fields: dict[str, Field]
    target: str
    positive: str


def data_folder() -> Path:
    """The folder of data sets, from FACTORY_DATA."""
    return Path(os.environ["FACTORY_DATA"])


def load_split(name: str, seed: int) -> Split:
    """Read one data set (`DATASETS` names them) and split its people in half."""
    frame, people, target, positive, codes = DATASETS[name](data_folder())
    plain, fields = typed(frame, codes)
    halves = np.random.default_rng(seed).permutation(np.unique(people))
    inside = np.isin(people, halves[: len(halves) // 2])
    return Split(name, _half(plain, people, inside), _half(plain, people, ~inside), fields, target, positive)


def typed(frame: pd.DataFrame, codes: tuple[str, ...] = ()) -> tuple[pd.DataFrame, dict[str, Field]]:
    """Columns as a row model takes them: objects, Int64, float64; `codes` are numbers that only name something."""
    made, fields = {}, {}
    for name in frame.columns:
        values = frame[name]
        if values.dtype == bool or name in codes or not pd.api.types.is_numeric_dtype(values):
            made[name], fields[name] = _text(values), Field("category")
        elif _whole(values) and values.nunique() <= FEW:
            made[name], fields[name] = _text(values.astype("Int64")), Field("category")
        elif _whole(values):
            made[name], fields[name] = values.astype("Int64"), Field("integer")
        else:
            made[name], fields[name] = values.astype("float64"), Field("number")
    return pd.DataFrame(made), fields


def _text(values: pd.Series) -> pd.Series:
    text = values.astype(object).map(str, na_action="ignore")
    return text.where(values.notna(), None).astype(object)


def _whole(values: pd.Series) -> bool:
    there = values.dropna().astype(float)
    return bool((there == there.round()).all())


def _half(frame: pd.DataFrame, people: People, rows: np.ndarray) -> Half:
    return Half(frame[rows].reset_index(drop=True), people[rows])


Loaded = tuple[pd.DataFrame, People, str, str, tuple[str, ...]]


def _actg(folder: Path) -> Loaded:
    frame = pd.read_csv(folder / "trials" / "ACTG175.csv").drop(columns=["Unnamed: 0", "pidnum"])
    return frame, np.arange(len(frame)), "cens", "1", ()


def _flchain(folder: Path) -> Loaded:
    frame = pd.read_parquet(folder / "trials" / "flchain.parquet").drop(columns="rownames", errors="ignore")
    return frame, np.arange(len(frame)), "death", "1", ()


def _support(folder: Path) -> Loaded:
    frame = pd.read_csv(folder / "support2" / "support2.csv", skipinitialspace=True).drop(columns="sno")
    return frame, np.arange(len(frame)), "hospdead", "1", ()


def _adult(folder: Path) -> Loaded:
    frame = pd.read_csv(folder / "adult" / "adult.csv", skipinitialspace=True)
    return frame, np.arange(len(frame)), "income", ">50K", ()


def _diabetes(folder: Path) -> Loaded:
    frame = pd.read_csv(
        folder / "diabetes130" / "diabetic_data.csv.gz", na_values="?", keep_default_na=False, low_memory=False
    )
    people = frame["patient_nbr"].to_numpy("int64")
    codes = ("admission_type_id", "discharge_disposition_id", "admission_source_id")
    return frame.drop(columns=["encounter_id", "patient_nbr", "weight"]), people, "readmitted", "<30", codes


DATASETS: dict[str, Callable[[Path], Loaded]] = {
    "ACTG175": _actg,
    "FLCHAIN": _flchain,
    "support2": _support,
    "adult": _adult,
    "diabetes130": _diabetes,
}

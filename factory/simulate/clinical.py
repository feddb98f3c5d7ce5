"""The real clinical rows: diabetes 130-US hospitals (Strack et al. 2014), as text, by person."""

from __future__ import annotations

import csv
import gzip
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from factory.core.errors import BrokenFile, ColumnMissing, EmptyTable, TableMissing, WrongType
from factory.simulate.dice import stream_key

KEYS = ("encounter_id", "patient_nbr")
NEEDED = (
    *KEYS,
    "gender",
    "age",
    "time_in_hospital",
    "readmitted",
    "medical_specialty",
    "payer_code",
    "num_lab_procedures",
    "num_medications",
    "diag_1",
    "diag_2",
    "A1Cresult",
    "insulin",
)
_FILE = "diabetes130.parquet"


@dataclass(frozen=True)
class Source:
    """Clinical rows in order of their real encounter_id.

    `columns` are the clinical columns in their order, without the two keys; `rows` hold their values
    verbatim; `people` lists the row numbers of each person, in order; `at` tells where a column stands.
    """

    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    people: list[list[int]]
    at: dict[str, int]


def clinical_source() -> Path:
    """Where the clinical rows lie: `sample_data/` of a checkout, or of the installed package.

    Raises TableMissing if neither is there.
    """
    package = Path(__file__).parents[1]
    for folder in (package.parent / "sample_data", package / "sample_data"):
        if (folder / _FILE).is_file():
            return folder / _FILE
    raise TableMissing(f"The clinical rows {_FILE} are not installed.", "Name a file of them with --clinical.")


def read_source(path: Path) -> Source:
    """Read clinical rows from .parquet, .csv or .csv.gz with the columns of diabetes130.

    Raises TableMissing, BrokenFile, ColumnMissing, EmptyTable or WrongType.
    """
    if not path.is_file():
        raise TableMissing(f"There is no file {path.name}.", "Check the path of the clinical rows.")
    columns = _read_parquet(path) if path.suffix == ".parquet" else _read_csv(path)
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise ColumnMissing(f"{path.name} has no column {', '.join(missing)}.", "Use the columns of diabetes130.")
    if not columns["encounter_id"]:
        raise EmptyTable(f"{path.name} has no rows.")
    return _grouped(columns, path.name)


def _grouped(columns: dict[str, list[str]], name: str) -> Source:
    """Sort by encounter, then collect the rows of each person."""
    try:
        order = np.argsort(np.array(columns["encounter_id"], dtype=np.int64), kind="stable").tolist()
        np.array(columns["time_in_hospital"], dtype=np.int64)
    except ValueError:
        raise WrongType(f"{name}: encounter_id and time_in_hospital must be whole numbers.") from None
    kept = tuple(column for column in columns if column not in KEYS)
    rows = list(zip(*([columns[column][i] for i in order] for column in kept), strict=True))
    people: dict[str, list[int]] = {}
    for position, i in enumerate(order):
        people.setdefault(columns["patient_nbr"][i], []).append(position)
    return Source(kept, rows, list(people.values()), {column: at for at, column in enumerate(kept)})


def _read_parquet(path: Path) -> dict[str, list[str]]:
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError):
        raise BrokenFile(f"{path.name} is not a readable Parquet file.") from None
    return {name: _shared(table.column(name).combine_chunks()) for name in table.column_names}


def _shared(column: pa.Array) -> list[str]:
    """Text values, equal ones sharing one object: five million strings become a few thousand."""
    if not pa.types.is_dictionary(column.type):
        column = column.cast(pa.string()).dictionary_encode()
    values = [sys.intern(value or "") for value in column.dictionary.to_pylist()]
    return [values[code] for code in column.indices.to_pylist()]


def _read_csv(path: Path) -> dict[str, list[str]]:
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as binary:
            reader = csv.reader(io.TextIOWrapper(binary, encoding="utf-8-sig", newline=""), strict=True)
            header = next(reader, [])
            columns: dict[str, list[str]] = {name: [] for name in header}
            for row in reader:
                for values, value in zip(columns.values(), row, strict=True):
                    values.append(sys.intern(value))
    except (OSError, EOFError, ValueError, csv.Error):
        raise BrokenFile(f"{path.name} is not a readable CSV file in UTF-8.") from None
    return columns


def draw_people(source: Source, patients: int, seed: int) -> Iterator[list[int]]:
    """Row numbers of one person after another: a seeded permutation, and another one when it is used up."""
    size = len(source.people)
    for cycle in range(-(-patients // size)):
        order = np.random.default_rng(stream_key(seed, "people", cycle)).permutation(size)
        for position in order[: patients - cycle * size].tolist():
            yield source.people[position]

"""Writing MEDS 0.4: every fact as an event of a subject, in time, under a code.

Source: Medical Event Data Standard, https://github.com/Medical-Event-Data-Standard/meds (MIT). OMOP tables give codes
`VOCABULARY/CODE` of their concepts; any other table gives `TABLE//COLUMN//VALUE`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from factory.contract import Kind
from factory.core.files import pretty_json, sha256_bytes, storage_errors, write_bytes
from factory.core.version import package_version
from factory.formats.released import Column, Released

MEDS_VERSION = "0.4.1"
BIRTH, DEATH = "MEDS_BIRTH", "MEDS_DEATH"
SPLITS = {"train": 8, "tuning": 1, "held_out": 1}
"""Tenths of the subjects, by the digest of their id."""

DATA = pa.schema(
    [
        pa.field("subject_id", pa.int64(), False),
        pa.field("time", pa.timestamp("us")),
        pa.field("code", pa.string(), False),
        pa.field("numeric_value", pa.float32()),
        pa.field("unit", pa.string()),
        pa.field("table", pa.string(), False),
    ]
)
_CODES = pa.schema(
    [
        pa.field("code", pa.string(), False),
        pa.field("description", pa.string()),
        pa.field("parent_codes", pa.list_(pa.string())),
    ]
)
_SUBJECTS = pa.schema([pa.field("subject_id", pa.int64(), False), pa.field("split", pa.string(), False)])


@dataclass(frozen=True)
class Codes:
    """Codes of concept ids, and what codes mean, for tables of OMOP; empty for all others."""

    of_concept: Mapping[str, str] = field(default_factory=dict)
    meaning: Mapping[str, str] = field(default_factory=dict)

    def of(self, concepts: pd.Series) -> pd.Series:
        """The code of each concept id (same index); `OMOP/ID` of one that the vocabulary lacks."""
        return concepts.map(lambda value: self.of_concept.get(str(value), f"OMOP/{value}"), na_action="ignore")

    def said(self, code: str) -> str | None:
        """What a code means, or the one that it says an end of."""
        return self.meaning.get(code) or self.meaning.get(code.partition("//")[0])


def write_meds(release: Released, codes: Codes, folder: Path) -> None:
    """Write `data/<split>/0.parquet` and `metadata/` into a folder that is there. Raises: DiskFull, StorageError."""
    numbers = subject_ids(release)
    rows = events(release, codes, numbers)
    splits = pd.DataFrame({"subject_id": np.sort(numbers.to_numpy())})
    splits["split"] = [split_of(release.name, subject) for subject in splits["subject_id"]]
    for split in SPLITS:
        subjects = pa.array(splits.loc[splits["split"] == split, "subject_id"], pa.int64())
        kept = rows.filter(pc.is_in(rows["subject_id"], subjects))
        if len(kept):
            _write(kept, folder / "data" / split / "0.parquet")
    _write(_meanings(rows, codes), folder / "metadata" / "codes.parquet")
    _write(
        pa.Table.from_pandas(splits, _SUBJECTS, preserve_index=False), folder / "metadata" / "subject_splits.parquet"
    )
    write_bytes(folder / "metadata" / "dataset.json", pretty_json(_about(release)))


def _write(rows: pa.Table, path: Path) -> None:
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(rows.replace_schema_metadata(None), path, compression="zstd")


def split_of(name: str, subject: int) -> str:
    """The split of a subject of a data set: the same in each copy, whoever else is in it."""
    place = int(sha256_bytes(f"{name}:{subject}".encode())[:12], 16) % sum(SPLITS.values())
    return next(split for split, end in zip(SPLITS, np.cumsum(list(SPLITS.values())), strict=True) if place < end)


def subject_ids(release: Released) -> pd.Series:
    """Subject numbers by person key: the key where it is a whole number, else its place in the person table, from 1."""
    person = next(table for table in release.tables.values() if table.parent is None)
    keys = person.rows[person.key]
    whole = pd.api.types.is_integer_dtype(keys)
    return pd.Series(keys.to_numpy("int64") if whole else np.arange(1, len(keys) + 1), index=keys.to_numpy())


def events(release: Released, codes: Codes, numbers: pd.Series) -> pa.Table:
    """All events (columns of `DATA`): those of a subject together, what has no time first, then in time."""
    first = release.first_days()
    made = [DATA.empty_table()]
    for name in release.tables:
        subject = release.persons(name).map(numbers)
        for rows in _of_table(release, name, codes, first):
            # A row without a value has no event of it; one without a time stays, as MEDS has static events.
            event = rows.assign(subject_id=subject.loc[rows.index], table=name).dropna(subset=["code", "subject_id"])
            made.append(pa.Table.from_pandas(event.reindex(columns=DATA.names), DATA, preserve_index=False))
    every = pa.concat_tables(made).replace_schema_metadata(None)
    keys = every.append_column("timed", pc.is_valid(every["time"]).cast(pa.int8()))
    order = [(name, "ascending") for name in ("subject_id", "timed", "time", "code")]
    return every.take(pc.sort_indices(keys, sort_keys=order))


def _of_table(release: Released, name: str, codes: Codes, first: pd.Series) -> Iterator[pd.DataFrame]:
    table = release.tables[name]
    rows, dates = table.rows, release.dates(name, first)
    births = {column.source for column in table.columns if column.birth}
    times = {source: at for source, at in dates.items() if source not in births}
    anchor = next(iter(times), None)
    at = times[anchor] if anchor is not None else pd.Series(pd.NaT, index=rows.index)
    main = _main(name, table.columns, codes)
    named = None if main is None else codes.of(rows[main.name])
    for column in table.columns:
        if column.birth:
            yield _event(_births(column, rows, dates), BIRTH)
        elif column is main and named is not None:
            yield _event(at, named).assign(**_measured(table.columns, rows, codes))
        elif column.kind in (Kind.CATEGORY, Kind.INTEGER, Kind.NUMBER) and not (main and column.source in _MEASURED):
            yield _valued(name, column, rows[column.name], at, codes)
    for source, time in times.items():
        if name == "death" and source == "death_date":
            yield _event(time, DEATH)
        elif named is None or source != anchor:
            code = f"{name}//{source}" if named is None else named + f"//{source}"
            yield _event(time, code)[time.notna()]


_MEASURED = ("value_as_number", "unit_concept_id")


def _main(name: str, columns: tuple[Column, ...], codes: Codes) -> Column | None:
    """The concept that an OMOP row is about; none in other tables."""
    about = name.removesuffix("_occurrence").removesuffix("_exposure") + "_concept_id"
    return next((column for column in columns if codes.of_concept and column.source == about), None)


def _measured(columns: tuple[Column, ...], rows: pd.DataFrame, codes: Codes) -> dict[str, pd.Series]:
    """What was measured of the concept, and in which unit."""
    named = {column.source: rows[column.name] for column in columns if column.source in _MEASURED}
    made = {}
    if "value_as_number" in named:
        made["numeric_value"] = named["value_as_number"].astype("float32")
    if "unit_concept_id" in named:
        made["unit"] = codes.of(named["unit_concept_id"])
    return made


def _births(column: Column, rows: pd.DataFrame, dates: dict[str, pd.Series]) -> pd.Series:
    """Births as they are; a year that is released counts from its first day."""
    if column.kind is not Kind.BIRTH_YEAR:
        return dates[column.source]
    return pd.to_datetime(rows[column.name].astype("string") + "-01-01", errors="coerce")


def _event(time: pd.Series, code: pd.Series | str) -> pd.DataFrame:
    return pd.DataFrame({"time": time, "code": code})


def _valued(name: str, column: Column, values: pd.Series, at: pd.Series, codes: Codes) -> pd.DataFrame:
    said = f"{name}//{column.source}"
    if column.kind is not Kind.CATEGORY:
        number = values.astype("Float64").astype("float32") if values.notna().all() else values.astype("float32")
        return _event(at, said).assign(numeric_value=number)[values.notna()]
    text = values.map(str, na_action="ignore")
    if codes.of_concept and column.source.endswith("_concept_id"):
        text = codes.of(text)
    return _event(at, said + "//" + text)


def _meanings(rows: pa.Table, codes: Codes) -> pa.Table:
    """Every code that occurs, with what is known of it."""
    there = sorted(pc.unique(rows["code"]).to_pylist())
    said = [codes.said(code) for code in there]
    return pa.table({"code": there, "description": said, "parent_codes": [None] * len(there)}, _CODES)


def _about(release: Released) -> dict[str, Any]:
    version = {"dataset_version": release.version} if release.version else {}
    return {
        "dataset_name": release.name,
        **version,
        "etl_name": "clinical-data-factory",
        "etl_version": package_version("clinical-data-factory"),
        "meds_version": MEDS_VERSION,
        "code_modifier_columns": ["unit"],
        "other_extension_columns": ["table"],
    }

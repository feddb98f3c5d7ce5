"""A release of OMOP tables, back in the shape of OMOP CDM 5.4."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from factory.contract import Kind
from factory.core.errors import TableMissing
from factory.core.progress import say
from factory.formats.omop import cdm
from factory.formats.omop.findings import NO_CONCEPT
from factory.formats.omop.mend import mended, used_concepts
from factory.formats.omop.vocabulary import completed, to_pass_on
from factory.formats.omop.write import STANDARD_ALGORITHM, whole
from factory.formats.released import Column, Released, Table

_NAMED = ("vocabulary", "domain", "concept_class")
"""What concepts point to."""


def as_omop(release: Released, vocabulary: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Tables of OMOP CDM 5.4 made of a release's, and as much of a vocabulary as they use and all may have.

    Every date is a day that the release does not tell, counted from a first day of its person: see
    `Released.first_days`. A concept that was pooled with rarer ones, or is missing, is *No matching concept*. Each
    person gets an observation period, from the first to the last date, where the release has none.
    Raises: TableMissing when the release is none of OMOP tables.
    """
    if "person" not in release.tables or "person_id" not in release.tables["person"].rows:
        raise TableMissing(f"The release {release.name} is none of OMOP tables.", "Write it to another format.")
    first = release.first_days()
    made: dict[str, pa.Table] = {}
    for name, table in release.tables.items():
        if name not in cdm.tables():
            say(f"note {name} is no table of OMOP CDM 5.4: it is left out")
            continue
        made[name] = _rows(release, name, table, first)
    if "observation_period" not in made:
        made["observation_period"] = _periods(made)
    return {**made, **_vocabulary(vocabulary, made)}


def _rows(release: Released, name: str, table: Table, first: pd.Series) -> pa.Table:
    definition = cdm.tables()[name]
    columns: dict[str, pd.Series] = {}
    for column in table.columns:
        field = definition.fields.get("year_of_birth" if column.kind is Kind.BIRTH_YEAR else column.source)
        if field is not None and column.kind not in (Kind.YEAR, Kind.DAY):
            columns[field.name] = _values(table.rows[column.name], column, field)
    dates = {source: days for source, days in release.dates(name, first).items() if source in definition.fields}
    columns |= _required_dates(dates, definition, release.persons(name).map(first))
    if "person_id" in definition.fields:
        columns["person_id"] = release.persons(name)
    arrow = {
        field.name: pa.array(columns[field.name], field.arrow, from_pandas=True)
        for field in definition.fields.values()
        if field.name in columns
    }
    return whole(pa.table(arrow), definition)


def _values(values: pd.Series, column: Column, field: cdm.Field) -> pd.Series:
    if field.concept:
        return pd.to_numeric(values, errors="coerce").fillna(NO_CONCEPT).astype("int64")
    if field.kind == "integer":
        return pd.to_numeric(values, errors="coerce").round().astype("Int64")
    if field.kind == "text":
        return values.astype(object)
    return values.astype("Float64")


def _required_dates(dates: dict[str, pd.Series], table: cdm.Table, otherwise: pd.Series) -> dict[str, pd.Series]:
    """Dates, those that OMOP requires and the release lacks as the row's earliest, or the person's first day."""
    if not dates:
        return {}
    earliest = pd.concat(dates.values(), axis=1).min(axis=1).fillna(otherwise)
    required = [field.name for field in table.fields.values() if field.kind == "date" and field.required]
    return {**dates, **{name: dates.get(name, earliest).fillna(earliest) for name in required}}


def _periods(made: Mapping[str, pa.Table]) -> pa.Table:
    """An observation period a person with any date, from the first to the last."""
    seen = [
        pd.DataFrame({"person_id": rows["person_id"].to_pandas(), "at": rows[field.name].to_pandas()})
        for name, rows in made.items()
        for field in cdm.tables()[name].fields.values()
        if field.kind == "date" and "person_id" in rows.column_names
    ]
    events = pd.concat(seen).dropna() if seen else pd.DataFrame({"person_id": [], "at": []})
    spans = events.groupby("person_id")["at"].agg(["min", "max"]).reset_index()
    rows = {
        "observation_period_id": pa.array(range(1, len(spans) + 1), pa.int64()),
        "person_id": pa.array(spans["person_id"], pa.int64()),
        "observation_period_start_date": pa.array(spans["min"], pa.date32()),
        "observation_period_end_date": pa.array(spans["max"], pa.date32()),
        "period_type_concept_id": pa.array([STANDARD_ALGORITHM] * len(spans), pa.int64()),
    }
    return pa.table(rows)


def _vocabulary(given: Mapping[str, pa.Table], made: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Concepts that are used and the rows that these point to; nothing where no vocabulary is given."""
    if "concept" not in given:
        return {}
    used = used_concepts(made)
    every = completed({name: given[name] for name in ("concept", *_NAMED) if name in given}, used)
    concept = to_pass_on(every["concept"], used)
    kept = {"concept": concept}
    for name in _NAMED:
        if name in every:
            key = str(cdm.tables()[name].key)
            kept[name] = every[name].filter(pc.is_in(every[name][key], concept[key].combine_chunks()))
    return mended(kept)[0]

"""Columns that OMOP has not and the line needs: a whole birth date, and a key for `death`."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

DEATH_KEY = "death_id"
"""Names a row of `death`, which has no key in OMOP: its person again, who dies once."""


def with_derived(rows: pa.Table, table: str) -> pa.Table:
    """The rows with `birth_datetime` filled (person), or with `death_id` (death)."""
    if table == "person":
        return _with_births(rows)
    if table == "death":
        return rows.add_column(0, DEATH_KEY, rows["person_id"])
    return rows


def _with_births(rows: pa.Table) -> pa.Table:
    """A month whose day is not known counts from its first; a year whose month is not, from 15 June.

    Source: CDM 5.4, conventions of person.birth_datetime, but for persons with records in their year of birth.
    """
    year, month, day = (_part(rows, f"{name}_of_birth") for name in ("year", "month", "day"))
    parts = {"year": year, "month": month.fillna(6), "day": day.fillna(1).where(month.notna(), 15)}
    born = pd.to_datetime(pd.DataFrame(parts), errors="coerce").astype("datetime64[us]")
    made = pa.array(born, from_pandas=True)
    if "birth_datetime" not in rows.column_names:
        return rows.append_column("birth_datetime", made)
    at = rows.column_names.index("birth_datetime")
    return rows.set_column(at, "birth_datetime", pc.coalesce(rows["birth_datetime"].combine_chunks(), made))


def _part(rows: pa.Table, name: str) -> pd.Series:
    if name not in rows.column_names:
        return pd.Series([None] * len(rows), dtype="float64")
    return pd.Series(rows[name].to_pandas(), dtype="float64")

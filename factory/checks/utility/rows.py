"""Rows of one analysis as numbers: which column is which, who said yes, and what a model learns from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.checks.comparison import PARTS, Comparison, Ints, Part
from factory.checks.features import Floats
from factory.contract import ReleasedTable
from factory.words import Said

Bools = npt.NDArray[np.bool_]
# Above this many levels scikit-learn's trees take no native categories; rarer ones share the last.
MOST_LEVELS = 200


@dataclass(frozen=True)
class Coded:
    """Rows to learn from and rows to ask (n x columns, float64, NaN where missing), and which columns are categories.

    A category's number is its place among the levels of the rows to learn from, the commonest first.
    """

    learn: Floats
    asked: Floats
    kinds: list[bool]


def column_of(comparison: Comparison, table: str, source: str) -> str | None:
    """What `comparison.rows(part, table).frame` calls a column that the contract writes `source` or `person.source`.

    None where it is not there.
    """
    person = comparison.contract.person
    if source.startswith("person."):
        name = comparison.shapes[person].of_source(source.removeprefix("person."))
        found = name if table == person or name is None else f"person.{name}"
    else:
        found = comparison.shapes[table].of_source(source)
    return found if found in comparison.rows("train", table).frame else None


def missing_from(comparison: Comparison, table: str, sources: Iterable[str]) -> str:
    """Why an analysis of these columns cannot be made, as a sentence, or nothing."""
    if table not in comparison.shapes:
        return Said("The table {table} is not released.", table=table)
    if not all(len(comparison.part(part)[table]) for part in PARTS):
        return Said("The table {table} has no rows in one of the three parts.", table=table)
    for source in sources:
        if column_of(comparison, table, source) is None:
            return Said("The column {source} of {table} is not in all three parts.", source=source, table=table)
    return ""


def owned(comparison: Comparison, part: Part, table: str) -> tuple[pd.DataFrame, Ints]:
    """Rows of a table that belong to a person of the part, and whose they are (n,)."""
    rows = comparison.rows(part, table)
    whose = rows.people >= 0
    return rows.frame[whose].reset_index(drop=True), rows.people[whose]


def made_of(shape: ReleasedTable, sources: Iterable[str]) -> set[str]:
    """Every released column made of one of the source columns: a date is released as a year and a day."""
    wanted = set(sources)
    return {column.name for column in shape.columns if column.source in wanted}


def is_one_of(values: pd.Series, wanted: tuple[str, ...]) -> Bools:
    """True where a value is one of those the contract names, as text or as the number that the text writes."""
    found = np.asarray(values.astype("string").isin(wanted), dtype=bool)
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        named = pd.to_numeric(pd.Series(wanted, dtype="object"), errors="coerce").dropna()
        found |= np.isin(values.to_numpy("float64", na_value=np.nan), named.to_numpy("float64"))
    return found


def numbers_of(values: pd.Series) -> Floats | None:
    """Values that are counted or measured as numbers, moments as seconds, NaN where missing; None for categories."""
    if pd.api.types.is_datetime64_any_dtype(values):
        seconds = values.astype("datetime64[s]").astype("int64").astype("float64")
        return np.asarray(seconds.where(values.notna()), dtype=np.float64)
    if pd.api.types.is_numeric_dtype(values):
        return np.asarray(values.to_numpy("float64", na_value=np.nan), dtype=np.float64)
    return None


def text_of(values: pd.Series) -> pd.Series:
    """Values as text, whole numbers without a point, None where missing."""
    if pd.api.types.is_bool_dtype(values) or not pd.api.types.is_numeric_dtype(values):
        text = values.astype("string")
    else:
        text = values.map("{:.12g}".format, na_action="ignore").astype("string")
    return text.astype(object).where(values.notna(), None)


def coded(learn: pd.DataFrame, asked: pd.DataFrame) -> Coded:
    """Frames of the same columns as numbers; a column is a category where either frame holds no numbers in it."""
    pairs: list[tuple[Floats, Floats]] = []
    kinds = []
    for name in learn.columns:
        given, other = numbers_of(learn[name]), numbers_of(asked[name])
        kinds.append(given is None or other is None)
        if given is None or other is None:
            pairs.append(_places(text_of(learn[name]), text_of(asked[name])))
        elif np.isnan(given).all():
            # Nothing can be learned of it, and scikit-learn's trees do not take it.
            pairs.append((np.zeros_like(given), np.zeros_like(other)))
        else:
            pairs.append((given, other))
    return Coded(np.column_stack([a for a, _ in pairs]), np.column_stack([b for _, b in pairs]), kinds)


def _places(learn: pd.Series, asked: pd.Series) -> tuple[Floats, Floats]:
    levels = learn.value_counts().sort_index(kind="stable").sort_values(ascending=False, kind="stable")
    place = {level: float(min(i, MOST_LEVELS)) for i, level in enumerate(levels.index)}
    return _mapped(learn, place), _mapped(asked, place)


def _mapped(values: pd.Series, place: dict[str, float]) -> Floats:
    return np.asarray(values.map(place), dtype=np.float64)

"""One row a person over all their tables: what an adversary who holds a whole record would compare."""

from __future__ import annotations

import numpy as np
import pandas as pd

from factory.checks.comparison import LEVELS, PARTS, Comparison, Ints, Part
from factory.checks.features import Floats, encode
from factory.contract import Kind, ReleasedColumn

# Levels of a category that get a count of their own; the rest are counted by how many different ones there are.
MOST_LEVELS = 12
_NUMBERS = (Kind.INTEGER, Kind.NUMBER, Kind.DAY, Kind.YEAR)
_SECONDS_A_DAY = 86_400


def person_frames(comparison: Comparison) -> dict[Part, pd.DataFrame]:
    """A frame of one row a person (people x features) for each part, columns alike; people in their tables' order.

    The person table's own columns, and of each other table: rows; of numbers mean, least, greatest and spread; of
    the commonest levels of a category how many rows; of times the days from first to last.
    """
    if "persons" not in comparison.kept:
        comparison.kept["persons"] = {part: _frame(comparison, part) for part in PARTS}
    found: dict[Part, pd.DataFrame] = comparison.kept["persons"]
    return found


def person_codes(comparison: Comparison) -> tuple[Floats, Floats, Floats]:
    """The frames of `person_frames` in one space (people x features), in the order of `PARTS`."""
    if "person codes" not in comparison.kept:
        comparison.kept["person codes"] = tuple(encode(*(person_frames(comparison)[part] for part in PARTS)))
    found: tuple[Floats, Floats, Floats] = comparison.kept["person codes"]
    return found


def person_frame(comparison: Comparison, part: Part) -> pd.DataFrame:
    """The frame of `person_frames` for one part, without the others."""
    frames = comparison.kept.get("persons")
    return _frame(comparison, part) if frames is None else frames[part]


def _frame(comparison: Comparison, part: Part) -> pd.DataFrame:
    person = comparison.contract.person
    tables = comparison.part(part)
    own = [c.name for c in comparison.shapes[person].columns if c.compared]
    made = [tables[person][own].reset_index(drop=True)]
    for name, shape in comparison.shapes.items():
        if name != person:
            owner = comparison.rows(part, name).people
            count = np.bincount(owner[owner >= 0], minlength=len(tables[person])).astype("float64")
            made.append(pd.DataFrame({f"{name}: rows": count}))
            for column in shape.columns:
                if column.compared:
                    made.append(_of_column(comparison, part, name, column, owner))
    return pd.concat(made, axis=1)


def _of_column(comparison: Comparison, part: Part, table: str, column: ReleasedColumn, owner: Ints) -> pd.DataFrame:
    values = comparison.part(part)[table][column.name]
    people = comparison.people(part)
    label = f"{table}.{column.name}"
    if column.kind in _NUMBERS:
        grouped = values.astype("float64").groupby(owner).agg(["mean", "min", "max", "std"]).reindex(range(people))
        return grouped.set_axis([f"{label}: {word}" for word in ("mean", "least", "greatest", "spread")], axis=1)
    if column.kind is Kind.MOMENT:
        seconds = values.astype("datetime64[s]").astype("int64").astype("float64").where(values.notna())
        grouped = seconds.groupby(owner).agg(["min", "max"]).reindex(range(people))
        return pd.DataFrame({f"{label}: days": (grouped["max"] - grouped["min"]) / _SECONDS_A_DAY})
    levels = _levels(comparison, table, column.name)
    counts = {
        f"{label}: {place}": np.bincount(owner[(values == level).to_numpy() & (owner >= 0)], minlength=people)
        for place, level in enumerate(levels)
    }
    different = values.groupby(owner).nunique().reindex(range(people), fill_value=0)
    return pd.DataFrame({**counts, f"{label}: different": different.to_numpy()}).astype("float64")


def _levels(comparison: Comparison, table: str, column: str) -> list[str]:
    if (LEVELS, table, column) not in comparison.kept:
        both = pd.concat([comparison.train[table][column], comparison.holdout[table][column]])
        comparison.kept[LEVELS, table, column] = [str(level) for level in both.value_counts().head(MOST_LEVELS).index]
    found: list[str] = comparison.kept[LEVELS, table, column]
    return found

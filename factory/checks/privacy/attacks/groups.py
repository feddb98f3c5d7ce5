"""Groups of people who may be easier to find than the average: outliers, rare codes, sex, age, quasi-identifiers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from factory.checks.comparison import Comparison, Ints, Part
from factory.checks.neighbours import Floats
from factory.checks.privacy.attacks.battery import Battery, Bools
from factory.checks.privacy.attacks.view import as_numbers
from factory.contract import Kind, ReleasedColumn, Role

# Fewest people of a group on either side, and the share of people up to which a level is a rare code.
FEWEST = 20
RARE = 0.1
MOST_GROUPS = 200
_BAND = 10
_NEIGHBOUR = 4
_NUMBERS = (Kind.INTEGER, Kind.NUMBER, Kind.YEAR, Kind.DAY, Kind.BIRTH_YEAR, Kind.MOMENT)
_SEX = {"sex", "gender", "性别", "性別"}


def exposed(battery: Battery, share: float) -> Bools:
    """The share of people who stand out most (p,), told without knowing who was trained on.

    A person's place is the further of two: by distance from the fifth nearest other person, and by how rare the levels
    of their categories are (sum of -log share).
    """
    view = battery.last
    if view is None:
        return np.zeros(len(battery.members), dtype=bool)
    distance = view.to_others()[:, _NEIGHBOUR]
    finite = np.where(np.isfinite(distance), distance, np.nanmax(np.append(distance[np.isfinite(distance)], 0.0)))
    rare = np.zeros(len(finite))
    for name, (levels, _) in zip(view.real.columns, view.levels(), strict=True):
        if view.real[name].dtype == object:
            rare -= np.log(np.bincount(levels) / len(levels))[levels]
    last = view.people
    place = np.full(len(battery.members), -1.0)
    place[last] = np.maximum(_place(finite), _place(rare))
    most = max(1, round(share * len(place)))
    # Places are tied where nothing is rare: the nearer to the edge of space goes first.
    tie = np.zeros(len(place))
    tie[last] = _place(finite)
    chosen = np.lexsort((-tie, -place))[:most]
    made = np.zeros(len(place), dtype=bool)
    made[chosen] = True
    return made


def _place(values: Floats) -> Floats:
    return np.asarray(pd.Series(values).rank(pct=True), dtype=np.float64)


def groups(comparison: Comparison, battery: Battery) -> dict[str, Bools]:
    """Groups of at least FEWEST people a side (and of the policy's smallest cell), by a label that may be shown."""
    fewest = max(FEWEST, comparison.contract.policy.smallest_cell)
    made: dict[str, Bools] = {}
    for table, shape in comparison.shapes.items():
        for column in shape.columns:
            if not column.compared:
                continue
            if table == comparison.contract.person and _is_asked(column):
                made |= _levels(comparison, battery, table, column, fewest, 1.0)
            elif column.kind is Kind.CATEGORY:
                made |= _levels(comparison, battery, table, column, fewest, RARE)
    smallest = sorted(made, key=lambda label: (int(made[label].sum()), label))
    return {label: made[label] for label in smallest[:MOST_GROUPS]}


def _is_asked(column: ReleasedColumn) -> bool:
    named = column.source.casefold() in _SEX or column.column.age or column.kind is Kind.BIRTH_YEAR
    return named or column.column.role is Role.QUASI_IDENTIFIER


def _levels(
    comparison: Comparison, battery: Battery, table: str, column: ReleasedColumn, fewest: int, most: float
) -> dict[str, Bools]:
    """People of the pool who have a level in some row, for each level of few enough people."""
    values, people = _of_pool(comparison, battery, table, column)
    made: dict[str, Bools] = {}
    frame = pd.DataFrame({"level": values, "person": people}).dropna().drop_duplicates()
    for level, who in frame.groupby("level", sort=True)["person"]:
        held = np.zeros(len(battery.members), dtype=bool)
        held[who.to_numpy()] = True
        sides = (int((held & battery.members).sum()), int((held & ~battery.members).sum()))
        if min(sides) >= fewest and held.mean() <= most and not held.all():
            made[f"{table}.{column.name} = {level}"] = held
    return made


def _of_pool(comparison: Comparison, battery: Battery, table: str, column: ReleasedColumn) -> tuple[pd.Series, Ints]:
    """Levels of a column as text, and whose each is, of the people of the pool."""
    parts: list[pd.Series] = []
    owners: list[Ints] = []
    sides: tuple[Part, Part] = ("train", "holdout")
    for part in sides:
        side = np.flatnonzero(battery.members == (part == "train"))
        place = np.full(comparison.people(part) + 1, -1, dtype=np.int64)
        place[battery.rows[side]] = side
        whose = place[comparison.rows(part, table).people]
        parts.append(comparison.part(part)[table][column.name][whose >= 0])
        owners.append(whose[whose >= 0])
    values = pd.concat(parts, ignore_index=True)
    if column.kind in _NUMBERS:
        values = _bands(values, column.column.age or column.kind is Kind.BIRTH_YEAR)
    return values.astype(object).map(str, na_action="ignore"), np.concatenate(owners)


def _bands(values: pd.Series, years: bool) -> pd.Series:
    """Bands of ten years, or quarters of people, as text."""
    numbers = pd.Series(as_numbers(values))
    if years:
        return numbers.map(_decade, na_action="ignore")
    return numbers.rank(pct=True).map(_quarter, na_action="ignore")


def _quarter(place: float) -> str:
    return f"quarter {np.ceil(4 * place):.0f} of 4"


def _decade(year: float) -> str:
    start = year // _BAND * _BAND
    return f"{start:.0f} to {start + _BAND - 1:.0f}"

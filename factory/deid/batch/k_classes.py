"""Classes of k people: the quasi-identifiers of each table, beside those of its people, generalised at least loss.

A person's own quasi-identifiers can be joined to every row of theirs, so a child table is searched with them beside its
own; the person table comes last, at levels no finer than its children needed. Cells are starred one by one only where
no other table's classes hang on them, for a star in a person's row would part a class of their visits. k holds for
each row of each table, not for all rows of a person together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from factory.core.progress import step
from factory.deid.anonymity.bands import BandHierarchy, YearHierarchy
from factory.deid.anonymity.hierarchy import SUPPRESSED, FlatHierarchy, Hierarchy
from factory.deid.anonymity.places import ZipHierarchy
from factory.deid.anonymity.result import Anonymized, ColumnCost
from factory.deid.anonymity.search import search
from factory.deid.batch.plan import Planned, Plans
from factory.deid.batch.setting import ColumnSetting, Setting
from factory.deid.batch.survey import ColumnSurvey, Survey
from factory.deid.kinds import ColumnKind
from factory.deid.operators.generalise import generalised
from factory.deid.operators.levelled import levelled
from factory.deid.operators.year import Year
from factory.deid.profiles import Treatment, asks_for_classes

_BANDS = 8


@dataclass(frozen=True)
class _Quasi:
    """A quasi-identifier before the search: a value a row, the hierarchy it climbs, the least level allowed."""

    values: pd.Series
    hierarchy: Hierarchy
    lowest: int = 0


def with_classes(setting: Setting, survey: Survey, plans: Plans) -> Plans:
    """The plans, with quasi-identifiers at the levels that give classes of k people, where a profile asks for it.

    Raises: ContractError where no levels do, TooFewPeople, WrongType where a hierarchy does not cover a value.
    """
    if not asks_for_classes(setting.profiles):
        return plans
    person = setting.contract.person
    quasi = {table: _quasi(setting, survey, plans, table) for table in setting.contract.tables}
    made = {table: dict(columns) for table, columns in plans.items()}
    least = {name: column.lowest for name, column in quasi[person].items()}
    for table, own in quasi.items():
        if table == person or not own:
            continue
        owners = survey.tables[table].owners
        beside = {f"{person}.{name}": _spread(column, owners, least[name]) for name, column in quasi[person].items()}
        found = _search(setting, table, {**beside, **own}, owners, stars=not beside)
        least.update({name: found.levels[f"{person}.{name}"] for name in least})
        _enter(setting, made[table], found, list(own), len(owners))
    if quasi[person]:
        raised = {name: replace(column, lowest=least[name]) for name, column in quasi[person].items()}
        alone = not any(own for table, own in quasi.items() if table != person)
        found = _search(setting, person, raised, survey.tables[person].owners, stars=alone)
        _enter(setting, made[person], found, list(raised), survey.tables[person].rows)
    return made


def _search(
    setting: Setting, table: str, quasi: Mapping[str, _Quasi], owners: np.ndarray, *, stars: bool
) -> Anonymized:
    frame = pd.DataFrame({name: column.values for name, column in quasi.items()})
    with step(f"search levels for classes of {setting.k} people in {table}"):
        return search(
            frame,
            {name: column.hierarchy for name, column in quasi.items()},
            setting.k,
            people=owners,
            max_suppressed=setting.contract.policy.most_suppressed,
            allowed={name: (column.lowest, len(column.hierarchy.names) - 1) for name, column in quasi.items()},
            max_local=setting.contract.policy.most_starred if stars else 0.0,
        )


def _spread(column: _Quasi, owners: np.ndarray, lowest: int) -> _Quasi:
    return replace(column, values=column.values.take(owners).reset_index(drop=True), lowest=lowest)


def _enter(setting: Setting, plans: dict[str, Planned], found: Anonymized, names: list[str], rows: int) -> None:
    """Put what the search found into the plans of one table."""
    profiles = asks_for_classes(setting.profiles)
    asked = "; ".join(profile.paragraph for profile in setting.profiles if profile.k_anonymous)
    gone = int(found.suppressed.sum())
    notes = (f"classes of at least {setting.k} people", *((f"{gone:,} rows suppressed",) if gone else ()))
    costs = {cost.column: cost for cost in found.columns}
    for name in names:
        before, cost = plans[name], costs[name]
        plans[name] = replace(
            before,
            operators={next(iter(before.operators)): levelled(found.frame[name], rows)},
            done=_done(before.done, cost),
            profiles=tuple(dict.fromkeys((*before.profiles, *profiles))),
            because=before.because if asked in before.because else f"{before.because}; {asked}",
            notes=(*before.notes, *notes, *_starred(cost)),
            level=cost.level_name,
            loss=round(cost.loss, 6),
        )


def _starred(cost: ColumnCost) -> tuple[str, ...]:
    last = cost.level_name == SUPPRESSED
    return () if last or not cost.cells_suppressed else (f"{cost.cells_suppressed:,} cells shown as {SUPPRESSED}",)


def _done(before: str, cost: ColumnCost) -> str:
    if not cost.level:
        return before
    lifted = f"generalised by hierarchy ({cost.hierarchy}) to {cost.level_name}"
    return lifted if before == Treatment.SHARE else f"{before}, {lifted}"


def _quasi(setting: Setting, survey: Survey, plans: Plans, table: str) -> dict[str, _Quasi]:
    """Quasi-identifiers of a table that are still released."""
    seen = survey.tables[table]
    outlive = survey.people.outlive(setting.contract.policy.age_cap)[seen.owners]
    made = {}
    for name, column in setting.columns[table].items():
        if column.quasi_identifier and plans[table][name].operators:
            made[name] = _one(name, column, seen.columns[name], plans[table][name], outlive)
    return made


def _one(name: str, column: ColumnSetting, seen: ColumnSurvey, planned: Planned, outlive: np.ndarray) -> _Quasi:
    hierarchy, lowest = column.reading.hierarchy, 0
    found = pd.Series(seen.behind.values)
    operator = next(iter(planned.operators.values()))
    if isinstance(operator, Year):
        found = found.clip(operator.low, operator.high) if operator.low <= operator.high else found * np.nan
        hierarchy = YearHierarchy(oldest=operator.low if column.kind is ColumnKind.BIRTH else None)
    elif column.kind is ColumnKind.REGION and isinstance(hierarchy, ZipHierarchy):
        lowest = 1
    elif column.kind is ColumnKind.REGION:
        hierarchy = FlatHierarchy()
    elif isinstance(hierarchy, FlatHierarchy) and column.reading.column.numeric:
        hierarchy = _bands(seen)
    elif isinstance(hierarchy, FlatHierarchy):
        shown = generalised(seen.behind, hierarchy, column.reading.column.codes is not None)
        found = found.map(shown)
    numbers = seen.row_values()
    values = found.reindex(numbers).reset_index(drop=True).rename(name)
    if column.kind is ColumnKind.AGE and outlive.any():
        cap = column.reading.cap + 1
        values = values.where(~outlive | values.isin([cap, f"{cap}+"]))
    return _Quasi(values, hierarchy, lowest)


def _bands(seen: ColumnSurvey) -> Hierarchy:
    """Eighths, quarters and halves of the rows; the value itself is the finest level."""
    values = np.array(seen.behind.values, dtype=np.float64)
    if len(values) < 2:
        return FlatHierarchy()
    order = np.argsort(values)
    share = np.cumsum(seen.behind.rows[order]) / seen.behind.rows.sum()
    at = np.searchsorted(share, np.arange(1, _BANDS) / _BANDS)
    cuts = np.unique(values[order][np.minimum(at + 1, len(values) - 1)])
    levels = []
    while len(cuts):
        levels.append(cuts.tolist())
        cuts = cuts[1::2]
    return BandHierarchy(levels)

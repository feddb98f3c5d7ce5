"""Classes of k people: the quasi-identifiers of each table, beside those of its people, generalised at least loss.

A person's own quasi-identifiers can be joined to every row of theirs, so a child table is searched with them beside its
own; the person table comes last, at levels no finer than its children needed. Cells are starred one by one only where
no other table's classes hang on them, for a star in a person's row would part a class of their visits. k holds for
each row of each table, not for all rows of a person together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from factory.core.progress import step
from factory.deid.anonymity.bands import BandHierarchy, YearHierarchy
from factory.deid.anonymity.hierarchy import SUPPRESSED, FlatHierarchy, Hierarchy
from factory.deid.anonymity.places import ZipHierarchy
from factory.deid.anonymity.result import ColumnCost
from factory.deid.batch.cost import Cost, costs_of
from factory.deid.batch.entries import Entries
from factory.deid.batch.levels import Found, search
from factory.deid.batch.plan import Planned, Plans
from factory.deid.batch.quasi import Quasi, Rows
from factory.deid.batch.setting import ColumnSetting, Setting
from factory.deid.batch.spill import Spill, Spilled
from factory.deid.batch.survey import ColumnSurvey, Survey
from factory.deid.kinds import ColumnKind
from factory.deid.operators.generalise import generalised
from factory.deid.operators.levelled import AtLevel
from factory.deid.operators.year import Year
from factory.deid.profiles import Treatment, asks_for_classes

_BANDS = 8


@dataclass(frozen=True)
class _Searched:
    """What the search found for the rows of one table, and what it cost."""

    rows: Rows
    found: Found
    cost: Cost

    def level(self, name: str) -> int:
        """Level of a column, counted from its value."""
        return next(one.level for one in self.cost.columns if one.column == name)


def with_classes(setting: Setting, survey: Survey, plans: Plans) -> Plans:
    """The plans, with quasi-identifiers at the levels that give classes of k people, where a profile asks for it.

    Raises: ContractError where no levels do, TooFewPeople, WrongType where a hierarchy does not cover a value,
    DiskFull, StorageError.
    """
    if not asks_for_classes(setting.profiles):
        return plans
    person = setting.contract.person
    quasi = _quasi(setting, survey, plans)
    made = {table: dict(columns) for table, columns in plans.items()}
    least = {name: column.lowest for name, column in quasi[person].items()}
    for table, own in quasi.items():
        if table == person or not own:
            continue
        beside = {f"{person}.{name}": replace(column, lowest=least[name]) for name, column in quasi[person].items()}
        found = _search(setting, survey, table, {**beside, **own}, list(beside), stars=not beside)
        least.update({name: found.level(f"{person}.{name}") for name in least})
        _enter(setting, made[table], found, list(own))
    if quasi[person]:
        raised = {name: replace(column, lowest=least[name]) for name, column in quasi[person].items()}
        alone = not any(own for table, own in quasi.items() if table != person)
        found = _search(setting, survey, person, raised, (), stars=alone)
        _enter(setting, made[person], found, list(raised))
    return made


def _search(
    setting: Setting, survey: Survey, table: str, quasi: dict[str, Quasi], beside: Sequence[str], *, stars: bool
) -> _Searched:
    policy = setting.contract.policy
    with step(f"search levels for classes of {setting.k} people in {table}"), Spill(survey.spill.folder) as scratch:
        rows = Rows(survey.tables[table].owners, quasi, beside)
        entries = Entries(rows, setting.k, scratch)
        found = search(entries, policy.most_suppressed, policy.most_starred if stars else 0.0)
        return _Searched(rows, found, costs_of(entries, found, [one.hierarchy for one in quasi.values()]))


def _enter(setting: Setting, plans: dict[str, Planned], searched: _Searched, names: list[str]) -> None:
    """Put what the search found into the plans of one table."""
    profiles = asks_for_classes(setting.profiles)
    asked = "; ".join(profile.paragraph for profile in setting.profiles if profile.k_anonymous)
    gone = searched.cost.suppressed
    notes = (f"classes of at least {setting.k} people", *((f"{gone:,} rows suppressed",) if gone else ()))
    for at, cost in enumerate(searched.cost.columns):
        if cost.column not in names:
            continue
        before = plans[cost.column]
        shown = AtLevel.of(searched.rows, at, searched.found, searched.cost.labels[at])
        plans[cost.column] = replace(
            before,
            operators={next(iter(before.operators)): shown},
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


def _quasi(setting: Setting, survey: Survey, plans: Plans) -> dict[str, dict[str, Quasi]]:
    """Quasi-identifiers of each table that are still released."""
    outlive = survey.people.outlive(setting.contract.policy.age_cap)
    made: dict[str, dict[str, Quasi]] = {}
    for table, columns in setting.columns.items():
        made[table] = {}
        for name, column in columns.items():
            seen = survey.tables[table].columns[name]
            if column.quasi_identifier and plans[table][name].operators and seen.numbers is not None:
                made[table][name] = _one(column, seen, seen.numbers, plans[table][name], outlive)
    return made


def _one(
    column: ColumnSetting, seen: ColumnSurvey, numbers: Spilled, planned: Planned, outlive: Spilled | None
) -> Quasi:
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
    if column.kind is ColumnKind.AGE and outlive is not None:
        cap = column.reading.cap + 1
        return Quasi(found, numbers, hierarchy, lowest, outlive, found.isin([cap, f"{cap}+"]).to_numpy(dtype=bool))
    return Quasi(found, numbers, hierarchy, lowest)


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

"""Which operator a column gets, by what the contract says it is."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import pandas as pd

from factory.contract import Column, Kind, Policy, Role
from factory.contract.columns import HIERARCHIES
from factory.core.errors import ContractError
from factory.deid import dates, rare
from factory.deid.batch.hierarchies import hierarchy_of, region_shown
from factory.deid.decisions import SAFE_HARBOR


@dataclass(frozen=True)
class Batch:
    """What operators need to know of the whole batch."""

    owners: dict[str, pd.Series]
    first_record: pd.Series
    last_year: int | None


@dataclass(frozen=True)
class Outcome:
    """A column's new values by released kind, the operator's name, its reason, and cells changed."""

    by_kind: dict[Kind, pd.Series]
    operator: str
    because: str
    changed: int


def transform(values: pd.Series, column: Column, batch: Batch, table: str, policy: Policy) -> Outcome:
    """Apply the operator of a column that is released: dates, ages, numbers or categories."""
    owners = batch.owners[table]
    if column.role is Role.DATE:
        return _date(values, column, batch, owners, policy)
    made = dates.capped_ages(values, policy.age_cap) if column.age else values
    if column.identifier is not None or column.climbs in ("us-zip", "cn-region"):
        made = _region(values, column, policy)
    if column.numeric:
        kind = Kind.INTEGER if column.type == "integer" else Kind.NUMBER
        if not column.age:
            made = rare.common_range(made, owners, policy.smallest_cell)
            made = rare.shared_counts(made, owners, policy.smallest_cell)
        operator, because = "top- and bottom-coded, rare counts pooled", "ED-5: values that fewer people share"
    else:
        kind = Kind.CATEGORY
        if pd.api.types.is_bool_dtype(made):
            made = made.map({True: "yes", False: "no"})
        made = rare.common_categories(made.astype(object), owners, column, policy.smallest_cell)
        operator, because = "rare values generalised", "ED-5: values that fewer people share"
    if column.age:
        operator, because = "age capped", f"{SAFE_HARBOR}(C)"
    elif column.identifier is not None:
        operator, because = "region generalised", f"{SAFE_HARBOR}(B)"
    changed = int(((made != values) & values.notna() | (made.isna() & values.notna())).fillna(True).sum())
    return Outcome(
        {kind: made},
        operator if changed or column.age else "kept",
        because if changed or column.age else "",
        changed,
    )


def _region(values: pd.Series, column: Column, policy: Policy) -> pd.Series:
    if column.climbs not in HIERARCHIES:
        raise ContractError(
            f"The column {values.name} is a region along a file, which a synthetic release does not read.",
            "Give it the hierarchy us-zip or cn-region, or the role identifier.",
        )
    shown = region_shown(values, hierarchy_of(column, None, policy.age_cap))
    return shown.where(shown.notna(), None)


def _date(values: pd.Series, column: Column, batch: Batch, owners: pd.Series, policy: Policy) -> Outcome:
    changed = int(values.notna().sum())
    because = f"{SAFE_HARBOR}(C)"
    if column.birth:
        # Without any event the ages that birth years show are today's.
        last = batch.last_year if batch.last_year is not None else datetime.datetime.now(datetime.UTC).year
        made = rare.common_range(dates.birth_years(values, last, policy.age_cap), owners, policy.smallest_cell)
        return Outcome({Kind.BIRTH_YEAR: made}, "year, oldest pooled", because, changed)
    first = owners.map(batch.first_record)
    return Outcome(
        {
            Kind.YEAR: rare.common_range(dates.years(values), owners, policy.smallest_cell),
            Kind.DAY: dates.days_since(values, first),
        },
        "year, and days since first record",
        because,
        changed,
    )

"""What is done to each value of a released column by itself, before values that few people share are dealt with."""

from __future__ import annotations

import pandas as pd

from factory.contract import Column, ColumnType, Policy, Role
from factory.contract.columns import HIERARCHIES
from factory.core.errors import ContractError
from factory.deid import dates
from factory.deid.batch.hierarchies import hierarchy_of, region_shown


def prepared(values: pd.Series, column: Column, policy: Policy) -> pd.Series:
    """Years of dates, capped ages, regions, words for truth values; all else as given. Raises: ContractError."""
    if column.role is Role.DATE:
        return dates.years(values)
    made = dates.capped_ages(values, policy.age_cap) if column.age else values
    if column.identifier is not None or column.climbs in ("us-zip", "cn-region"):
        made = _region(values, column, policy)
    if column.type is ColumnType.BOOLEAN:
        made = made.map({True: "yes", False: "no"})
    return made if column.numeric else made.astype(object).where(made.notna(), None)


def _region(values: pd.Series, column: Column, policy: Policy) -> pd.Series:
    if column.climbs not in HIERARCHIES:
        raise ContractError(
            f"The column {values.name} is a region along a file, which a synthetic release does not read.",
            "Give it the hierarchy us-zip or cn-region, or the role identifier.",
        )
    shown = region_shown(values, hierarchy_of(column, None, policy.age_cap))
    return shown.where(shown.notna(), None)

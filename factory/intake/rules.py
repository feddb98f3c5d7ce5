"""Clinical rules judged on raw rows, where dates are still dates."""

from __future__ import annotations

import numpy as np
import pandas as pd

from factory.contract import AgeBandRule, Contract, DeterminedRule, DurationRule, OrderRule, Rule
from factory.contract.ages import WIDTH, band_starts
from factory.contract.holds import breaks_values
from factory.contract.people import of_person
from factory.core.errors import DataError

# Bands are whole years and a birthday may fall either side of the visit; a raw birth date decides it.
_DAYS_A_YEAR = 365.2425


def broken_rules(contract: Contract, frames: dict[str, pd.DataFrame]) -> list[DataError]:
    """One error a rule that some rows break, with their number."""
    found = []
    for rule in contract.rules:
        broken = int(breaks(rule, contract, frames).sum())
        if broken:
            rows = len(frames[rule.table])
            found.append(
                DataError(
                    f"{rule.table}: rule {rule.id} does not hold in {broken:,} of {rows:,} rows.",
                    "Mend the rows, or take the rule out of the contract.",
                )
            )
    return found


def breaks(rule: Rule, contract: Contract, frames: dict[str, pd.DataFrame]) -> pd.Series:
    """True for each row (n booleans) of the rule's table that breaks it; missing values break nothing."""
    table = frames[rule.table]
    match rule:
        case OrderRule():
            return (table[rule.later] < table[rule.earlier]).fillna(False).astype(bool)
        case DurationRule():
            days = (table[rule.end].dt.normalize() - table[rule.start].dt.normalize()).dt.days
            differs: pd.Series = (days != table[rule.days]).fillna(False).astype(bool)
            return differs
        case AgeBandRule():
            born = of_person(contract, frames, rule.table, rule.birth)
            age = (table[rule.at] - born).dt.days / _DAYS_A_YEAR
            start = band_starts(table[rule.column])
            off = (age < start - 0.01) | (age >= np.where(start >= 90, np.inf, start + WIDTH) + 0.01)
            return off.fillna(False).astype(bool)
        case DeterminedRule():
            by = of_person(contract, frames, rule.table, rule.by)
            return _against_mode(by, table[rule.column])
        case _:
            return breaks_values(rule, lambda name: _column(contract, frames, rule.table, name), table.index, None)


def _column(contract: Contract, frames: dict[str, pd.DataFrame], table: str, name: str) -> pd.Series:
    if name.startswith("person."):
        return of_person(contract, frames, table, name.removeprefix("person."))
    return frames[table][name]


def _against_mode(by: pd.Series, values: pd.Series) -> pd.Series:
    counts = pd.DataFrame({"by": by, "value": values}).dropna().value_counts(sort=True).reset_index()
    commonest = counts.drop_duplicates("by").set_index("by")["value"]
    return (values.notna() & (values != by.map(commonest))).astype(bool)

"""Clinical rules judged on raw rows, where dates are still dates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from factory.contract import AgeBandRule, Contract, DeterminedRule, DurationRule, OrderRule, Role, Rule
from factory.contract.ages import WIDTH, band_starts
from factory.contract.holds import breaks_values
from factory.contract.people import of_person
from factory.core.errors import DataError
from factory.core.tables import DatasetRef, columns_of
from factory.intake.typing import in_pandas

# Bands are whole years and a birthday may fall either side of the visit; a raw birth date decides it.
_DAYS_A_YEAR = 365.2425


def broken_rules(contract: Contract, frames: dict[str, pd.DataFrame]) -> list[DataError]:
    """One error a rule that some rows break, with their number."""
    counts = {rule.id: int(breaks(rule, contract, frames).sum()) for rule in contract.rules}
    return _said(contract, counts, {name: len(frame) for name, frame in frames.items()})


def broken_in_pieces(contract: Contract, folder: Path, ref: DatasetRef) -> list[DataError]:
    """The same of raw tables in pieces by person, one piece in memory at a time."""
    counts: Counter[str] = Counter()
    shares: dict[str, list[pd.DataFrame]] = {rule.id: [] for rule in contract.rules}
    for at in range(ref.pieces if contract.rules else 0):
        frames = {
            table: in_pandas(columns_of(folder, ref.tables[table], at, names))
            for table, names in _needed(contract).items()
        }
        for rule in contract.rules:
            if isinstance(rule, DeterminedRule):
                by = of_person(contract, frames, rule.table, rule.by)
                shares[rule.id].append(_shares(by, frames[rule.table][rule.column]))
            else:
                counts[rule.id] += int(breaks(rule, contract, frames).sum())
    for name, pairs in shares.items():
        if pairs:
            counts[name] = _off_mode(pd.concat(pairs))
    return _said(contract, counts, {name: table.rows for name, table in ref.tables.items()})


def _said(contract: Contract, counts: Mapping[str, int], rows: Mapping[str, int]) -> list[DataError]:
    return [
        DataError(
            f"{rule.table}: rule {rule.id} does not hold in {counts[rule.id]:,} of {rows[rule.table]:,} rows.",
            "Mend the rows, or take the rule out of the contract.",
        )
        for rule in contract.rules
        if counts[rule.id]
    ]


def _needed(contract: Contract) -> dict[str, list[str]]:
    """Columns that the rules name, and the keys that lead to people, by table."""
    named = {name for rule in contract.rules for name in _words(rule.model_dump())}
    tables = {contract.person, *(rule.table for rule in contract.rules)}
    tables |= {link.parent_table for table in tables for link in contract.person_path(table)}
    return {
        table: [
            name for name, column in contract.tables[table].columns.items() if column.role is Role.KEY or name in named
        ]
        for table in contract.tables
        if table in tables
    }


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value.removeprefix("person.")
    elif isinstance(value, Mapping):
        yield from _words([*value, *value.values()])
    elif isinstance(value, Sequence):
        for part in value:
            yield from _words(part)


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


def _shares(by: pd.Series, values: pd.Series) -> pd.DataFrame:
    """Rows of each pair that has a value; the determining one may be missing."""
    pairs = pd.DataFrame({"by": by, "value": values}).dropna(subset="value")
    return pairs.value_counts(sort=False, dropna=False).rename("rows").reset_index()


def _off_mode(pairs: pd.DataFrame) -> int:
    """Rows whose value is not the commonest of those with the same determining one."""
    pairs = pairs.groupby(["by", "value"], dropna=False)["rows"].sum().reset_index()
    return int(pairs["rows"].sum() - pairs.dropna(subset="by").groupby("by")["rows"].max().sum())


def _against_mode(by: pd.Series, values: pd.Series) -> pd.Series:
    counts = pd.DataFrame({"by": by, "value": values}).dropna().value_counts(sort=True).reset_index()
    commonest = counts.drop_duplicates("by").set_index("by")["value"]
    return (values.notna() & (values != by.map(commonest))).astype(bool)

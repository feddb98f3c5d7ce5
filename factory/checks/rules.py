"""Clinical rules counted on tables in the released shape, where dates are years and days."""

from __future__ import annotations

import pandas as pd

from factory.checks.measure import Measure
from factory.contract import (
    AgeBandRule,
    Contract,
    DeterminedRule,
    DurationRule,
    Kind,
    OrderRule,
    Rule,
    released,
)
from factory.contract.ages import WIDTH, band_starts
from factory.contract.people import person_ids


def broken_rules(contract: Contract, frames: dict[str, pd.DataFrame]) -> dict[str, int]:
    """Rows that break each rule, by rule id; and `<child>-has-parent` for each link."""
    counts = {rule.id: int(_breaks(rule, contract, frames).sum()) for rule in contract.rules if rule.table in frames}
    for name, shape in released(contract).items():
        if shape.link is not None and shape.parent_id is not None:
            parent = frames[shape.link.parent_table][released(contract)[shape.link.parent_table].key]
            counts[f"{name}-has-parent"] = int((~frames[name][shape.parent_id].isin(parent)).sum())
        counts[f"{name}-key-unique"] = int(frames[name][shape.key].duplicated().sum())
    return counts


def rules_measure(contract: Contract, synthetic: dict[str, pd.DataFrame]) -> tuple[Measure, dict[str, int]]:
    """Rows of the synthetic tables that break any rule, and the count of each rule."""
    counts = broken_rules(contract, synthetic)
    measure = Measure(
        name="broken_rules",
        title="Synthetic rows that break a clinical rule, a key or a link",
        value=float(sum(counts.values())),
        low=None,
        high=None,
        threshold=float(contract.policy.broken_rules),
        direction="at most",
        n=len(synthetic[contract.person]),
        citation="the contract's rules",
    )
    return measure, counts


def _breaks(rule: Rule, contract: Contract, frames: dict[str, pd.DataFrame]) -> pd.Series:
    shapes = released(contract)
    shape, frame = shapes[rule.table], frames[rule.table]
    person = shapes[contract.person]
    people = frames[contract.person].set_index(person.key)
    match rule:
        case OrderRule():
            early, late = (str(shape.of_source(name, Kind.DAY)) for name in (rule.earlier, rule.later))
            return (frame[late] < frame[early]).fillna(False)
        case DurationRule():
            start, end = (str(shape.of_source(name, Kind.DAY)) for name in (rule.start, rule.end))
            return ((frame[end] - frame[start]) != frame[str(shape.of_source(rule.days))]).fillna(False)
        case DeterminedRule():
            column = frame[str(shape.of_source(rule.column))]
            by = person_ids(shapes, frames, rule.table).map(people[str(person.of_source(rule.by))])
            groups = column.groupby(by).nunique()
            return by.map(groups).gt(1) & column.ne(by.map(column.groupby(by).agg(lambda g: g.mode().iloc[0])))
        case AgeBandRule():
            born = person_ids(shapes, frames, rule.table).map(people[str(person.of_source(rule.birth))]).astype(float)
            year = frame[str(shape.of_source(rule.at, Kind.YEAR))].astype(float)
            starts = band_starts(frame[str(shape.of_source(rule.column))])
            # Years alone leave the birthday open, and the pooled oldest birth year means that year or any before it.
            too_young = (year - born) < starts
            pooled = born <= born.min()
            too_old = ((year - born - 1) >= starts + WIDTH) & (starts <= contract.policy.age_cap)
            return (too_young & ~pooled) | too_old

"""Clinical rules counted on tables in the released shape, where dates are years and days."""

from __future__ import annotations

import pandas as pd

from factory.checks.measure import Measure
from factory.contract import CombinationRule, Contract, released
from factory.contract.holds import broken_rows, combinations_of


def broken_rules(contract: Contract, frames: dict[str, pd.DataFrame], real: dict[str, pd.DataFrame]) -> dict[str, int]:
    """Rows that break each rule, by rule id; and `<child>-has-parent` for each link.

    `real`: the tables whose combinations of values are those that may be, where the contract lists none.
    """
    shapes = released(contract)
    counts = {}
    for rule in contract.rules:
        if rule.table in shapes:
            seen = combinations_of(rule, shapes, real) if isinstance(rule, CombinationRule) else None
            counts[rule.id] = int(broken_rows(rule, contract, shapes, frames, seen).sum())
    for name, shape in shapes.items():
        if shape.link is not None and shape.parent_id is not None:
            parent = frames[shape.link.parent_table][shapes[shape.link.parent_table].key]
            counts[f"{name}-has-parent"] = int((~frames[name][shape.parent_id].isin(parent)).sum())
        counts[f"{name}-key-unique"] = int(frames[name][shape.key].duplicated().sum())
    return counts


def rules_measure(
    contract: Contract, synthetic: dict[str, pd.DataFrame], real: dict[str, pd.DataFrame]
) -> tuple[Measure, dict[str, int]]:
    """Rows of the synthetic tables that break any rule, and the count of each rule."""
    counts = broken_rules(contract, synthetic, real)
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

"""The contract's rules, keys and links in synthetic, training and hold-out rows side by side."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from factory.checks.comparison import PARTS, Comparison, Part
from factory.checks.measure import Measure
from factory.contract import AgeBandRule, CombinationRule, Rule
from factory.contract.holds import broken_rows, combinations_of
from factory.words import Said


def measure_rules(comparison: Comparison) -> tuple[list[Measure], dict[str, Any]]:
    """Synthetic rows that break a rule, a key or a link. Details: `rules`, by id, the rows of each part that do.

    A count of real rows that is not 0 and below `policy.smallest_cell` is null: it is a small cell. Combinations that
    a rule does not list are those of the training rows. A rule on a column that is absent breaks nothing.
    """
    counts = {part: _counts(comparison, part) for part in ("train", "holdout")}
    counts["synthetic"] = _made_counts(comparison)
    total = sum(counts["synthetic"].values())
    k = comparison.contract.policy.smallest_cell
    shown = {
        rule: {
            part: None if part != "synthetic" and 0 < counts[part][rule] < k else counts[part][rule] for part in PARTS
        }
        for rule in counts["synthetic"]
    }
    measure = Measure(
        name="broken_rules",
        title=Said("Synthetic rows that break a clinical rule, a key or a link"),
        value=float(total),
        low=None,
        high=None,
        threshold=float(comparison.contract.policy.broken_rules),
        direction="at most",
        n=comparison.people_made(),
        citation="the contract's rules",
    )
    return [measure], {"rules": shown}


def _made_counts(comparison: Comparison) -> dict[str, int]:
    """Of all synthetic rows, also where the others are looked at of people drawn from them."""
    total: Counter[str] = Counter()
    keys: dict[str, list[pd.Series]] = {name: [] for name in comparison.shapes}
    for piece in comparison.all_synthetic():
        total.update(_counts(piece, "synthetic"))
        for name, shape in comparison.shapes.items():
            keys[name].append(piece.synthetic[name][shape.key])
    # A key of one piece may stand in another.
    again = {_unique(name): int(pd.concat(found).duplicated().sum()) for name, found in keys.items()}
    return {**total, **again}


def _counts(comparison: Comparison, part: Part) -> dict[str, int]:
    contract, shapes, tables = comparison.contract, comparison.shapes, comparison.part(part)
    made: dict[str, int] = {}
    for rule in contract.rules:
        if rule.table in shapes and not _lacks(comparison, rule):
            seen = combinations_of(rule, shapes, comparison.train) if isinstance(rule, CombinationRule) else None
            made[rule.id] = int(broken_rows(rule, contract, shapes, tables, seen).sum())
    for name, shape in shapes.items():
        if shape.link is not None and shape.parent_id is not None:
            up = shape.link.parent_table
            made[f"{name}-has-parent"] = int((~tables[name][shape.parent_id].isin(tables[up][shapes[up].key])).sum())
        made[_unique(name)] = int(tables[name][shape.key].duplicated().sum())
    return made


def _unique(table: str) -> str:
    return f"{table}-key-unique"


def _lacks(comparison: Comparison, rule: Rule) -> bool:
    """True where an age cannot be reckoned because the date it is reckoned at is absent."""
    return isinstance(rule, AgeBandRule) and comparison.shapes[rule.table].of_source(rule.at) is None

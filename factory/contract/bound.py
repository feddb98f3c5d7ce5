"""Which columns a rule ties to others: what nobody may change by itself.

A bound on one column alone ties it to nothing: whoever stays within the range the column has keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from factory.contract.model import Contract
from factory.contract.rules import CombinationRule, CompareRule, RangeRule, Rule

PER_PERSON = "per-person"
"""Stands among the rules of a column that says the same of a person in each row."""


def bound(contract: Contract) -> dict[str, dict[str, list[str]]]:
    """Ids of the rules that tie each source column to others, by table; columns that none does are left out."""
    found: dict[str, dict[str, list[str]]] = {name: {} for name in contract.tables}
    for rule in contract.rules:
        if (isinstance(rule, RangeRule) and not rule.when) or (isinstance(rule, CompareRule) and rule.right is None):
            continue
        for word in sorted(set(_words(rule))):
            table, _, column = word.rpartition(".")
            for place in (contract.person,) if table == "person" else (rule.table, contract.person):
                if column in contract.tables[place].columns:
                    found[place].setdefault(column, []).append(rule.id)
                    break
    for name, table_of in contract.tables.items():
        for column_name, column_of in table_of.columns.items():
            if column_of.per_person:
                found[name].setdefault(column_name, []).append(PER_PERSON)
    return found


def _words(rule: Rule) -> Iterator[str]:
    """Every text of a rule where a column may be named; values that look like a column's name do no harm."""
    if isinstance(rule, CombinationRule):
        yield from rule.columns
        return
    for value in rule.model_dump(exclude={"kind", "id", "table"}).values():
        yield from _texts(value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (key for key in value if isinstance(key, str))

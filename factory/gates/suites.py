"""Suites as YAML, unrolled over the tables and columns of a contract into plain declarations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from factory.contract import Column, Contract, Kind, OrderRule, ReleasedTable, released
from factory.core.assets import shipped
from factory.core.errors import ContractError


@dataclass(frozen=True)
class Expected:
    """One expectation on one table: its Great Expectations class, arguments, control and severity."""

    control: str
    type: str
    kwargs: dict[str, Any]
    severity: str = "critical"
    column: str | None = None


@dataclass(frozen=True)
class View:
    """What the placeholders of a suite stand for in one table."""

    columns: list[str]
    facts: dict[str, dict[str, Any]]
    orders: list[dict[str, Any]] = field(default_factory=list)


def load_suite(name: str) -> list[dict[str, Any]]:
    """The declarations of `expectations/<name>.yaml`."""
    data = yaml.safe_load((shipped("expectations") / f"{name}.yaml").read_text(encoding="utf-8"))
    declared: list[dict[str, Any]] = data["expectations"]
    return declared


def unroll(suite: str, view: View) -> list[Expected]:
    """Every expectation of a suite for one table. Raises: ContractError for a suite that asks nothing of any table."""
    made = []
    for entry in load_suite(suite):
        for facts in _targets(entry, view):
            kwargs = {key: _resolved(value, facts, view) for key, value in entry.get("kwargs", {}).items()}
            kwargs = {key: value for key, value in kwargs.items() if value is not None}
            if "column" in facts:
                kwargs["column"] = facts["column"]
            made.append(
                Expected(
                    entry["control"],
                    entry["type"],
                    kwargs,
                    entry.get("severity", "critical"),
                    facts.get("column"),
                )
            )
    if not made:
        raise ContractError(f"The suite {suite} asks nothing of this contract.", "Check expectations/.")
    return made


def _targets(entry: dict[str, Any], view: View) -> list[dict[str, Any]]:
    if entry["each"] == "table":
        return [{}]
    if entry["each"] == "order":
        return view.orders
    return [facts for facts in view.facts.values() if _fits(entry.get("where", {}), facts)]


def _fits(where: dict[str, Any], facts: dict[str, Any]) -> bool:
    for key, asked in where.items():
        if key == "has":
            if facts.get(asked) is None:
                return False
        elif isinstance(asked, list):
            if facts.get(key) not in asked:
                return False
        elif facts.get(key) != asked:
            return False
    return True


def _resolved(value: Any, facts: dict[str, Any], view: View) -> Any:
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    return view.columns if value == "$columns" else facts[value[1:]]


def raw_view(contract: Contract, table: str) -> View:
    """Facts of a source table."""
    here = contract.tables[table]
    return View(
        list(here.columns),
        {name: _facts(name, column, name == here.key) for name, column in here.columns.items()},
    )


FEWEST_EXPECTED = 20
"""Known cells that a column ought to have by its source; below that it may hold none by chance."""


def filled(known: Mapping[str, float], rows: int) -> dict[str, float]:
    """Columns with such shares of known cells that so many rows cannot hold none, with the least share they may hold.

    A column without any value passes every expectation on values; this is what it cannot pass.
    """
    return {name: 0.5 / rows for name, share in known.items() if share * rows >= FEWEST_EXPECTED}


def released_view(
    contract: Contract,
    shape: ReleasedTable,
    keys: Mapping[str, list[int]],
    rows: Mapping[str, int],
    held: Mapping[str, float] | None = None,
) -> View:
    """Facts of a table in the released shape, or of a piece of it.

    `keys` holds each table's keys, of a piece those of the same piece; `rows` how many each whole table has, which is
    as far as the numbers go that are dealt to rows; `held` what `filled` says of this one.
    """
    facts = {}
    for made in shape.columns:
        of = shape.name if made.kind is Kind.ID or shape.link is None else shape.link.parent_table
        facts[made.name] = {
            **_facts(made.name, made.column, made.kind is Kind.ID),
            "kind": made.kind.value,
            "parent_keys": keys.get(of),
            "rows_of_key": rows[of],
            "filled": (held or {}).get(made.name),
        }
    orders = [
        {"later": shape.of_source(rule.later, Kind.DAY), "earlier": shape.of_source(rule.earlier, Kind.DAY)}
        for rule in contract.rules
        if isinstance(rule, OrderRule) and rule.table == shape.name
    ]
    return View([column.name for column in shape.columns], facts, orders)


def _facts(name: str, column: Column, is_key: bool) -> dict[str, Any]:
    return {
        "column": name,
        "key": is_key,
        "required": column.required,
        "codes": list(column.codes) if column.codes else None,
        "minimum": column.minimum,
        "maximum": column.maximum,
        "age": column.age,
    }


def on_scorecard(measures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The measures that are judged: all but diagnostics."""
    return [measure for measure in measures if measure.get("bearing") != "diagnostic"]


def scorecard_expectations(measures: list[dict[str, Any]]) -> list[Expected]:
    """Expectations on the scorecard frame, thresholds taken from the measures' policy values.

    A measure is judged by the first entry whose pattern it fits. Raises: ContractError when a measure is judged by no
    expectation or an expectation finds no measure.
    """
    made: list[Expected] = []
    judged: set[str] = set()
    for entry in load_suite("scorecard"):
        matching = [m for m in measures if m["name"] not in judged and _is_called(m["name"], entry["measure"])]
        if not matching and not entry["measure"].endswith("*"):
            raise ContractError(f"The scorecard lacks the measure {entry['measure']}.", "Run the stage checks again.")
        for measure in matching:
            judged.add(measure["name"])
            side = "max_value" if measure["direction"] == "at most" else "min_value"
            kwargs = {"column": measure["name"], side: measure["threshold"]}
            severity = entry["severity"]
            if measure.get("outcome") == "inconclusive":
                severity = entry.get("inconclusive", severity)
            made.append(Expected(entry["control"], entry["type"], kwargs, severity, measure["name"]))
    if missing := {m["name"] for m in measures} - judged:
        raise ContractError(f"No expectation judges the measure {sorted(missing)[0]}.", "Add one to scorecard.yaml.")
    return made


def _is_called(name: str, pattern: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def shapes_of(contract: Contract) -> dict[str, ReleasedTable]:
    """Released tables of a contract."""
    return released(contract)

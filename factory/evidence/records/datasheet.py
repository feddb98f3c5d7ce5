"""A datasheet for the data set, by the questions of Gebru et al. (Communications of the ACM 64(12), 2021)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from factory.contract import Contract, released


def record(facts: Mapping[str, Any], contract: Contract) -> bytes:
    """Markdown; what nobody stated says so."""
    statement = facts.get("statement") or {}
    parts = [
        f"# Datasheet: {facts['title']}",
        f"{facts['name']} {facts['version']}, {facts['licensor']}. Evidence, not a legal opinion.",
        "## Motivation",
        f"Made so that {_said(facts['purposes'])} can be done without anybody's records. Collected for: "
        f"{statement.get('collected_for') or 'not stated'}.",
        "## Composition",
        _tables(facts, contract),
        "Every row is synthetic: drawn from a model, about nobody. Missing cells are part of what was learned. There is"
        " no free text, and no split is prescribed.",
        "## Collection",
        _collected(statement),
        "## Preprocessing",
        _columns(facts),
        "## Uses",
        f"Allowed under a licence: {_said(facts['purposes'])}. Not for: re-identification, linkage with other records"
        " about persons, decisions about a person.",
        "Known limits: " + (" ".join(f"{item['sentence']}." for item in facts["shortfalls"]) or "none beyond chance."),
        "## Distribution",
        "As a sealed bundle under licence; licence.yaml binds. Parquet, Croissant record beside it.",
        "## Maintenance",
        f"The evidence stands until {facts['expires']}. A release can be revoked; verification then says so.",
    ]
    return ("\n\n".join(parts) + "\n").encode()


def _collected(statement: Mapping[str, Any]) -> str:
    controller = statement.get("controller") or "a controller that is not named"
    basis, assessed = (statement.get(name) or "not stated" for name in ("legal_basis", "dpia"))
    return f"By {controller}, on the basis: {basis}. Impact assessment: {assessed}."


def _tables(facts: Mapping[str, Any], contract: Contract) -> str:
    lines = ["| table | rows | columns | key | parent |", "|---|---|---|---|---|"]
    for name, shape in released(contract).items():
        if name in facts["tables"]:
            table = facts["tables"][name]
            parent = shape.link.parent_table if shape.link else "none"
            lines.append(f"| {name} | {table['rows']:,} | {table['columns']} | {shape.key} | {parent} |")
    return "\n".join(lines)


def _columns(facts: Mapping[str, Any]) -> str:
    lines = ["| table | column | technique | released as |", "|---|---|---|---|"]
    for item in facts["decisions"]:
        shown = ", ".join(item["released_as"]) or "not released"
        lines.append(f"| {item['table']} | {item['column']} | {item['operator']} | {shown} |")
    return "\n".join(lines)


def _said(purposes: list[str]) -> str:
    return ", ".join(purposes) or "no purpose stated"

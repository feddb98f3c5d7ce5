"""The facts a dossier may hold: an allow-list over figures, verdict and decisions, and nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from factory import __version__
from factory.audit import Act, Entry, read
from factory.contract import Contract, bound, digest, released
from factory.core.files import read_json
from factory.core.tables import load_ref
from factory.core.version import code_digest, package_version
from factory.evidence import aggregates
from factory.evidence.shown import hidden, shown, shown_part, shown_together

MEASURE_KEYS = (
    "name",
    "title",
    "value",
    "low",
    "high",
    "threshold",
    "direction",
    "n",
    "citation",
    "outcome",
    "where",
    "bearing",
    "weak",
    "said",
)
RESULT_KEYS = ("suite", "table", "column", "control", "type", "severity", "success", "raised")
DECISION_KEYS = (
    "table", "column", "role", "operator", "because", "released_as", "changed", "cells", "profiles", "class", "level",
    "before", "after",
)  # fmt: skip
IDENTIFIER_KEYS = ("control", "verdict", "hits", "basis")
ENGINE_KEYS = (
    "name", "package", "version", "licence", "abilities", "redrawn", "scoreboard", "epsilon", "delta", "unit",
)  # fmt: skip
SCORE_KEYS = ("engine", "c2st", "membership", "upper", "passes", "won", "note")
VERSION = "1.0.0"
"""Of a data set's first release."""
TOOLS = ("sdv", "sdmetrics", "great-expectations", "pandas", "numpy", "scikit-learn", "pyarrow")
PARTS = ("train", "holdout", "synthetic")
_PEOPLE_COUNTED = ("k_map",)
"""Figures that are counts of people themselves."""
_LEFT_OUT = "left out"


@dataclass(frozen=True)
class Stages:
    """Folders of the stages a dossier is drawn from."""

    deid: Path
    split: Path
    synth: Path
    checks: Path
    gates: Path
    batch: Path | None = None


def gather(
    contract: Contract, stages: Stages, producer: str, review_by: str, audit: Path | None = None
) -> dict[str, Any]:
    """Everything the dossier says before the controls are judged, as JSON; `audit` is the run's log.

    No seed, no digest of a real table, no count of 1 to k - 1 people, no value fewer than k people share.
    """
    figures = read_json(stages.checks / "figures.json")
    verdict = read_json(stages.gates / "verdict.json")
    decisions = read_json(stages.deid / "deid_decisions.json")
    engine = read_json(stages.synth / "engine.json")
    details = figures["details"]
    k = contract.policy.smallest_cell
    people = figures["counts"][contract.person]
    return {
        "format": 1,
        **({} if stages.batch is None else {"batch": _batch(stages.batch, people["train"] + people["holdout"], k)}),
        "title": contract.title,
        "name": contract.name,
        "licensor": contract.licensor,
        "version": VERSION,
        "person": contract.person,
        "people": {
            **{part: shown(people[part], k) for part in PARTS},
            "beyond": shown(engine.get("beyond", 0), k),
            **_measured(figures["measured"], people, k),
        },
        "regimes": [],
        "questions": [],
        "controls": [],
        "risks": [],
        "conditions": [],
        "statement": contract.statement.model_dump(mode="json"),
        "expires": (dt.date.fromisoformat(review_by) + dt.timedelta(days=contract.policy.valid_days)).isoformat(),
        "purposes": list(contract.purposes),
        "producer": producer,
        "review_by": review_by,
        "contract": digest(contract),
        "verdict": verdict["verdict"],
        "shortfalls": [_kept(item, ("control", "sentence", "said")) for item in verdict["shortfalls"]],
        "failures": [_kept(item, ("control", "suite", "table", "column")) for item in verdict["failures"]],
        "measures": [_measure(item, k) for item in figures["measures"]],
        "attacks": aggregates.attacks(details),
        "pictures": aggregates.pictures(details),
        "identifiers": [_kept(item, IDENTIFIER_KEYS) for item in verdict["identifiers"]],
        "gates": [_kept(item, RESULT_KEYS) for item in verdict["results"]],
        "decisions": [_decision(item, contract, k) for item in decisions],
        "quality": aggregates.quality(details),
        "tasks": aggregates.tasks(details),
        "rules": {"synthetic": aggregates.rules(details)},
        "marginals": details["marginals"],
        "counts": {table: {part: shown(rows[part], k) for part in PARTS} for table, rows in figures["counts"].items()},
        "engine": _engine(engine, k),
        "attempts": _attempts(engine, audit),
        "receipts": _receipts(audit),
        "tables": {
            name: {"sha256": ref.digest, "rows": ref.rows, "columns": ref.columns}
            for name, ref in load_ref(stages.synth).tables.items()
        },
        "policy": contract.policy.model_dump(mode="json"),
        "code": {
            "version": __version__,
            "digest": code_digest(),
            "tools": {name: package_version(name) for name in TOOLS},
        },
    }


def _measured(measured: Mapping[str, int], people: Mapping[str, int], k: int) -> dict[str, Any]:
    """How many people were drawn for the figures; nothing where everybody was looked at."""
    if all(measured[part] == people[part] for part in PARTS):
        return {}
    return {"measured": {part: shown(measured[part], k) for part in PARTS}}


def _batch(folder: Path, people: int, k: int) -> dict[str, Any]:
    """What the register says of a batch of so many people, so that no count of 1 to k - 1 follows from it.

    People sent in a year are rounded up where other batches alone hold 1 to k - 1 of them.
    """
    batch = read_json(folder / "batch.json")
    since = None if batch["since"] is None else shown_together(batch["since"], k)
    linked = {one["id"]: one["shared"] for one in batch["linked"]}
    # How many people two batches share follows from who changed; where that is not said, neither is this.
    hide = since is not None and since != batch["since"]
    return {
        "since": since,
        "sent": {
            year: everybody - others + k if 0 < others < k else everybody
            for year, (everybody, others) in batch["sent"].items()
        },
        "linked": [
            (f"<{k}" if shared < k else f"≥{k}") if hide else shown_part(shared, people, k)
            for shared in linked.values()
        ],
    }


def _kept(row: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """The row's values of these keys. Raises: KeyError where one is missing: a dossier has all or is not written."""
    return {key: row[key] for key in keys}


def _measure(item: Mapping[str, Any], k: int) -> dict[str, Any]:
    row = {**_kept(item, MEASURE_KEYS), "n": hidden(item["n"], k)}
    if item["name"] in _PEOPLE_COUNTED and item["value"] is not None:
        row["value"] = hidden(item["value"], k)
    return row


def _decision(item: Mapping[str, Any], contract: Contract, k: int) -> dict[str, Any]:
    """A decision with the column's type before and after; counts of cells that are small say `<k`."""
    before = contract.tables[item["table"]].columns[item["column"]]
    shape = released(contract).get(item["table"])
    made = {} if shape is None else {column.name: column.kind.value for column in shape.columns}
    changed = shown(item["changed"], k)
    return {
        **{key: item.get(key) for key in DECISION_KEYS},
        "changed": changed if isinstance(changed, str) else f"{changed:,}",
        "cells": shown(item["cells"], k),
        "before": before.type.value,
        "after": [made[name] for name in item["released_as"] if name in made],
    }


def _engine(engine: Mapping[str, Any], k: int) -> dict[str, Any]:
    made = {key: engine[key] for key in ENGINE_KEYS if key in engine}
    made["scoreboard"] = [_kept(row, SCORE_KEYS) for row in engine.get("scoreboard", [])]
    made["redrawn"] = {why: shown(count, k) for why, count in engine.get("redrawn", {}).items()}
    return made


def _attempts(engine: Mapping[str, Any], audit: Path | None) -> dict[str, int]:
    """Engines that were run, those that were left out, and how often this run was made before."""
    board = engine.get("scoreboard", [])
    left = sum(str(row["note"]).startswith(_LEFT_OUT) for row in board)
    before = sum(entry.act is Act.PRODUCE for entry in _log(audit))
    return {"engines": max(1, len(board) - left), "left_out": left, "made_before": before}


def _receipts(audit: Path | None) -> list[dict[str, str]]:
    """Of the log: when keys of de-identification were destroyed, and the digest of the receipt."""
    return [{"at": e.at, "subject": e.subject} for e in _log(audit) if e.act is Act.DESTROY_KEYS]


def _log(audit: Path | None) -> tuple[Entry, ...]:
    return read(audit) if audit is not None and audit.exists() else ()


def dictionary(contract: Contract) -> dict[str, Any]:
    """The data dictionary of the released tables: each column's name, kind, unit, origin, and the rules that tie it."""
    rules = bound(contract)
    return {
        table: {
            "key": shape.key,
            "parent": None if shape.link is None else {"table": shape.link.parent_table, "column": shape.parent_id},
            "columns": [
                {
                    "name": c.name,
                    "kind": c.kind.value,
                    "role": c.column.role.value,
                    "unit": c.column.unit,
                    "from": c.source,
                    "bound_by": rules[table].get(c.source, []),
                }
                for c in shape.columns
            ],
        }
        for table, shape in released(contract).items()
    }

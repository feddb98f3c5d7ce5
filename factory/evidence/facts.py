"""The facts a dossier may hold: an allow-list over figures, verdict and decisions, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from factory import __version__
from factory.contract import Contract, digest, released
from factory.core.files import read_json
from factory.core.tables import load_ref
from factory.core.version import code_digest, package_version

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
)
QUALITY_KEYS = ("shapes", "pairs", "fresh_shapes", "fresh_pairs", "columns")
RESULT_KEYS = ("suite", "table", "column", "control", "type", "severity", "success", "raised")
DECISION_KEYS = ("table", "column", "role", "operator", "because", "released_as", "changed", "cells", "profiles")
IDENTIFIER_KEYS = ("control", "verdict", "hits", "basis")
TOOLS = ("sdv", "sdmetrics", "great-expectations", "pandas", "numpy", "scikit-learn", "pyarrow")


@dataclass(frozen=True)
class Stages:
    """Folders of the stages a dossier is drawn from."""

    deid: Path
    split: Path
    synth: Path
    checks: Path
    gates: Path


def gather(contract: Contract, stages: Stages, producer: str, review_by: str) -> dict[str, Any]:
    """Everything the dossier says, as JSON. No seed, no digest of a real table, no value fewer than k people share."""
    figures = read_json(stages.checks / "figures.json")
    verdict = read_json(stages.gates / "verdict.json")
    decisions = read_json(stages.deid / "deid_decisions.json")
    synthetic = load_ref(stages.synth)
    return {
        "format": 1,
        "title": contract.title,
        "name": contract.name,
        "licensor": contract.licensor,
        "regimes": list(contract.regimes),
        "purposes": list(contract.purposes),
        "producer": producer,
        "review_by": review_by,
        "contract": digest(contract),
        "verdict": verdict["verdict"],
        "shortfalls": [{key: item[key] for key in ("control", "sentence")} for item in verdict["shortfalls"]],
        "failures": [
            {key: item[key] for key in ("control", "suite", "table", "column")} for item in verdict["failures"]
        ],
        "measures": [{key: item[key] for key in MEASURE_KEYS} for item in figures["measures"]],
        "identifiers": [{key: item[key] for key in IDENTIFIER_KEYS} for item in verdict["identifiers"]],
        "gates": [{key: item[key] for key in RESULT_KEYS} for item in verdict["results"]],
        "decisions": [_decision(item, contract.policy.smallest_cell) for item in decisions],
        "quality": _quality(figures["details"]),
        "tasks": _tasks(figures["details"]),
        "rules": {"synthetic": _rules(figures["details"])},
        "marginals": figures["details"]["marginals"],
        "counts": figures["counts"],
        "engine": read_json(stages.synth / "engine.json"),
        "tables": {
            name: {"sha256": ref.digest, "rows": ref.rows, "columns": ref.columns}
            for name, ref in synthetic.tables.items()
        },
        "policy": contract.policy.model_dump(mode="json"),
        "code": {
            "version": __version__,
            "digest": code_digest(),
            "tools": {name: package_version(name) for name in TOOLS},
        },
    }


def _quality(details: dict[str, Any]) -> dict[str, Any]:
    """SDMetrics' scores of each table beside those of a fresh real sample, and of each column."""
    return {
        table: {key: scores[key] for key in QUALITY_KEYS} for table, scores in details["fidelity"]["quality"].items()
    }


def _rules(details: dict[str, Any]) -> dict[str, Any]:
    return {rule: counts["synthetic"] for rule, counts in details["rules"]["rules"].items()}


def _tasks(details: dict[str, Any]) -> dict[str, Any]:
    return {
        task: {key: scores.get(key) for key in ("tstr", "trtr")} for task, scores in details["utility"]["tasks"].items()
    }


def _decision(item: dict[str, Any], k: int) -> dict[str, Any]:
    """A decision whose count of changed cells says `<k` where it would be a small cell."""
    few = 0 < item["changed"] < k
    return {**{key: item[key] for key in DECISION_KEYS}, "changed": f"<{k}" if few else f"{item['changed']:,}"}


def dictionary(contract: Contract) -> dict[str, Any]:
    """The data dictionary of the released tables: name, kind, unit and origin of each column."""
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
                }
                for c in shape.columns
            ],
        }
        for table, shape in released(contract).items()
    }

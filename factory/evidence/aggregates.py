"""Aggregates behind the figures that a dossier draws or lists, picked one by one from what the checks found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]
ATTACK_KEYS = ("attack", "view", "auc", "low", "high", "tpr_1", "tpr_10", "said")
CONTROLLED_KEYS = ("where", "success", "control", "difference", "planted_found", "said")
QUALITY_KEYS = ("shapes", "pairs", "fresh_shapes", "fresh_pairs", "columns")
_CURVE = ("fpr", "tpr")
_BAND = ("fpr", "tpr", "low", "high")
_SURVIVAL = ("group", "time", "real", "synthetic", "fresh")
_COEFFICIENT = ("name", "real", "synthetic", "fresh")
_MOST_COLUMNS = 14


def attacks(details: Mapping[str, Any]) -> Json:
    """Every attack that was run: membership by attack and view, and those of WP216 with their control."""
    member = details["membership"].get("attacks", [])
    found = details["wp216"].get("attacks", {})
    return {
        "membership": [_picked(row, ATTACK_KEYS) for row in member],
        "wp216": {name: [_picked(row, CONTROLLED_KEYS) for row in rows] for name, rows in found.items()},
    }


def pictures(details: Mapping[str, Any]) -> Json:
    """What plots are drawn from: curves and shares that k people at least are behind, as the checks saw to."""
    fidelity, utility = details["fidelity"], details["utility"]
    return {
        "roc": _picked(details["membership"].get("roc") or {}, _BAND),
        "correlations": {name: made for name, t in fidelity["associations"].items() if (made := _differences(t))},
        "children": {
            name: {"parent": family["parent"], "bars": _children(family["children_per_parent"])}
            for name, family in fidelity["relations"].items()
        },
        "tasks": {name: _task(task) for name, task in utility["tasks"].items()},
        "survivals": {
            name: [_picked(row, _SURVIVAL) for row in one.get("curves", [])]
            for name, one in utility["survivals"].items()
        },
        "effects": {
            name: [_picked(row, _COEFFICIENT) for row in one.get("coefficients", [])]
            for name, one in utility["effects"].items()
        },
    }


def quality(details: Mapping[str, Any]) -> Json:
    """SDMetrics' scores of each table beside those of a fresh real sample, and of each column."""
    return {
        table: {key: scores[key] for key in QUALITY_KEYS} for table, scores in details["fidelity"]["quality"].items()
    }


def tasks(details: Mapping[str, Any]) -> Json:
    """AUROC of each task, learned from synthetic and from real rows."""
    return {
        task: {key: scores.get(key) for key in ("tstr", "trtr")} for task, scores in details["utility"]["tasks"].items()
    }


def rules(details: Mapping[str, Any]) -> Json:
    """Synthetic rows that break each rule."""
    return {rule: counts["synthetic"] for rule, counts in details["rules"]["rules"].items()}


def _picked(row: Mapping[str, Any], keys: tuple[str, ...]) -> Json:
    return {key: row[key] for key in keys if key in row}


def _differences(table: Mapping[str, Any]) -> Json | None:
    """Association of each pair, synthetic less real, of the columns that differ most."""
    real, made = table["train"], table["synthetic"]
    if len(real) < 2:
        return None
    gaps = [
        [None if a is None or b is None else round(b - a, 3) for a, b in zip(r, m, strict=True)]
        for r, m in zip(real, made, strict=True)
    ]
    size = [max((abs(gap) for gap in row if gap is not None), default=0.0) for row in gaps]
    kept = sorted(sorted(range(len(size)), key=lambda i: (-size[i], i))[:_MOST_COLUMNS])
    return {"columns": [table["columns"][i] for i in kept], "difference": [[gaps[i][j] for j in kept] for i in kept]}


def _children(found: Mapping[str, Any]) -> list[Json]:
    return [
        {"label": label, "real": real, "synthetic": made}
        for label, real, made in zip(found["children"], found["train"], found["synthetic"], strict=True)
        if real is not None and made is not None
    ]


def _task(task: Mapping[str, Any]) -> Json:
    curves = {name: _picked(curve, _CURVE) for name, curve in (task.get("roc") or {}).items()}
    calibrated = task.get("calibration") or {}
    return {
        "roc": {name: curves[name] for name in ("trtr", "tstr") if name in curves},
        "calibration": {
            name: [{"said": p["said"], "came": p["came"]} for p in calibrated[name]["curve"]]
            for name in ("trtr", "tstr")
            if calibrated.get(name)
        },
    }

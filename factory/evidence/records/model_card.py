"""A model card of the generator, by the sections of Mitchell et al. (FAT* 2019). The model never leaves its zone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def record(facts: Mapping[str, Any]) -> bytes:
    """Markdown, from what was measured."""
    engine = facts["engine"]
    parts = [
        f"# Model card of engine {engine['name']} {engine['version']}, as it made {facts['name']} {facts['version']}",
        "## Model",
        f"Package {engine.get('package', 'not stated')}, licence {engine['licence']}. Abilities: {_abilities(engine)}.",
        "The fitted model stays in the source zone and is not released.",
        "## Intended use",
        "To draw tables distributed like those it learned from. Not to describe, find or decide about any person.",
        "## Factors",
        _counts(facts),
        "## Metrics and results",
        _figures(facts),
        "## Choice among engines",
        _scores(engine),
        "## Ethical considerations and limits",
        "An attack stronger than those that were run may exist; docs/power.md of the software says how small a leak"
        " they find. Groups too small to be learned were pooled before.",
    ]
    return ("\n\n".join(parts) + "\n").encode()


def _abilities(engine: Mapping[str, Any]) -> str:
    found = [f"{name}: {value}" for name, value in sorted((engine.get("abilities") or {}).items()) if value is not None]
    return ", ".join(found) or "not stated"


def _counts(facts: Mapping[str, Any]) -> str:
    lines = ["| table | learned from | held out | drawn |", "|---|---|---|---|"]
    for name, row in facts["counts"].items():
        lines.append(f"| {name} | {_n(row['train'])} | {_n(row['holdout'])} | {_n(row['synthetic'])} |")
    return "\n".join(lines)


def _figures(facts: Mapping[str, Any]) -> str:
    lines = ["| figure | of | value | 95% interval | policy | outcome |", "|---|---|---|---|---|---|"]
    for measure in facts["measures"]:
        if measure["bearing"] == "diagnostic":
            continue
        interval = "" if measure["low"] is None else f"{measure['low']:.3f} to {measure['high']:.3f}"
        asked = f"{measure['direction']} {measure['threshold']:g}"
        row = (measure["title"], measure["where"] or "all", _v(measure["value"]), interval, asked, measure["outcome"])
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines)


def _scores(engine: Mapping[str, Any]) -> str:
    rows = engine.get("scoreboard") or []
    if not rows:
        return "The engine was named by the producer."
    lines = ["| engine | c2st | membership | to | chosen |", "|---|---|---|---|---|"]
    for row in rows:
        won = "yes" if row["won"] else row["note"] or "no"
        lines.append(f"| {row['engine']} | {_v(row['c2st'])} | {_v(row['membership'])} | {_v(row['upper'])} | {won} |")
    return "\n".join(lines)


def _n(count: Any) -> str:
    return f"{count:,}" if isinstance(count, int) else str(count)


def _v(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"

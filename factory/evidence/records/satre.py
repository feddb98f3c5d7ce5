"""A record of criteria, thresholds and tool versions, in the manner that SATRE asks of an output review.

Source: SATRE specification 1.0, statements on output management (DARE UK, 2023).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from factory.core.files import pretty_json


def record(facts: Mapping[str, Any]) -> bytes:
    """Every criterion with its threshold, what was measured, and how it ended; tools with their versions."""
    return pretty_json(
        {
            "format": 1,
            "output": {
                "name": facts["name"],
                "version": facts["version"],
                "tables": {name: table["sha256"] for name, table in facts["tables"].items()},
            },
            "review": {
                "by": "two people, neither the producer, each signing the digest of the whole",
                "answered_by": facts["review_by"],
                "otherwise": "refused",
                "valid_until": facts["expires"],
            },
            "criteria": [_control(row) for row in facts["controls"]],
            "figures": [_figure(measure) for measure in facts["measures"] if measure["bearing"] != "diagnostic"],
            "thresholds": facts["policy"],
            "tools": {
                "clinical-data-factory": facts["code"]["version"],
                "code": facts["code"]["digest"],
                **facts["code"]["tools"],
                "engine": {key: facts["engine"].get(key) for key in ("name", "version", "licence")},
            },
            "regimes": [
                {key: regime[key] for key in ("regime", "version", "date", "verdict")} for regime in facts["regimes"]
            ],
        }
    )


def _control(row: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("id", "title", "citation", "checks", "verdict", "policy", "threshold", "value", "low", "high", "question")
    return {key: row[key] for key in keys}


def _figure(measure: Mapping[str, Any]) -> dict[str, Any]:
    keys = (
        "name",
        "title",
        "where",
        "bearing",
        "outcome",
        "value",
        "low",
        "high",
        "direction",
        "threshold",
        "citation",
    )
    return {key: measure.get(key) for key in keys}

"""A measured figure as one sentence, from its row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from factory.words.said import Said

Row = Mapping[str, Any]


def told(measure: Row) -> Said:
    """What was measured, what came out, what the policy asks for, and why it clears nobody where it does not."""
    what: str = part(measure, "title")
    if measure.get("where"):
        what = Said("{what} ({where})", what=what, where=part(measure, "where"))
    made = _figures(measure, what)
    return Said("{what}; {weak}", what=made, weak=part(measure, "weak")) if measure.get("weak") else made


def _figures(measure: Row, what: str) -> Said:
    if measure["value"] is None:
        return Said("{what}: could not be measured on this data", what=what)
    asked = Said("at most") if measure["direction"] == "at most" else Said("at least")
    figures = {"value": measure["value"], "direction": asked, "threshold": measure["threshold"]}
    if measure["low"] is None or measure["high"] is None:
        return Said("{what}: {value:.3f}, policy asks for {direction} {threshold:g}", what=what, **figures)
    return Said(
        "{what}: {value:.3f} (95% interval {low:.3f} to {high:.3f}), policy asks for {direction} {threshold:g}",
        what=what,
        low=measure["low"],
        high=measure["high"],
        **figures,
    )


def part(measure: Row, name: str) -> str:
    """A field of a measure as what it was made of, where the row keeps that."""
    kept = measure.get("said", {}).get(name)
    return str(measure[name]) if kept is None else Said.of_json(kept)

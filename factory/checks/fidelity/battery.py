"""All measures of fidelity: the quality score is judged, everything else is shown beside a fresh real sample."""

from __future__ import annotations

from typing import Any

from factory.checks.comparison import Comparison
from factory.checks.fidelity.association import measure_association
from factory.checks.fidelity.c2st import measure_c2st
from factory.checks.fidelity.codes import measure_codes
from factory.checks.fidelity.margins import measure_margins
from factory.checks.fidelity.missing import measure_missing
from factory.checks.fidelity.quality import measure_quality
from factory.checks.fidelity.relations import measure_relations
from factory.checks.fidelity.tails import measure_tails
from factory.checks.fidelity.time import measure_time
from factory.checks.measure import Measure

_PARTS = {
    "quality": measure_quality,
    "c2st": measure_c2st,
    "associations": measure_association,
    "margins": measure_margins,
    "missing": measure_missing,
    "tails": measure_tails,
    "codes": measure_codes,
    "relations": measure_relations,
    "time": measure_time,
}


def measure_fidelity(comparison: Comparison) -> tuple[list[Measure], dict[str, Any]]:
    """Every measure of fidelity, and aggregates for pictures by part: see each part's own words.

    `absent`: columns, a table, that the synthetic tables lack and no measure looked at.
    """
    measures: list[Measure] = []
    details: dict[str, Any] = {"absent": {table: list(names) for table, names in comparison.absent.items()}}
    for name, part in _PARTS.items():
        found, shown = part(comparison)
        measures += found
        details[name] = shown
    return measures, details

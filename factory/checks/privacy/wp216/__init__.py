"""The three questions of the Article 29 Working Party's Opinion 05/2014 (WP216), each asked by an attack."""

from __future__ import annotations

from typing import Any

from factory.checks.comparison import PARTS, Comparison
from factory.checks.measure import Measure
from factory.checks.privacy.knowledge import sensitive_columns
from factory.checks.privacy.wp216.inference import inference
from factory.checks.privacy.wp216.judging import Attack, family, shared_level
from factory.checks.privacy.wp216.linkability import linkability
from factory.checks.privacy.wp216.nearest import Field
from factory.checks.privacy.wp216.singling_out import singling_out
from factory.checks.privacy.wp216.views import PEOPLE, View, people_view, table_view, widest_table
from factory.words import Said

__all__ = ["measure_wp216"]

_CITATION = "EU Article 29 Working Party, Opinion 05/2014 (WP216); Giomi et al. 2023 (PoPETs); Newcombe 1998"
_BLIND = Said("The attack is too weak against its own baseline: it does not find people whose rows were planted.")


def measure_wp216(comparison: Comparison) -> tuple[list[Measure], dict[str, Any]]:
    """Singling out, linkability and inference, a gate each: successes on training less those on hold-out people. Beside
    each an alarm on the tenth of people with the most unusual values.

    Attacked are whole people in one row each, and one row a person of the widest table below; for inference, of each
    table with a sensitive column. Each attack is run on a positive control too, a fifth of the attacked training
    people's rows planted among the synthetic ones: where it does not find them it clears nobody.
    Controls GD-1, GD-2, GD-3.
    """
    attacks: dict[str, list[Attack]] = {"singling_out": [], "linkability": [], "inference": []}
    sampled: list[dict[str, Any]] = []
    sensitive = sensitive_columns(comparison)
    for view in _views(comparison, sensitive):
        sampled.append(_sampled(view))
        field = Field(view)
        if view.name == PEOPLE or view.name == widest_table(comparison):
            attacks["singling_out"] += singling_out(view, comparison.seed)
            attacks["linkability"] += linkability(field, comparison.seed)
        own = comparison.contract.person if view.name == PEOPLE else view.name
        columns = [name for table, name in sensitive if table == own]
        attacks["inference"] += inference(field, columns, comparison.seed)
    policy = comparison.contract.policy
    found = {}
    measures: list[Measure] = []
    for name, title in _TITLES.items():
        found[name] = [attack.row(shared_level(len(attacks[name]))) for attack in attacks[name]]
        measures += family(
            name,
            title,
            attacks[name],
            policy.disclosure_advantage,
            comparison.seed,
            f"{_CITATION}; control {_CONTROLS[name]}",
            _weak(name, attacks[name], policy.disclosure_advantage),
        )
    return measures, {"attacks": found, "looked_at": sampled}


_TITLES = {
    "singling_out": Said("Singling out by statements learned from synthetic rows"),
    "linkability": Said("Linking two halves of a record through synthetic rows"),
    "inference": Said("Inference of a sensitive column from the synthetic row most alike"),
}
_CONTROLS = {"singling_out": "GD-1", "linkability": "GD-2", "inference": "GD-3"}


def _views(comparison: Comparison, sensitive: list[tuple[str, str]]) -> list[View]:
    person = comparison.contract.person
    tables = [widest_table(comparison), *(table for table, _ in sensitive if table != person)]
    there = [table for table in dict.fromkeys(tables) if table in comparison.tables()]
    return [people_view(comparison), *(table_view(comparison, table) for table in there)]


def _sampled(view: View) -> dict[str, Any]:
    rows = {str(part): [view.records.count(part), view.of[part]] for part in PARTS}
    return {"rows_of": view.name, "columns": len(view.records.names), "looked_at_of": rows}


def _weak(name: str, attacks: list[Attack], threshold: float) -> str:
    """Why a family clears nobody. Ways of singling out and of linking stand in for each other; columns do not."""
    blind = [attack.blind(threshold) for attack in attacks]
    found = any(attack.finds_planted() for attack in attacks)
    return _BLIND if any(blind) and (name == "inference" or not found) else ""

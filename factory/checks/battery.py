"""Every measure in its order: privacy, fidelity, utility; and the aggregates that the report draws."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from factory.checks.comparison import Comparison, Tables
from factory.checks.fidelity.battery import measure_fidelity
from factory.checks.fidelity.rules import measure_rules
from factory.checks.marginals import marginals
from factory.checks.measure import Measure
from factory.checks.privacy.accounting import Claim, measure_dp
from factory.checks.privacy.audit import measure_audit
from factory.checks.privacy.disclosure import measure_disclosure
from factory.checks.privacy.distances import measure_distances
from factory.checks.privacy.members import measure_membership
from factory.checks.privacy.near import measure_copies
from factory.checks.privacy.shadow.battery import measure_shadow
from factory.checks.privacy.wp216 import measure_wp216
from factory.checks.utility.battery import measure_utility
from factory.core.progress import step

Group = Literal["privacy", "fidelity", "utility"]
Found = tuple[list[Measure], dict[str, Any]]
Shadow = Callable[[Tables, int, int], Tables]
"""An engine we hold, as a function of tables to learn, people to draw and a seed, to its synthetic tables."""


@dataclass(frozen=True)
class Part:
    """One part of the battery: its name in the details, what progress calls it, and what measures it."""

    name: str
    title: str
    group: Group
    measure: Callable[[Comparison, Shadow | None], Found]


def assess(comparison: Comparison, shadow: Shadow | None = None, claim: Claim | None = None) -> Found:
    """Run every part. `shadow` is the engine that made the synthetic tables, where it can be fitted again; `claim` the
    differential privacy that it claims, which is added up and, where the engine is held, put to canaries.

    The details hold what each part found under its name; `parts`: name, group and number of measures of each, in
    order; `marginals`: shares of each column's values. All of it is JSON, and no number in it is not finite.
    """
    private = () if claim is None else (Part("dp", "differential privacy as claimed", "privacy", _private(claim)),)
    asked = (*parts(), *private)
    found = [measured(part, comparison, shadow) for part in asked]
    details = together(asked, [(len(measures), more) for measures, more in found], shares(comparison))
    return [measure for measures, _ in found for measure in measures], details


def measured(part: Part, comparison: Comparison, shadow: Shadow | None = None) -> Found:
    """What one part finds, its details as JSON can hold them."""
    with step(part.title):
        measures, details = part.measure(comparison, shadow)
    return measures, plain(details)


def shares(comparison: Comparison) -> dict[str, Any]:
    """Shares of each column's values, as JSON."""
    made: dict[str, Any] = plain(
        marginals(comparison.contract, comparison.train, comparison.synthetic, comparison.shapes)
    )
    return made


def together(asked: Sequence[Part], found: Sequence[tuple[int, Any]], marginal: dict[str, Any]) -> dict[str, Any]:
    """The details of all parts, from the number of measures and the details of each."""
    listed = [
        {"name": part.name, "group": part.group, "measures": count}
        for part, (count, _) in zip(asked, found, strict=True)
    ]
    details = {part.name: more for part, (_, more) in zip(asked, found, strict=True)}
    return {"parts": listed, **details, "marginals": marginal}


def plain(value: Any) -> Any:
    """The same as JSON can hold it: NumPy's numbers as Python's, what is not finite as None, keys as text."""
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def parts() -> tuple[Part, ...]:
    """The parts in order."""
    return (
        Part("membership", "attacks: who was learned from", "privacy", _alone(measure_membership)),
        Part("wp216", "attacks: singling out, linkability, inference", "privacy", _alone(measure_wp216)),
        Part("disclosure", "identity and attribute disclosure", "privacy", _alone(measure_disclosure)),
        Part("copies", "copies: exact, near and rare ones", "privacy", _listed(measure_copies)),
        Part("distances", "distances to the closest record", "privacy", _listed(measure_distances)),
        Part("shadow", "attacks with shadow models", "privacy", _shadow),
        Part("rules", "clinical rules, keys and links", "fidelity", _alone(measure_rules)),
        Part("fidelity", "fidelity beside a fresh real sample", "fidelity", _alone(measure_fidelity)),
        Part("utility", "utility on the contract's tasks", "utility", _alone(measure_utility)),
    )


def _alone(measure: Callable[[Comparison], Found]) -> Callable[[Comparison, Shadow | None], Found]:
    """A part that needs no engine."""

    def measured(comparison: Comparison, _: Shadow | None) -> Found:
        return measure(comparison)

    return measured


def _listed(measure: Callable[[Comparison], list[Measure]]) -> Callable[[Comparison, Shadow | None], Found]:
    """A part that has measures and no details."""

    def measured(comparison: Comparison, _: Shadow | None) -> Found:
        return measure(comparison), {}

    return measured


def _shadow(comparison: Comparison, shadow: Shadow | None) -> Found:
    """Attacks that need the engine, where it is held."""
    return ([], {}) if shadow is None else measure_shadow(comparison, shadow)


def _private(claim: Claim) -> Callable[[Comparison, Shadow | None], Found]:
    """The account of a claim and, where the engine is held, a canary audit of it."""

    def measured(comparison: Comparison, shadow: Shadow | None) -> Found:
        account = measure_dp(comparison, claim)
        audited, details = ([], {}) if shadow is None else measure_audit(comparison, shadow, claim)
        return [*account, *audited], details

    return measured

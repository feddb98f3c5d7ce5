"""All measures of utility: each task, survival and effect of the contract."""

from __future__ import annotations

from typing import Any

from factory.checks.comparison import Comparison
from factory.checks.measure import Measure
from factory.checks.utility.calibration import calibration
from factory.checks.utility.effects import effects
from factory.checks.utility.fairness import fairness
from factory.checks.utility.ranking import importances, ranking
from factory.checks.utility.survival import survivals
from factory.checks.utility.transfer import transfer, transfer_measures, unmeasured
from factory.contract import Task


def measure_utility(comparison: Comparison) -> tuple[list[Measure], dict[str, Any]]:
    """Measures of utility, and `tasks`, `survivals` and `effects` by id with what their plots are drawn of.

    The details can be written as JSON; they name no value that fewer than `policy.smallest_cell` people share.
    """
    measures: list[Measure] = []
    details: dict[str, dict[str, Any]] = {"tasks": {}, "survivals": {}, "effects": {}}
    for task in comparison.contract.tasks:
        found, details["tasks"][task.id] = _task(comparison, task)
        measures += found
    for survival in comparison.contract.survivals:
        found, details["survivals"][survival.id] = survivals(comparison, survival)
        measures += found
    for effect in comparison.contract.effects:
        found, details["effects"][effect.id] = effects(comparison, effect)
        measures += found
    return measures, details


def _task(comparison: Comparison, task: Task) -> tuple[list[Measure], dict[str, Any]]:
    found = transfer(comparison, task)
    if isinstance(found, str):
        return unmeasured(comparison, task, found), {"table": task.table, "tstr": None, "trtr": None, "weak": found}
    measures, details = transfer_measures(comparison, found)
    groups, of_groups = fairness(comparison, found)
    calibrated, curves = calibration(comparison, found)
    order, models = ranking(comparison, found)
    matter, columns = importances(comparison, found)
    details |= {"calibration": curves, **models, **columns, **of_groups}
    return [*measures, *groups, *calibrated, *order, *matter], details

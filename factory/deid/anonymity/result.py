"""What a search hands back: the generalised table, what it cost, and the limits it was found to keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from factory.deid.anonymity.classes import BoolArray, IntArray, Values, equivalence_classes
from factory.deid.anonymity.domain import Domain
from factory.deid.anonymity.hierarchy import SUPPRESSED, Hierarchy
from factory.deid.anonymity.lattice import Exploration
from factory.deid.anonymity.local import Refined
from factory.deid.anonymity.measures import Diversity, k_anonymity, l_diversity, t_closeness
from factory.deid.anonymity.node import Problem


@dataclass(frozen=True)
class ColumnCost:
    """What one quasi-identifier paid.

    `loss`: mean penalty over all rows, 1 where the row is suppressed. Of released rows: cells that read otherwise than
    in the source, cells that read `*`, and of these the cells whose value the hierarchy does not cover.
    """

    column: str
    hierarchy: str
    level: int
    level_name: str
    loss: float
    cells_changed: int
    cells_suppressed: int
    cells_uncovered: int


@dataclass(frozen=True)
class Anonymized:
    """`frame`: the rows released, all columns, index kept. `suppressed`: True for each row of the source left out.

    `k`, `diversity`, `t`: measured on the released rows, the last two by sensitive column. `nodes`: in the lattice, and
    `evaluated` those judged to find the best.
    """

    levels: dict[str, int]
    frame: pd.DataFrame
    suppressed: pd.Series
    columns: tuple[ColumnCost, ...]
    loss: float
    people_suppressed: float
    k: int
    diversity: dict[str, Diversity]
    t: dict[str, float]
    nodes: int
    evaluated: int


def report(anonymized: Anonymized) -> list[dict[str, Any]]:
    """One row a quasi-identifier for the log of decisions: hierarchy, level, loss, cells changed and suppressed."""
    return [asdict(cost) for cost in anonymized.columns]


def apply(
    frame: pd.DataFrame,
    hierarchies: Mapping[str, Hierarchy],
    problem: Problem,
    chosen: Refined,
    exploration: Exploration,
    of_row: IntArray,
    people: Values | None,
) -> Anonymized:
    """Write a node out over the rows it was found for (n rows, `of_row` the combination of each) and measure it."""
    kept = ~chosen.gone[of_row]
    made = frame.loc[kept].copy()
    costs = []
    for at, (d, level) in enumerate(zip(problem.domains, chosen.node, strict=True)):
        stars = chosen.stars[of_row, at]
        made[d.name] = _released(d, level, stars)[kept].set_axis(made.index)
        costs.append(_cost(d, level, hierarchies[d.name], stars, kept))
    classes = equivalence_classes(made[list(hierarchies)])
    here = None if people is None else pd.Series(people).to_numpy()[kept]
    tables = {column.name: column.ordered for column in problem.table.sensitive}
    return Anonymized(
        {cost.column: cost.level for cost in costs},
        made,
        pd.Series(~kept, index=frame.index, name="suppressed"),
        tuple(costs),
        chosen.loss,
        chosen.suppressed,
        k_anonymity(classes, here),
        {name: l_diversity(classes, made[name], here) for name in tables},
        {name: t_closeness(classes, made[name], here, ordered) for name, ordered in tables.items()},
        exploration.nodes,
        len(exploration.judged),
    )


def _released(d: Domain, level: int, stars: BoolArray) -> pd.Series:
    """The column at a level (n rows), starred cells `*`."""
    values = d.labels[level].take(d.groups[level][d.codes]).reset_index(drop=True)
    return values.astype(object).mask(stars, SUPPRESSED) if stars.any() else values


def _cost(d: Domain, level: int, hierarchy: Hierarchy, stars: BoolArray, kept: BoolArray) -> ColumnCost:
    number = d.lowest + level
    group = d.groups[level][d.codes]
    gone = stars | (group == d.star(level))
    uncovered = (d.groups[0][d.codes] == d.star(0)) & (d.lowest + 1 < len(hierarchy.names))
    changed = stars | d.changed[level][d.codes]
    penalty = np.where(stars | ~kept, 1.0, d.loss[level][d.codes])
    return ColumnCost(
        d.name,
        hierarchy.kind,
        number,
        hierarchy.names[number],
        float(penalty.mean()),
        int(changed[kept].sum()),
        int(gone[kept].sum()),
        int(uncovered[kept].sum()),
    )

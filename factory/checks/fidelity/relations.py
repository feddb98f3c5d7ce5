"""Linked tables: how many children a parent has, and how children depend on their parent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.checks.comparison import PARTS, Comparison, Ints, Part
from factory.checks.fidelity.association import association, coded, difference
from factory.checks.fidelity.replicas import Floats, beside, beside_fresh, counted, groups_of, kolmogorov, told
from factory.checks.fidelity.sample import SIDES, plain
from factory.checks.measure import Bearing, Measure
from factory.contract import Kind, ReleasedTable
from factory.core.seeds import generator
from factory.words import Said

# Parents looked at, all their children with them.
MOST_PARENTS = 20_000
# Columns of the parent and of the child, and levels of a child's category, whose dependence is looked at.
MOST_COLUMNS = 12
LEVELS = 3
# Numbers of children told apart in details.
BARS = 16
KS = "two-sample Kolmogorov-Smirnov distance; SDMetrics CardinalityShapeSimilarity"


@dataclass(frozen=True)
class _Family:
    """Parents of one part (n x columns), the number of their children (n,), aggregates of these, and their groups."""

    parents: pd.DataFrame
    counts: Ints
    children: pd.DataFrame
    people: Ints
    groups: Ints


def measure_relations(comparison: Comparison) -> tuple[list[Measure], dict[str, Any]]:
    """For each relation, children per parent and the dependence of aggregates of the children on the parent's columns.

    `children_per_parent`: Kolmogorov-Smirnov distance of the numbers of children. `parent_child_dependence`: mean
    difference of the associations of a parent's columns with its number of children, the means and spans of their
    numbers and the shares of their commonest levels. `where` is the child table.
    """
    measures: list[Measure] = []
    details: dict[str, Any] = {}
    for name, shape in comparison.shapes.items():
        if shape.link is None or shape.parent_id is None:
            continue
        parent = comparison.shapes[shape.link.parent_table]
        families = {part: _family(comparison, part, parent, shape) for part in PARTS}
        if not all(len(family.counts) for family in families.values()):
            continue
        size = 1 + max(int(family.counts.max()) for family in families.values())
        tables = {part: counted(one.counts, size, one.groups) for part, one in families.items()}
        made, fresh = (kolmogorov(tables["train"], tables[part]) for part in SIDES)
        n = len(np.unique(families["synthetic"].people))
        title = Said("Distance of the number of {child} a row of {parent}", child=name, parent=parent.name)
        measures += beside("children_per_parent", title, made, fresh, "at most", n, KS, name, comparison.seed)
        dependence, shown = _dependence(families, parent, name, n, comparison.seed)
        measures += dependence
        details[name] = {
            "parent": parent.name,
            "children_per_parent": _bars(families, comparison.contract.policy.smallest_cell),
            "distance": told(made),
            "fresh": told(fresh),
            "dependence": shown,
        }
    return measures, details


def _family(comparison: Comparison, part: Part, parent: ReleasedTable, child: ReleasedTable) -> _Family:
    tables = comparison.part(part)
    above, below = tables[parent.name], tables[child.name]
    owner = comparison.rows(part, parent.name).people
    order = generator(comparison.seed, "relations", part, child.name).permutation(len(above))[:MOST_PARENTS]
    order = np.sort(order[owner[order] >= 0])
    ids = pd.Index(above[parent.key].iloc[order])
    at = np.asarray(ids.get_indexer(below[child.parent_id]) if ids.is_unique else np.full(len(below), -1))
    kept = at >= 0
    at = at[kept]
    parents = pd.DataFrame(
        {c.name: plain(above[c.name].iloc[order], c.kind) for c in parent.columns if c.compared}
    ).reset_index(drop=True)
    counts = np.bincount(at, minlength=len(ids))
    levels = _levels(comparison, child)
    children = {"rows": pd.Series(counts.astype("float64"))}
    for column in [c for c in child.columns if c.compared][:MOST_COLUMNS]:
        values = plain(below[column.name][kept], column.kind).reset_index(drop=True)
        if column.kind is Kind.CATEGORY:
            for number, level in enumerate(levels[column.name]):
                share = (values == level).astype("float64").groupby(at).mean()
                children[f"{column.name}: level {number + 1}"] = share.reindex(range(len(ids)))
        else:
            grouped = values.groupby(at).agg(["mean", "min", "max"]).reindex(range(len(ids)))
            if column.kind is not Kind.MOMENT:
                children[f"{column.name}: mean"] = grouped["mean"]
            children[f"{column.name}: span"] = grouped["max"] - grouped["min"]
    people = owner[order]
    group = groups_of(comparison.people(part), comparison.seed, part)[people]
    return _Family(parents, counts.astype(np.int64), pd.DataFrame(children), people, group)


def _levels(comparison: Comparison, child: ReleasedTable) -> dict[str, list[str]]:
    kept = ("relations levels", child.name)
    if kept not in comparison.kept:
        made = {}
        for column in child.columns:
            if column.compared and column.kind is Kind.CATEGORY:
                counts = comparison.train[child.name][column.name].value_counts()
                order = sorted(zip(-counts.to_numpy(), map(str, counts.index), strict=True))
                made[column.name] = [level for _, level in order[:LEVELS]]
        comparison.kept[kept] = made
    found: dict[str, list[str]] = comparison.kept[kept]
    return found


def _dependence(
    families: dict[Part, _Family], parent: ReleasedTable, name: str, n: int, seed: int
) -> tuple[list[Measure], dict[str, Any]]:
    kinds = {c.name: c.kind for c in parent.columns if c.compared}
    upper = list(families["train"].parents.columns)[:MOST_COLUMNS]
    lower = list(families["train"].children.columns)
    found = {part: _table(one, kinds, upper, lower) for part, one in families.items()}
    made, fresh = (difference(found["train"].ravel(), found[part].ravel()) for part in SIDES)
    shown: dict[str, Any] = {
        "parent": upper,
        "children": lower,
        **{part: [[_number(one) for one in row] for row in table] for part, table in found.items()},
    }
    if math.isnan(made):
        return [], shown
    what = Said(
        "Mean difference of the associations of {parent} with aggregates of its {child}", parent=parent.name, child=name
    )
    title = beside_fresh(what, f"{fresh:.3f}")
    citation = "Spearman, correlation ratio, Cramer's V of parent's columns and children's aggregates"
    measure = Measure(
        "parent_child_dependence", title, made, None, None, None, "at most", n, citation, seed, name, Bearing.DIAGNOSTIC
    )
    return [measure], shown


def _table(family: _Family, kinds: dict[str, Kind], upper: list[str], lower: list[str]) -> Floats:
    parents = [coded(family.parents[name], kinds[name]) for name in upper]
    children = [coded(family.children[name], Kind.NUMBER) for name in lower]
    return np.array([[association(one, two) for two in children] for one in parents]).reshape(len(upper), len(lower))


def _bars(families: dict[Part, _Family], cell: int) -> dict[str, Any]:
    """Share of parents by number of children, cut where fewer than `cell` training people have so many."""
    real = families["train"]
    most = BARS
    while most > 1 and len(np.unique(real.people[real.counts >= most])) < cell:
        most -= 1
    shares = {
        part: (np.bincount(np.minimum(one.counts, most), minlength=most + 1) / len(one.counts)).round(4)
        for part, one in families.items()
    }
    labels = [*map(str, range(most)), f"{most}+"]
    behind = {
        part: [_enough(one, np.minimum(one.counts, most) == at, cell) for at in range(most + 1)]
        for part, one in families.items()
    }
    return {
        "children": labels,
        **{
            part: [float(share[at]) if behind[part][at] else None for at in range(most + 1)]
            for part, share in shares.items()
        },
    }


def _enough(family: _Family, rows: npt.NDArray[np.bool_], cell: int) -> bool:
    behind = len(np.unique(family.people[rows]))
    return behind == 0 or behind >= cell


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 3)

"""Shares of each value in training and synthetic rows, for pictures: no value fewer than k people share is shown."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pandas as pd

from factory.contract import Contract, Kind, ReleasedTable, released
from factory.contract.people import person_ids

MOST_BARS = 8
_BINS = 8
_YEARS = (Kind.YEAR, Kind.BIRTH_YEAR)


def marginals(
    contract: Contract,
    train: dict[str, pd.DataFrame],
    synthetic: dict[str, pd.DataFrame],
    shapes: dict[str, ReleasedTable] | None = None,
) -> dict[str, Any]:
    """For each compared column, keyed `table.column`: labels and the share of each in both frames; of moments, years.

    `shapes`: the shape the frames have, by default the released one.
    """
    made = {}
    shapes = released(contract) if shapes is None else shapes
    for table, shape in shapes.items():
        owner = person_ids(shapes, train, table)
        for column in shape.columns:
            if not column.compared:
                continue
            real, drawn = train[table][column.name], synthetic[table][column.name]
            if column.kind is Kind.MOMENT:
                real, drawn = real.dt.year, drawn.dt.year
            if column.kind is not Kind.CATEGORY:
                real, drawn = _binned(real, drawn, column.kind in _YEARS)
            behind = pd.DataFrame({"v": real, "p": owner}).dropna().drop_duplicates()["v"].value_counts()
            shown = behind.index[behind >= contract.policy.smallest_cell]
            shares = [values.value_counts(normalize=True, dropna=False) for values in (real, drawn)]
            order = list(shares[0].reindex(shown).sort_values(ascending=False, kind="stable").index[:MOST_BARS])
            if column.kind is not Kind.CATEGORY:
                order.sort(key=_place)
            made[f"{table}.{column.name}"] = [
                {
                    "label": str(v),
                    "real": round(float(shares[0].get(v, 0)), 4),
                    "synthetic": round(float(shares[1].get(v, 0)), 4),
                }
                for v in order
            ]
    return made


def _binned(real: pd.Series, drawn: pd.Series, years: bool) -> tuple[pd.Series, pd.Series]:
    numbers, others = real.astype("float64"), drawn.astype("float64")
    # Open ends, and inner edges of two digits: no edge is one person's value.
    edges = numbers.dropna().quantile([i / _BINS for i in range(1, _BINS)])
    inner = sorted({_rounded(float(edge), years) for edge in edges})
    if not inner:
        return numbers, others
    names = [f"up to {inner[0]:g}", *(f"{a:g} to {b:g}" for a, b in itertools.pairwise(inner)), f"over {inner[-1]:g}"]
    bounds = [-math.inf, *inner, math.inf]
    cut = [pd.cut(values, bounds, labels=names).astype(object) for values in (numbers, others)]
    return cut[0], cut[1]


def _rounded(edge: float, years: bool) -> float:
    # Years need their four digits to mean anything, and many people share each.
    if edge == 0 or (years and edge == round(edge)):
        return edge
    return round(edge, 1 - math.floor(math.log10(abs(edge))))


def _place(label: object) -> float:
    first, *rest = str(label).split()
    if first == "up":
        return -math.inf
    return float(rest[0]) if first == "over" else float(first)

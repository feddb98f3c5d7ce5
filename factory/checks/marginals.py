"""Shares of each value in training and synthetic rows, for pictures: no value fewer than k people share is shown."""

from __future__ import annotations

import itertools
from typing import Any

import pandas as pd

from factory.contract import Contract, Kind, released
from factory.contract.people import person_ids

MOST_BARS = 8
_BINS = 8


def marginals(contract: Contract, train: dict[str, pd.DataFrame], synthetic: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """For each compared column, keyed `table.column`: labels and the share of each in both frames."""
    made = {}
    shapes = released(contract)
    for table, shape in shapes.items():
        owner = person_ids(shapes, train, table)
        for column in shape.columns:
            if not column.compared:
                continue
            real, drawn = train[table][column.name], synthetic[table][column.name]
            if column.kind is not Kind.CATEGORY:
                real, drawn = _binned(real, drawn)
            behind = pd.DataFrame({"v": real, "p": owner}).dropna().drop_duplicates()["v"].value_counts()
            shown = behind.index[behind >= contract.policy.smallest_cell]
            shares = [values.value_counts(normalize=True, dropna=False) for values in (real, drawn)]
            order = list(shares[0].reindex(shown).sort_values(ascending=False, kind="stable").index[:MOST_BARS])
            if column.kind is not Kind.CATEGORY:
                order.sort(key=lambda label: float(str(label).split(" to ")[0]))
            made[f"{table}.{column.name}"] = [
                {
                    "label": str(v),
                    "real": round(float(shares[0].get(v, 0)), 4),
                    "synthetic": round(float(shares[1].get(v, 0)), 4),
                }
                for v in order
            ]
    return made


def _binned(real: pd.Series, drawn: pd.Series) -> tuple[pd.Series, pd.Series]:
    numbers, others = real.astype("float64"), drawn.astype("float64")
    edges = numbers.dropna().quantile([i / _BINS for i in range(_BINS + 1)]).drop_duplicates().to_list()
    if len(edges) < 3:
        return numbers.map(_label, na_action="ignore"), others.map(_label, na_action="ignore")
    names = [f"{a:g} to {b:g}" for a, b in itertools.pairwise(edges)]
    low, high = edges[0], edges[-1]
    cut = [
        pd.cut(v.clip(low, high), edges, labels=names, include_lowest=True).astype(object) for v in (numbers, others)
    ]
    return cut[0], cut[1]


def _label(value: float) -> str:
    return f"{value:g}"

"""What levels cost a table, column by column, counted over entries, and the labels its released rows have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from factory.deid.anonymity.domain import Domain
from factory.deid.anonymity.hierarchy import SUPPRESSED, Hierarchy
from factory.deid.anonymity.result import ColumnCost
from factory.deid.batch.entries import Entries
from factory.deid.batch.exceptions import GONE
from factory.deid.batch.levels import Found
from factory.deid.batch.quasi import Counts


@dataclass(frozen=True)
class Cost:
    """Rows suppressed, what each column paid, and what is released of each: one label a leaf, one for a star."""

    suppressed: int
    columns: tuple[ColumnCost, ...]
    labels: tuple[pd.Series, ...]


@dataclass(frozen=True)
class _Tally:
    """Rows by leaf of one column: all, in rows suppressed, and starred."""

    all: Counts
    gone: Counts
    starred: Counts

    @property
    def shown(self) -> Counts:
        """Rows whose cell shows its level."""
        return self.all - self.gone - self.starred


def costs_of(entries: Entries, found: Found, hierarchies: Sequence[Hierarchy]) -> Cost:
    """Count over the entries what the levels and their exceptions do to the rows."""
    tallies = _tallies(entries, found)
    columns = tuple(
        _cost(d, level, hierarchy, tally)
        for d, level, hierarchy, tally in zip(entries.domains, found.node, hierarchies, tallies, strict=True)
    )
    labels = tuple(
        _labels(d, level, tally) for d, level, tally in zip(entries.domains, found.node, tallies, strict=True)
    )
    return Cost(int(tallies[0].gone.sum()), columns, labels)


def _tallies(entries: Entries, found: Found) -> list[_Tally]:
    made = [_Tally(rows, np.zeros_like(rows), np.zeros_like(rows)) for rows in entries.leaf_rows]
    for leaves, _, rows in entries.pieces():
        masks = found.exceptions.of(leaves)
        gone = masks == GONE
        for at, (tally, leaf) in enumerate(zip(made, leaves, strict=True)):
            starred = ~gone & ((masks >> at) & 1).astype(np.bool_)
            for held, which in ((tally.gone, gone), (tally.starred, starred)):
                np.add.at(held, leaf[which], rows[which])
    return made


def _cost(d: Domain, level: int, hierarchy: Hierarchy, tally: _Tally) -> ColumnCost:
    number = d.lowest + level
    shown, kept = tally.shown, tally.all - tally.gone
    gone, starred, rows = int(tally.gone.sum()), int(tally.starred.sum()), int(tally.all.sum())
    uncovered = (d.groups[0] == d.star(0)) & (d.lowest + 1 < len(hierarchy.names))
    return ColumnCost(
        d.name,
        hierarchy.kind,
        number,
        hierarchy.names[number],
        float((shown @ d.loss[level] + gone + starred) / rows),
        int(shown[d.changed[level]].sum()) + starred,
        int(shown[d.groups[level] == d.star(level)].sum()) + starred,
        int(kept[uncovered].sum()),
    )


def _labels(d: Domain, level: int, tally: _Tally) -> pd.Series:
    """Label of each leaf that released rows show (index: leaf), and of a star (index: -1) where there is one."""
    leaves = np.flatnonzero(tally.shown)
    made = d.labels[level].take(d.groups[level][leaves]).set_axis(leaves)
    if tally.starred.any():
        made = pd.concat([made.astype(object), pd.Series([SUPPRESSED], index=[STAR], dtype=object)])
    return made


STAR = -1
"""Index of the label of starred cells."""

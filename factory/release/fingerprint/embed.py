"""Marking a licensee's copy of the released tables, with clinical rules kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.release.fingerprint.keys import dice
from factory.release.fingerprint.marks import marked, plan

Breaks = Callable[[Mapping[str, pd.DataFrame]], Mapping[str, npt.NDArray[np.bool_]]]
"""Of tables, which rows break a rule of the contract."""


@dataclass(frozen=True)
class Marked:
    """A licensee's tables, which cells of each column carry a mark, and how many marks the rules took back."""

    tables: dict[str, pd.DataFrame]
    cells: dict[str, dict[str, npt.NDArray[np.bool_]]]
    taken_back: int

    @property
    def count(self) -> int:
        """Cells that carry a mark."""
        return sum(int(mask.sum()) for columns in self.cells.values() for mask in columns.values())


def embed(
    tables: Mapping[str, pd.DataFrame],
    secret: bytes,
    licence: str,
    untouched: Mapping[str, Collection[str]],
    breaks: Breaks | None = None,
) -> Marked:
    """Each table (rows x columns) as the licensee of `licence` gets it; same arguments, same tables.

    `untouched` names keys, links and other columns that must stay by table. A row that breaks a rule once marked, and
    did not before, goes back to what it was: rules hold as they did.
    """
    made: dict[str, pd.DataFrame] = {}
    cells: dict[str, dict[str, npt.NDArray[np.bool_]]] = {}
    for name, frame in tables.items():
        made[name], cells[name] = _table(name, frame, secret, licence, untouched.get(name, ()))
    taken = _keep_rules(tables, made, cells, breaks) if breaks else 0
    return Marked(made, cells, taken)


def _table(
    name: str, frame: pd.DataFrame, secret: bytes, licence: str, untouched: Collection[str]
) -> tuple[pd.DataFrame, dict[str, npt.NDArray[np.bool_]]]:
    made, cells = frame.copy(), {}
    for column in frame.columns:
        how = None if column in untouched else plan(frame[column])
        if how is not None:
            made[column], cells[column] = marked(frame[column], how, dice(secret, licence, name, column))
    return made, cells


def _keep_rules(
    tables: Mapping[str, pd.DataFrame],
    made: dict[str, pd.DataFrame],
    cells: dict[str, dict[str, npt.NDArray[np.bool_]]],
    breaks: Breaks,
) -> int:
    before, after, taken = breaks(tables), breaks(made), 0
    for name, broken in after.items():
        rows = broken & ~before[name]
        for column, mask in cells[name].items():
            back = rows & mask
            if back.any():
                made[name].loc[back, column] = tables[name].loc[back, column]
                cells[name][column] = mask & ~back
                taken += int(back.sum())
    return taken

"""People from whom the worlds of the game are drawn, all their tables under keys of one count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from factory.checks.comparison import Ints, Tables
from factory.contract import Contract, Kind, ReleasedTable
from factory.contract.people import person_ids

Shapes = dict[str, ReleasedTable]


@dataclass(frozen=True)
class Population:
    """Tables whose person keys are 1..n, and whose each row is as a position from 0 (`owners`, by table)."""

    contract: Contract
    shapes: Shapes
    tables: Tables
    owners: dict[str, Ints]

    @property
    def people(self) -> int:
        """Number of people."""
        return len(self.tables[self.contract.person])

    def take(self, positions: Ints) -> Tables:
        """Tables of the people at `positions` (any order), rows in the order they stand in here."""
        chosen = np.zeros(self.people, dtype=bool)
        chosen[positions] = True
        return {name: frame[chosen[self.owners[name]]].reset_index(drop=True) for name, frame in self.tables.items()}


def population(contract: Contract, shapes: Shapes, parts: Sequence[Tables]) -> Population:
    """The people of several sets of tables, whose keys may be the same, as one population."""
    tables = stacked(contract, shapes, parts)
    owners = {name: person_ids(shapes, tables, name).to_numpy(np.int64) - 1 for name in shapes}
    return Population(contract, shapes, tables, owners)


def stacked(contract: Contract, shapes: Shapes, parts: Sequence[Tables]) -> Tables:
    """Sets of tables under one another, keys 1..n a table; rows whose parent is not there are left out."""
    first = dict.fromkeys(shapes, 1)
    keyed = [_keyed(contract, shapes, part, first) for part in parts]
    return {name: _joined([part[name] for part in keyed]) for name in shapes}


def _keyed(contract: Contract, shapes: Shapes, tables: Tables, first: dict[str, int]) -> Tables:
    made: Tables = {}
    keys: dict[str, pd.Series] = {}
    for name, shape in shapes.items():
        frame = tables[name][shape.names()].copy()
        for column in shape.names(Kind.PARENT_ID, Kind.ANCESTOR_ID):
            frame[column] = frame[column].map(keys[_table_of(contract, shapes, shape, column)])
        if shape.parent_id is not None:
            frame = frame[frame[shape.parent_id].notna()]
        frame = frame.reset_index(drop=True)
        own = pd.Series(np.arange(first[name], first[name] + len(frame)), index=frame[shape.key].to_numpy())
        first[name] += len(frame)
        frame[shape.key] = own.to_numpy()
        for column in shape.names(Kind.PARENT_ID, Kind.ANCESTOR_ID):
            frame[column] = frame[column].astype("Int64" if frame[column].isna().any() else "int64")
        keys[name] = own[~own.index.duplicated()]
        made[name] = frame
    return made


def _table_of(contract: Contract, shapes: Shapes, shape: ReleasedTable, column: str) -> str:
    """The table whose key a column holds."""
    path = contract.person_path(shape.name)
    if column == shape.parent_id:
        return path[0].parent_table
    source = next(c.source for c in shape.columns if c.name == column)
    return next(up.parent_table for up in path if contract.tables[up.parent_table].key == source)


def _joined(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    # Empty frames and columns without a value would decide the type of the others.
    frames = list(frames)
    full = [frame for frame in frames if len(frame)] or frames[:1]
    if len(full) == 1:
        return full[0].reset_index(drop=True)
    made = {}
    for name in full[0].columns:
        parts = [frame[name] for frame in full]
        told = next((part for part in parts if part.notna().any()), parts[0])
        made[name] = pd.concat(
            [part if part.notna().any() else _blank(part, told) for part in parts], ignore_index=True
        )
    return pd.DataFrame(made)


def _blank(values: pd.Series, like: pd.Series) -> pd.Series:
    """As many missing values of the type of another column; of whole numbers and of true and false that can miss."""
    return like.iloc[:0].reindex(range(len(values)))

"""Released tables as row models see them: a field for each column, and keys as row numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.contract import Contract, Kind, ReleasedTable, released
from factory.synth.rows import Field

_INTEGERS = (Kind.INTEGER, Kind.BIRTH_YEAR, Kind.YEAR, Kind.DAY)
Rows = npt.NDArray[np.int64]


def fields(shape: ReleasedTable) -> dict[str, Field]:
    """How each column of a released table but its keys is measured, with the contract's domain."""
    made = {}
    for column in shape.columns:
        stated = column.column
        if column.kind is Kind.CATEGORY:
            made[column.name] = Field("category", levels=stated.codes, hierarchy=stated.climbs)
        elif column.kind is Kind.NUMBER:
            made[column.name] = Field("number", minimum=stated.minimum, maximum=stated.maximum)
        elif column.kind in _INTEGERS:
            dated = column.kind is not Kind.INTEGER
            least, most = (None, None) if dated else (stated.minimum, stated.maximum)
            made[column.name] = Field("integer", minimum=least, maximum=most)
    return made


def parent_of(contract: Contract, table: str) -> str | None:
    """The table above a released table, or None above the person table."""
    link = released(contract)[table].link
    return None if link is None else link.parent_table


def depth(contract: Contract) -> int:
    """Tables in the longest chain from the person table down: 1 where there is no other."""
    depths: dict[str, int] = {}
    for table in released(contract):
        above = parent_of(contract, table)
        depths[table] = 1 if above is None else depths[above] + 1
    return max(depths.values())


def parent_rows(contract: Contract, tables: dict[str, pd.DataFrame], table: str) -> Rows:
    """Row number in the parent table of each row of a child table (n,)."""
    shapes = released(contract)
    above = str(parent_of(contract, table))
    index = pd.Index(tables[above][shapes[above].key].to_numpy())
    made: Rows = index.get_indexer(pd.Index(tables[table][shapes[table].parent_id].to_numpy())).astype(np.int64)
    return made


def keyed(shape: ReleasedTable, frame: pd.DataFrame, parents: Rows | None) -> pd.DataFrame:
    """A drawn table in its released columns: key 1..n, and parent id the parents' row numbers (n,) and 1."""
    made = frame.copy()
    made[shape.key] = np.arange(1, len(made) + 1)
    if shape.parent_id is not None and parents is not None:
        made[shape.parent_id] = parents + 1
    return made[shape.names()]

"""Which person each row belongs to, through all relations between the tables."""

from __future__ import annotations

import itertools

import pandas as pd

from factory.contract.model import Contract
from factory.contract.released import ReleasedTable


def person_keys(contract: Contract, frames: dict[str, pd.DataFrame], table: str) -> pd.Series:
    """The person key of each row of a source table (same index)."""
    path = contract.person_path(table)
    if not path:
        return frames[table][contract.tables[table].key]
    keys = frames[table][path[0].child_column]
    for nearer, further in itertools.pairwise(path):
        parent = frames[nearer.parent_table]
        links = parent.set_index(contract.tables[nearer.parent_table].key)[further.child_column]
        keys = keys.map(links)
    return keys


def of_person(contract: Contract, frames: dict[str, pd.DataFrame], table: str, column: str) -> pd.Series:
    """A column of the person table spread over the rows of a source table (same index)."""
    if table == contract.person:
        return frames[table][column]
    people = frames[contract.person].set_index(contract.tables[contract.person].key)[column]
    return person_keys(contract, frames, table).map(people)


def person_ids(tables: dict[str, ReleasedTable], frames: dict[str, pd.DataFrame], table: str) -> pd.Series:
    """The person id of each row of a released table (same index)."""
    here = tables[table]
    if here.link is None or here.parent_id is None:
        return frames[table][here.key]
    parent = here.link.parent_table
    owners = person_ids(tables, frames, parent)
    by_id = pd.Series(owners.to_numpy(), index=pd.Index(frames[parent][tables[parent].key].to_numpy()))
    return frames[table][here.parent_id].map(by_id)

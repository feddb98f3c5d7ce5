"""Who is in a batch and what their rows hold, as keyed digests; who is new, changed, unchanged or gone since then."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.batches.register import SHORT, Register
from factory.contract import Contract, released

Read = Callable[[str], pd.DataFrame]
"""A table of the raw dataset by name."""
Bools = npt.NDArray[np.bool_]
_MODULUS = 1 << (8 * SHORT)


def digests(contract: Contract, read: Read, register: Register) -> pd.DataFrame:
    """A row a person in the order of the person table: `person` and `rows`, hex digests.

    `rows` is of the columns that a release is made of: a new telephone number changes nobody, and neither do the keys
    of rows, which an export may number anew; which parent a row hangs on does.
    """
    contents = content_of(contract, read)
    owner = contract.licensor
    return pd.DataFrame(
        {
            "person": [register.person(owner, key).hex() for key in contents.index],
            "rows": [register.rows(content).hex() for content in contents],
        }
    )


def content_of(contract: Contract, read: Read) -> pd.Series:
    """Of each person (index: key as text) a number that follows from what their rows hold, in whatever order.

    The sum of the rows' SHA-256: of a set of rows, repeated ones counted (Bellare and Micciancio, EUROCRYPT 1997).
    """
    owners = _Owners(contract)
    total: dict[str, int] = {}
    for name, shape in released(contract).items():
        frame = read(name)
        people = owners.of(name, frame)
        if name == contract.person:
            total = dict.fromkeys(people, 0)
        taken = [*dict.fromkeys(column.source for column in shape.columns if column.compared)]
        if shape.link is not None and shape.link.parent_table != contract.person:
            taken.append(shape.link.child_column)
        cells = [[name] * len(frame), *(_text(frame[column]) for column in taken)]
        for person, row in zip(people, zip(*cells, strict=True), strict=True):
            if person in total:
                content = hashlib.sha256(repr(row).encode("utf-8", "surrogatepass")).digest()[:SHORT]
                total[person] = (total[person] + int.from_bytes(content, "big")) % _MODULUS
    return pd.Series(list(total.values()), index=list(total), dtype=object)


def rows_of(contract: Contract, read: Read, people: set[str]) -> dict[str, pd.DataFrame]:
    """Every table of the contract with the rows of these people (keys as text) only, order kept."""
    owners = _Owners(contract)
    made = {}
    for name in sorted(contract.tables, key=lambda table: len(contract.person_path(table))):
        frame = read(name)
        kept = pd.Series(owners.of(name, frame), index=frame.index).isin(people)
        made[name] = frame[kept].reset_index(drop=True)
    return {name: made[name] for name in contract.tables}


class _Owners:
    """Whose each row is, table by table, parents first; of a table only its keys are kept."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._known: dict[str, dict[str, str]] = {}

    def of(self, table: str, frame: pd.DataFrame) -> list[str]:
        """The person key of each row as text; empty for a row that hangs on nobody."""
        link = self._contract.parent_of(table)
        own = keys_of(frame[self._contract.tables[table].key])
        if table == self._contract.person or link is None:
            owner = own
        else:
            parents = self._known[link.parent_table]
            owner = [parents.get(key, "") for key in keys_of(frame[link.child_column])]
        if any(relation.parent_table == table for relation in self._contract.relations):
            self._known[table] = dict(zip(own, owner, strict=True))
        return owner


def keys_of(values: pd.Series) -> list[str]:
    """Keys as text, empty where there is none."""
    return ["" if value is None else value for value in _text(values)]


def _text(values: pd.Series) -> list[str | None]:
    """Cells as text, None where there is none."""
    there = values.notna()
    return [str(value) if is_there else None for value, is_there in zip(values, there, strict=True)]


@dataclass(frozen=True)
class Since:
    """How people compare with an earlier batch's: counts, and who of now is new or changed (n,)."""

    new: int
    changed: int
    unchanged: int
    gone: int
    taken: Bools


def compare(now: pd.DataFrame, earlier: pd.DataFrame) -> Since:
    """Compare two frames of `digests`; `earlier` is of everybody that batch read, whether it took them or not."""
    before = dict(zip(earlier["person"], earlier["rows"], strict=True))
    known = now["person"].isin(before).to_numpy()
    same = np.array([before.get(p) == r for p, r in zip(now["person"], now["rows"], strict=True)], dtype=bool)
    gone = int((~earlier["person"].isin(set(now["person"]))).sum())
    return Since(int((~known).sum()), int((known & ~same).sum()), int(same.sum()), gone, ~same)

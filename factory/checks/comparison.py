"""What every measure looks at: the people learned from, people never seen, and the synthetic ones, in one shape."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.checks.features import Floats, encode, flat
from factory.contract import Contract, ReleasedTable, shapes_of
from factory.core.errors import DataError

Tables = dict[str, pd.DataFrame]
Part = Literal["train", "holdout", "synthetic"]
PARTS: tuple[Part, ...] = ("train", "holdout", "synthetic")
Ints = npt.NDArray[np.int64]
LEVELS = "levels"
"""Under this, kept is what follows from training and hold-out rows alone, and holds beside any synthetic ones."""


@dataclass(frozen=True)
class Pieces:
    """Synthetic tables too large to be held: all of them piece by piece, each the rows of some people; how many there
    are in all."""

    read: Callable[[], Iterator[Tables]]
    people: int


@dataclass(frozen=True)
class Rows:
    """Rows of a table, n x columns compared, those of their person beside them (`person.<column>`).

    `people`: whose each row is, as numbers from 0 (n,).
    """

    frame: pd.DataFrame
    people: Ints


@dataclass(frozen=True, eq=False)
class Comparison:
    """Three sets of tables and the contract that describes them; made by `comparison`.

    `shapes` hold only the columns that all three have; `absent` names, a table, those the synthetic tables lack.
    What is worked out of the tables is kept, so that one measure need not do what another did. `pieces`: where the
    synthetic tables are those of people drawn from more, all of them; what must be true of every row is asked of these.
    """

    contract: Contract
    shapes: dict[str, ReleasedTable]
    train: Tables
    holdout: Tables
    synthetic: Tables
    seed: int
    absent: dict[str, tuple[str, ...]] = field(default_factory=dict)
    kept: dict[Any, Any] = field(default_factory=dict, repr=False)
    pieces: Pieces | None = None

    def all_synthetic(self) -> Iterator[Comparison]:
        """The same training and hold-out rows beside each piece of all synthetic tables; itself, where that is all."""
        if self.pieces is None:
            yield self
            return
        for tables in self.pieces.read():
            levels = {key: value for key, value in self.kept.items() if key[0] == LEVELS}
            yield dataclasses.replace(self, synthetic=_cut(tables, self.shapes), kept=levels, pieces=None)

    def people_made(self) -> int:
        """Number of all synthetic people."""
        return self.people("synthetic") if self.pieces is None else self.pieces.people

    def part(self, part: Part) -> Tables:
        """Tables of one part."""
        return {"train": self.train, "holdout": self.holdout, "synthetic": self.synthetic}[part]

    def people(self, part: Part) -> int:
        """Number of people of a part."""
        return len(self.part(part)[self.contract.person])

    def tables(self) -> list[str]:
        """Names of the tables that have rows in every part and a column to compare, parents before children."""
        return [
            name
            for name, shape in self.shapes.items()
            if all(len(self.part(part)[name]) for part in PARTS) and not self.rows("train", name).frame.empty
        ]

    def rows(self, part: Part, table: str) -> Rows:
        """Rows of a table with their person's columns."""
        if ("rows", part, table) not in self.kept:
            frame, owner = flat(self.contract, self.part(part), table, self.shapes)
            keys = pd.Index(self.part(part)[self.contract.person][self.shapes[self.contract.person].key])
            self.kept["rows", part, table] = Rows(frame, np.asarray(keys.get_indexer(owner), dtype=np.int64))
        found: Rows = self.kept["rows", part, table]
        return found

    def encoded(self, table: str) -> tuple[Floats, Floats, Floats]:
        """Rows of train, holdout and synthetic (n x features) in one space; see `features.encode`."""
        if ("encoded", table) not in self.kept:
            made = encode(*(self.rows(part, table).frame for part in PARTS))
            self.kept["encoded", table] = tuple(made)
        found: tuple[Floats, Floats, Floats] = self.kept["encoded", table]
        return found


def comparison(contract: Contract, train: Tables, holdout: Tables, synthetic: Tables, seed: int) -> Comparison:
    """Bring three sets of tables to the columns they share. Keys and links must be there in each.

    Raises: DataError when a part has no people or the synthetic tables lack a table, a key or a link; ContractError
    when the real tables have not the columns of the contract.
    """
    shapes = shapes_of(contract, train)
    for name, tables in (("training", train), ("hold-out", holdout)):
        if not len(tables.get(contract.person, ())):
            raise DataError(f"The {name} tables hold no person.", f"Give rows of {contract.person}.")
    absent: dict[str, tuple[str, ...]] = {}
    made: dict[str, ReleasedTable] = {}
    for name, shape in shapes.items():
        for said, tables in (("hold-out", holdout), ("synthetic", synthetic)):
            if name not in tables:
                raise DataError(f"The {said} tables lack the table {name}.", "Give every table of the contract.")
        lost = [c.name for c in shape.columns if c.name not in synthetic[name] or c.name not in holdout[name]]
        needed = {shape.key, shape.parent_id}
        if gone := next((column for column in lost if column in needed), None):
            raise DataError(f"The hold-out or synthetic {name} lacks its key {gone}.", "Give keys and links.")
        if lost:
            absent[name] = tuple(lost)
        kept = tuple(c for c in shape.columns if c.name not in lost)
        made[name] = dataclasses.replace(shape, columns=kept)
    if not len(synthetic[contract.person]):
        raise DataError("The synthetic tables hold no person.", f"Give rows of {contract.person}.")
    cut = [_cut(tables, made) for tables in (train, holdout, synthetic)]
    return Comparison(contract, made, cut[0], cut[1], cut[2], seed, absent)


def _cut(tables: Tables, shapes: dict[str, ReleasedTable]) -> Tables:
    return {name: tables[name][shape.names()].reset_index(drop=True) for name, shape in shapes.items()}

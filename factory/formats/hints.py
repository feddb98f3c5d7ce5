"""What a format knows of its tables before anybody looks at the rows: keys, links, roles and rules for a draft."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import pandas as pd
import pyarrow as pa

from factory.contract.policy import Policy


@dataclass(frozen=True)
class TableHint:
    """One table of a drafted contract.

    `columns` are written as the contract writes them; a column of the table that is not among them is guessed as ever,
    or not in the contract where it is `left_out`. `link` is the column that points to the key of the table `parent`.
    """

    key: str
    columns: Mapping[str, dict[str, Any]]
    parent: str | None = None
    link: str | None = None
    left_out: frozenset[str] = frozenset()
    withhold: bool = False


@dataclass(frozen=True)
class Hints:
    """The tables a draft is made of, the one of people, and clinical rules as the contract writes them."""

    person: str
    tables: Mapping[str, TableHint]
    rules: list[dict[str, Any]] = field(default_factory=list)


@runtime_checkable
class Hinted(Protocol):
    """A source that knows its tables."""

    def hints(self) -> Hints:
        """Hints for the tables that are there. Raises: as reading them does."""


FEWEST: int = Policy.model_fields["smallest_cell"].default
SHARED = f"codes that at least {FEWEST} people of the data share; others are read as missing"


def owners(rows: pa.Table, key: str, link: str | None, above: pd.Series | None) -> pd.Series:
    """The person of each row of a table, indexed by the row's key; None for a row of nobody.

    `above` is the same of the table that `link` points to; a table without a link is the one of people.
    """
    keys = pd.Index(rows[key].to_pandas())
    if link is None or above is None:
        return pd.Series(keys, index=keys)
    found = above[~above.index.duplicated()].reindex(rows[link].to_pandas())
    return pd.Series(found.to_numpy(), index=keys)


def shared_values(values: pa.ChunkedArray, people: pd.Series) -> list[Any]:
    """Values that at least `FEWEST` people share, sorted: what fewer hold may be a number of one of them.

    `people` is the person of each row.
    """
    there = values.is_valid().to_numpy()
    held = pd.DataFrame({"value": values.drop_null().to_pandas().to_numpy(), "person": people.to_numpy()[there]})
    behind = held.dropna().drop_duplicates().groupby("value", sort=True).size()
    return [value for value, size in behind.items() if size >= FEWEST]


def among(hints: Hints, tables: tuple[str, ...]) -> Hints:
    """The hints of some tables. One whose parent is not among them hangs from the nearest table above that is.

    A table that has no column for that one is left out.
    """
    kept: dict[str, TableHint] = {}
    for name, hint in hints.tables.items():
        if name not in tables:
            continue
        parent, link = hint.parent, hint.link
        while parent is not None and parent not in tables:
            parent = hints.tables[parent].parent
            link = None if parent is None else hints.tables[parent].key
        if name == hints.person or (link is not None and link in hint.columns):
            kept[name] = dataclasses.replace(hint, parent=parent, link=link)
    rules = [rule for rule in hints.rules if rule["table"] in kept]
    return dataclasses.replace(hints, tables=kept, rules=rules)

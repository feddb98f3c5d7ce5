"""What a format knows of its tables before anybody looks at the rows: keys, links, roles and rules for a draft."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable


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

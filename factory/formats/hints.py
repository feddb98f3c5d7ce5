"""What a format knows of its tables before anybody looks at the rows: keys, links, roles and rules for a draft."""

from __future__ import annotations

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

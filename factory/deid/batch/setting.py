"""What a batch is asked: the contract, the profiles, and for each column its kind, its treatment and how it is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from factory.contract import Contract, Role
from factory.core.errors import ContractError
from factory.deid.batch.hierarchies import hierarchy_of
from factory.deid.batch.reading import Reading
from factory.deid.kinds import ColumnKind, kind_of
from factory.deid.profiles import Choice, Profile, Treatment, asks_for_classes, choose, is_quasi_identifier

_COUNTED = frozenset(
    {
        Treatment.SHARE,
        Treatment.POOL,
        Treatment.AGGREGATE,
        Treatment.BOUND,
        Treatment.REGION,
        Treatment.CAP_AGE,
        Treatment.BIRTH_YEAR,
        Treatment.YEAR,
        Treatment.YEAR_AND_DAYS,
    }
)


@dataclass(frozen=True)
class ColumnSetting:
    """One column: how it is read, what it is, what is asked of it, whether it is part of the classes of k people."""

    reading: Reading
    choice: Choice
    quasi_identifier: bool

    @property
    def kind(self) -> ColumnKind:
        """What the column is."""
        return self.reading.kind

    @property
    def studied(self) -> bool:
        """True where the first pass types the column's cells: all that is modelled, and dates."""
        return self.reading.column.modelled or self.reading.column.role is Role.DATE

    @property
    def counted(self) -> bool:
        """True where the people behind each value matter."""
        return self.choice.treatment in _COUNTED


@dataclass(frozen=True)
class Setting:
    """What one batch is asked."""

    contract: Contract
    profiles: tuple[Profile, ...]
    columns: dict[str, dict[str, ColumnSetting]]

    @property
    def k(self) -> int:
        """Fewest people behind a value and, where a profile asks for it, in a class."""
        return self.contract.policy.smallest_cell

    def parents_first(self) -> Iterator[str]:
        """Names of all tables, parents before children."""
        yield from sorted(self.contract.tables, key=lambda name: len(self.contract.person_path(name)))


def setting_of(contract: Contract, profiles: Sequence[Profile], beside: Path | None) -> Setting:
    """Choose for every column of the contract. Raises: ContractError, StorageError for a hierarchy's file."""
    classes = bool(asks_for_classes(profiles))
    columns: dict[str, dict[str, ColumnSetting]] = {}
    for table, holds in contract.tables.items():
        columns[table] = {}
        for name, column in holds.columns.items():
            kind = kind_of(contract, table, name)
            hierarchy = hierarchy_of(column, beside, contract.policy.age_cap)
            reading = Reading(table, name, column, kind, hierarchy, holds.missing, contract.policy.age_cap)
            choice = choose(column, kind, profiles)
            columns[table][name] = ColumnSetting(reading, choice, classes and is_quasi_identifier(column, kind, choice))
    for table, link in ((name, contract.parent_of(name)) for name in contract.tables):
        if link is None and table != contract.person:
            raise ContractError(f"The table {table} is not linked to the person table {contract.person}.")
    return Setting(contract, tuple(profiles), columns)

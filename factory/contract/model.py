"""The data contract: tables, relations, rules, analyses, policy and regimes in one YAML file."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from factory.contract.columns import Column, ColumnType, Role, Strict, Table
from factory.contract.policy import Policy
from factory.contract.rules import (
    AgeBandRule,
    CombinationRule,
    CompareRule,
    DeterminedRule,
    DurationRule,
    ImpliesRule,
    OrderRule,
    RangeRule,
    Rule,
)
from factory.contract.statement import Statement
from factory.contract.tasks import Effect, Survival, Task

Regime = Literal[
    "hipaa-safe-harbor", "hipaa-expert-determination", "gdpr-anonymous", "pipl-anonymised", "pdpo-anonymised"
]


class Relation(Strict):
    """Each value of the column `child` occurs in the key column `parent`, both written `table.column`."""

    child: str
    parent: str

    @property
    def child_table(self) -> str:
        """Name of the table that points."""
        return self.child.partition(".")[0]

    @property
    def child_column(self) -> str:
        """Name of the column that points."""
        return self.child.partition(".")[2]

    @property
    def parent_table(self) -> str:
        """Name of the table pointed to."""
        return self.parent.partition(".")[0]


class Contract(Strict):
    """What a hospital's tables hold, and what a release made of them must keep."""

    contract: Literal[1] = Field(description="Version of this format.")
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="Name of the released data set.")
    title: str
    licensor: str = Field(description="Who owns the data and licenses them.")
    person: str = Field(description="The table that has one row a person.")
    tables: dict[str, Table] = Field(min_length=1)
    relations: tuple[Relation, ...] = ()
    rules: tuple[Rule, ...] = ()
    tasks: tuple[Task, ...] = ()
    survivals: tuple[Survival, ...] = ()
    effects: tuple[Effect, ...] = ()
    regimes: tuple[Regime, ...] = Field(
        ("hipaa-safe-harbor", "gdpr-anonymous"),
        min_length=1,
        description="What a release must meet, all of them at once; each is a profile of de-identification.",
    )
    purposes: tuple[str, ...] = Field((), description="Uses a licence may grant; GA4GH DUO terms.")
    statement: Statement = Field(Statement(), description="What the owner states beside the data.")
    policy: Policy = Policy()

    @model_validator(mode="after")
    def _refers_to_what_is_there(self) -> Contract:
        if self.person not in self.tables:
            raise ValueError(f"the person table {self.person} is not among the tables")
        for relation in self.relations:
            self._need(relation.child)
            if relation.parent != f"{relation.parent_table}.{self._table(relation.parent_table).key}":
                raise ValueError(f"{relation.parent} is not the key of a table")
        parents = [relation.child_table for relation in self.relations]
        if len(set(parents)) != len(parents):
            raise ValueError("a table has more than one parent; this version links each to one")
        for kind, things in (
            ("rule", self.rules),
            ("task", self.tasks),
            ("survival", self.survivals),
            ("effect", self.effects),
        ):
            if len({thing.id.replace("-", "_").casefold() for thing in things}) != len(things):
                raise ValueError(f"two {kind}s have the same id")
        for link in self.relations:
            if self.tables[link.parent_table].withhold and not self.tables[link.child_table].withhold:
                raise ValueError(f"{link.child_table} is released and its parent {link.parent_table} is withheld")
        for rule in self.rules:
            self._check_rule(rule)
        self._check_analyses()
        for name in self.tables:
            self.person_path(name)
        return self

    def _table(self, name: str) -> Table:
        if name not in self.tables:
            raise ValueError(f"{name} is not a table of this contract")
        return self.tables[name]

    def _need(self, dotted: str) -> Column:
        table, _, column = dotted.partition(".")
        if column not in self._table(table).columns:
            raise ValueError(f"{dotted} is not a column of this contract")
        return self.tables[table].columns[column]

    def _check_rule(self, rule: Rule) -> None:
        person = self.tables[self.person].columns
        names: tuple[str, ...]
        match rule:
            case OrderRule():
                names = (rule.earlier, rule.later)
                if any(self._need(f"{rule.table}.{name}").role is not Role.DATE for name in names):
                    raise ValueError(f"rule {rule.id}: earlier and later must be date columns")
            case DurationRule():
                names = (rule.start, rule.end, rule.days)
            case AgeBandRule():
                names = (rule.column, rule.at)
                if rule.birth not in person or not person[rule.birth].birth:
                    raise ValueError(f"rule {rule.id}: {rule.birth} is not a birth date of the person table")
            case DeterminedRule():
                names = (rule.column,)
                if rule.by not in person:
                    raise ValueError(f"rule {rule.id}: {rule.by} is not a column of the person table")
            case CompareRule():
                names = (rule.left, *([rule.right] if rule.right else []))
                self._need_numbers(rule, names)
            case RangeRule():
                names = (rule.column, *self._own(rule, rule.when))
                self._need_numbers(rule, (rule.column,))
            case ImpliesRule():
                names = self._own(rule, {**rule.when, **rule.then})
            case CombinationRule():
                names = rule.columns
        for name in names:
            self._need(f"{rule.table}.{name}")

    def _own(self, rule: Rule, columns: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
        """The columns of the rule's own table; those of the person table are checked here."""
        for name in columns:
            if name.startswith("person."):
                self._need(f"{self.person}.{name.removeprefix('person.')}")
        return tuple(name for name in columns if not name.startswith("person."))

    def _need_numbers(self, rule: Rule, names: tuple[str, ...]) -> None:
        if not all(self._need(f"{rule.table}.{name}").numeric for name in names):
            raise ValueError(f"rule {rule.id}: only columns of numbers can be compared")

    def _check_analyses(self) -> None:
        for task in self.tasks:
            for column in (task.target, *task.exclude):
                self._need(f"{task.table}.{column}")
        for survival in self.survivals:
            self._check_survival(survival)
        for effect in self.effects:
            self._check_effect(effect)

    def _check_survival(self, survival: Survival) -> None:
        said = f"survival {survival.id}"
        self._need_modelled(said, survival.table, survival.columns())
        if not self._of_row(survival.table, survival.time).numeric:
            raise ValueError(f"{said}: time must be a column of numbers")
        if survival.by is not None and self._of_row(survival.table, survival.by).type is ColumnType.NUMBER:
            raise ValueError(f"{said}: by must be a category")

    def _check_effect(self, effect: Effect) -> None:
        said = f"effect {effect.id}"
        self._need_modelled(said, effect.table, effect.columns())
        if effect.positive is None and not self._of_row(effect.table, effect.outcome).numeric:
            raise ValueError(f"{said}: the outcome of a linear regression must be a column of numbers")

    def _need_modelled(self, said: str, table: str, columns: tuple[str, ...]) -> None:
        if self._table(table).withhold:
            raise ValueError(f"{said}: {table} is withheld")
        for name in columns:
            if not self._of_row(table, name).modelled:
                raise ValueError(f"{said}: {name} is not released as it stands")

    def _of_row(self, table: str, name: str) -> Column:
        """A column of the table, or of the row's person where it is written `person.sex`."""
        if name.startswith("person."):
            return self._need(f"{self.person}.{name.removeprefix('person.')}")
        return self._need(f"{table}.{name}")

    def parent_of(self, table: str) -> Relation | None:
        """The relation that links `table` to its parent, or None."""
        return next((link for link in self.relations if link.child_table == table), None)

    def person_path(self, table: str) -> tuple[Relation, ...]:
        """Relations from `table` up to the person table, nearest first; empty for the person table itself.

        Raises: ValueError when there is no such path.
        """
        path: list[Relation] = []
        here = table
        while here != self.person:
            link = self.parent_of(here)
            if link is None or link in path:
                raise ValueError(f"table {table} is not linked to the person table {self.person}")
            path.append(link)
            here = link.parent_table
        return tuple(path)

    def released_tables(self) -> dict[str, Table]:
        """Tables that are synthesized: all but those withheld, parents before children."""
        kept = {name: table for name, table in self.tables.items() if not table.withhold}
        return dict(sorted(kept.items(), key=lambda item: len(self.person_path(item[0]))))

    def columns_with(self, table: str, *roles: Role) -> list[str]:
        """Names of the columns of `table` that have one of `roles`, in order."""
        return [name for name, column in self.tables[table].columns.items() if column.role in roles]

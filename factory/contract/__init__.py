"""The data contract: what a hospital's tables hold and what a release of them must keep."""

from factory.contract.bound import bound
from factory.contract.columns import Column, ColumnType, IdentifierClass, Role, Table
from factory.contract.load import digest, load
from factory.contract.model import Contract, Relation
from factory.contract.policy import Policy
from factory.contract.released import Kind, ReleasedColumn, ReleasedTable, as_it_is, released, shapes_of
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

__all__ = [
    "AgeBandRule",
    "Column",
    "ColumnType",
    "CombinationRule",
    "CompareRule",
    "Contract",
    "DeterminedRule",
    "DurationRule",
    "Effect",
    "IdentifierClass",
    "ImpliesRule",
    "Kind",
    "OrderRule",
    "Policy",
    "RangeRule",
    "Relation",
    "ReleasedColumn",
    "ReleasedTable",
    "Role",
    "Rule",
    "Statement",
    "Survival",
    "Table",
    "Task",
    "as_it_is",
    "bound",
    "digest",
    "load",
    "released",
    "shapes_of",
]

"""The data contract: what a hospital's tables hold and what a release of them must keep."""

from factory.contract.columns import Column, ColumnType, IdentifierClass, Role, Table
from factory.contract.load import digest, load
from factory.contract.model import Contract, Relation
from factory.contract.policy import Policy
from factory.contract.released import Kind, ReleasedColumn, ReleasedTable, released
from factory.contract.rules import AgeBandRule, DeterminedRule, DurationRule, OrderRule, Rule, Task

__all__ = [
    "AgeBandRule",
    "Column",
    "ColumnType",
    "Contract",
    "DeterminedRule",
    "DurationRule",
    "IdentifierClass",
    "Kind",
    "OrderRule",
    "Policy",
    "Relation",
    "ReleasedColumn",
    "ReleasedTable",
    "Role",
    "Rule",
    "Table",
    "Task",
    "digest",
    "load",
    "released",
]

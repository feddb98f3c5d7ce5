"""What a column is to de-identification, by role, class, type and flags: one kind, for which profiles choose."""

from __future__ import annotations

from enum import StrEnum

from factory.contract import Column, Contract, IdentifierClass, Role


class ColumnKind(StrEnum):
    """Kinds of columns; each has its own order of treatments, strictest first."""

    KEY = "key of the table"
    LINK = "key of another table"
    LOOSE_KEY = "key that links nothing"
    CONTACT = "name, address or a way to reach the person"
    CODE = "number or code of the person"
    REGION = "region"
    BIRTH = "date of birth"
    DATE = "date"
    AGE = "age"
    CATEGORY = "category"
    INTEGER = "whole number"
    NUMBER = "number"
    TEXT = "free text"


# Nobody computes with these, and no surrogate of them says anything.
_CONTACT = frozenset(
    {
        IdentifierClass.NAME,
        IdentifierClass.ADDRESS,
        IdentifierClass.POSTCODE,
        IdentifierClass.PHONE,
        IdentifierClass.FAX,
        IdentifierClass.EMAIL,
        IdentifierClass.URL,
        IdentifierClass.IP,
        IdentifierClass.BIOMETRIC,
        IdentifierClass.PHOTO,
    }
)


def kind_of(contract: Contract, table: str, name: str) -> ColumnKind:
    """The kind of one column of the contract."""
    column = contract.tables[table].columns[name]
    link = contract.parent_of(table)
    match column.role:
        case Role.KEY if name == contract.tables[table].key:
            return ColumnKind.KEY
        case Role.KEY if link is not None and link.child_column == name:
            return ColumnKind.LINK
        case Role.KEY:
            return ColumnKind.LOOSE_KEY
        case Role.IDENTIFIER:
            return ColumnKind.CONTACT if column.identifier in _CONTACT else ColumnKind.CODE
        case Role.FREE_TEXT:
            return ColumnKind.TEXT
        case Role.DATE:
            return ColumnKind.BIRTH if column.birth else ColumnKind.DATE
        case _:
            return _modelled(column)


def _modelled(column: Column) -> ColumnKind:
    if column.identifier is not None or column.hierarchy in ("us-zip", "cn-region"):
        return ColumnKind.REGION
    if column.age:
        return ColumnKind.AGE
    if column.numeric:
        return ColumnKind.INTEGER if column.type == "integer" else ColumnKind.NUMBER
    return ColumnKind.CATEGORY

"""Columns of a database as Arrow types: each value as it is, and as text where Arrow has no such type."""

from __future__ import annotations

import decimal
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

_MOST_DIGITS = 38
_INT64_DIGITS = 18


@dataclass(frozen=True)
class Held:
    """A column as it is selected: its name, what stands in the SELECT, and the Arrow type of its values."""

    name: str
    selected: Any
    arrow: pa.DataType


def held(column: Any, zone: str) -> Held | None:
    """How a reflected column is read; None for bytes, such as images, which no contract can describe.

    `zone`: the session's, by whose clock a time with a zone is read.
    """
    kind = column.type
    if isinstance(kind, (sa.LargeBinary, sa.BINARY, sa.VARBINARY)):
        return None
    arrow = _arrow(kind, zone)
    # As text by the database itself: times, UUIDs, JSON, arrays, enumerations; and CHAR, whose padding is not value.
    cast = arrow is None or isinstance(kind, sa.CHAR)
    selected = sa.cast(column, sa.Text).label(column.name) if cast else column
    return Held(column.name, selected, pa.string() if arrow is None else arrow)


def _arrow(kind: Any, zone: str) -> pa.DataType | None:
    match kind:
        case sa.Boolean():
            return pa.bool_()
        case sa.SmallInteger() | sa.Integer() | sa.BigInteger():
            return pa.int64()
        case sa.Float():
            return pa.float64()
        case sa.Numeric():
            return _decimal(kind)
        case sa.DateTime():
            return pa.timestamp("us", zone if kind.timezone else None)
        case sa.Date():
            return pa.date32()
        case sa.Enum() | sa.Uuid():
            return None
        case sa.String():
            return pa.string()
        case _:
            return None


def _decimal(kind: Any) -> pa.DataType | None:
    """Exact: whole numbers where they fit, decimals as declared; without a declaration only text holds all digits."""
    if kind.precision is None or kind.precision > _MOST_DIGITS:
        return None
    if not kind.scale and kind.precision <= _INT64_DIGITS:
        return pa.int64()
    return pa.decimal128(kind.precision, kind.scale or 0)


def batch(rows: list[Any], columns: list[Held]) -> pa.RecordBatch:
    """Rows of a cursor as Arrow. Raises: pa.ArrowException, ValueError when a value is not of its column's type."""
    values = zip(*rows, strict=True)
    arrays = [pa.array([_plain(v, c.arrow) for v in each], c.arrow) for each, c in zip(values, columns, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, names=[column.name for column in columns])


def _plain(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    if isinstance(value, decimal.Decimal):
        if not value.is_finite():
            return None
        return int(value) if pa.types.is_integer(kind) else value
    return value

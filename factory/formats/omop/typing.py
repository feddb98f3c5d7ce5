"""Columns of an OMOP table in the types of the specification, whatever they were kept as."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from factory.core.errors import BrokenFile, ColumnMissing, WrongType
from factory.formats.omop.cdm import RENAMED, Field, Table

_WHOLE = r"^\s*[+-]?\d{1,18}(\.0*)?\s*$"
_LARGEST = 2.0**53


def conformed(read: pa.Table, table: Table, called: str) -> tuple[pa.Table, list[str]]:
    """The fields of the specification that are there, in its order and types, and the places of others.

    Names are read whatever their case, those of version 5.3 too. Raises: WrongType, ColumnMissing, BrokenFile.
    """
    columns: dict[str, pa.ChunkedArray] = {}
    unknown: list[str] = []
    for at, given in enumerate(read.column_names, start=1):
        name = RENAMED.get(given.casefold(), given.casefold())
        if name not in table.fields:
            unknown.append(f"column {at}")
        elif name in columns:
            raise BrokenFile(f"{called} names its column {at} as an earlier one, but for case.", "Rename one.")
        else:
            columns[name] = read.column(at - 1)
    # Version 5.3 had not all the concepts that 5.4 requires, and there is a concept for none.
    needed = [field.name for field in table.fields.values() if field.required and not field.concept]
    absent = [name for name in needed if name not in columns]
    if absent:
        more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        raise ColumnMissing(
            f"{called} lacks the column {absent[0]}{more}, which OMOP requires.", "Export the table again, whole."
        )
    typed = {
        field.name: _typed(columns[field.name], field, called)
        for field in table.fields.values()
        if field.name in columns
    }
    return pa.table(typed), unknown


def _typed(values: pa.ChunkedArray, field: Field, called: str) -> pa.ChunkedArray:
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if pa.types.is_null(values.type) or values.null_count == len(values):
        return pa.chunked_array([pa.nulls(len(values), field.arrow)])
    read = {"integer": _integers, "numeric": _numbers, "date": _dates, "datetime": _dates, "text": _texts}
    try:
        made, wrong = read[field.kind](values)
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        # Lists, records, bytes, numbers beyond 64 bits, zones that nobody knows: no value of the column can be read.
        made, wrong = values, len(values) - values.null_count
    if wrong:
        raise WrongType(
            f"{called}: column {field.name} should be {field.kind}; {wrong:,} of {len(values):,} rows are not.",
            "Mend the rows; OMOP CDM 5.4 says what each column holds.",
        )
    return made.cast(field.arrow, safe=False)


def _integers(values: pa.ChunkedArray) -> tuple[pa.ChunkedArray, int]:
    if pa.types.is_integer(values.type):
        return values.cast(pa.int64()), 0
    if pa.types.is_floating(values.type) or pa.types.is_decimal(values.type):
        number = values.cast(pa.float64())
        whole = pc.and_(pc.equal(number, pc.round(number)), pc.less(pc.abs(number), _LARGEST))
        return number, _wrong(pc.and_kleene(whole, pc.is_finite(number)))
    if not _is_text(values.type):
        return values, len(values) - values.null_count
    values = _filled(values)
    wrong = _wrong(pc.match_substring_regex(values, _WHOLE))
    if wrong:
        return values, wrong
    return pc.cast(pc.replace_substring_regex(pc.utf8_trim_whitespace(values), r"^\+|\.0*$", ""), pa.int64()), 0


def _numbers(values: pa.ChunkedArray) -> tuple[pa.ChunkedArray, int]:
    if pa.types.is_integer(values.type) or pa.types.is_floating(values.type) or pa.types.is_decimal(values.type):
        return values.cast(pa.float64()), 0
    if not _is_text(values.type):
        return values, len(values) - values.null_count
    made = pd.to_numeric(_filled(values).to_pandas(), errors="coerce")
    return _counted(values, made)


def _dates(values: pa.ChunkedArray) -> tuple[pa.ChunkedArray, int]:
    if pa.types.is_date(values.type):
        return values.cast(pa.timestamp("us")), 0
    if pa.types.is_timestamp(values.type):
        # What the ward's clock showed is what was recorded; an offset says no more of order.
        return pc.local_timestamp(values) if values.type.tz else values, 0
    if pa.types.is_integer(values.type):
        values = values.cast(pa.string())  # Athena writes 20991231
    if not _is_text(values.type):
        return values, len(values) - values.null_count
    text = _filled(values).to_pandas().str.replace(r"(?<=:\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)$", "", regex=True)
    return _counted(values, pd.to_datetime(text, format="ISO8601", errors="coerce").astype("datetime64[us]"))


def _texts(values: pa.ChunkedArray) -> tuple[pa.ChunkedArray, int]:
    return values.cast(pa.string()), 0


def _filled(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts, with nothing in them as no value."""
    trimmed = pc.utf8_trim_whitespace(values)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, values.type), values)


def _counted(values: pa.ChunkedArray, made: pd.Series) -> tuple[pa.ChunkedArray, int]:
    wrong = int((_filled(values).is_valid().to_pandas() & made.isna()).sum())
    return pa.chunked_array([pa.array(made, from_pandas=True)]), wrong


def _wrong(holds: pa.ChunkedArray) -> int:
    return int(pc.sum(pc.invert(holds)).as_py() or 0)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))

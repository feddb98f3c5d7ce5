"""From text or Arrow columns to typed pandas columns, counting what does not fit."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from factory.contract import Column, ColumnType

_TRUE = frozenset({"true", "t", "yes", "y", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "0"})

# Whole numbers with gaps as whole numbers: as floats, identity numbers of 17 digits would run into each other.
_WHOLE = {
    **dict.fromkeys((pa.int8(), pa.int16(), pa.int32(), pa.int64()), pd.Int64Dtype()),
    **dict.fromkeys((pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()), pd.UInt64Dtype()),
}


def typed(values: pa.ChunkedArray, column: Column, missing: tuple[str, ...]) -> tuple[pd.Series, int]:
    """One column (n values) as its declared type, and how many values did not fit.

    Integers become Int64, numbers float64, dates datetime64[us] (naive, as recorded), booleans boolean,
    all else str or None. `missing` are strings that mean null in a Parquet file's text columns too.
    """
    series = values.to_pandas(types_mapper=_WHOLE.get, date_as_object=False)
    if series.dtype == object or isinstance(series.dtype, pd.CategoricalDtype):
        series = series.astype(object).where(~series.isin(list(missing)), None)
    there = series.notna()
    try:
        made = _convert(series, column)
    except (ValueError, TypeError, OverflowError):
        # pandas gives up on the whole column, for instance over an integer of 20 digits: then one value at a time.
        made = pd.concat([_one(series.iloc[[row]], column) for row in range(len(series))])
    return made, int((there & made.isna()).sum())


def within_list(values: pd.Series, column: Column) -> pd.Series:
    """Typed values (n), missing where a list drafted from data lacks them: too few people share those."""
    if column.codes is None or column.codes_from != "data":
        return values
    return values.where(values.isin(column.codes), None)


def _one(value: pd.Series, column: Column) -> pd.Series:
    try:
        return _convert(value, column)
    except (ValueError, TypeError, OverflowError):
        return _convert(pd.Series([None], index=value.index, dtype=object), column)


def _convert(series: pd.Series, column: Column) -> pd.Series:
    match column.type:
        case ColumnType.INTEGER:
            number = pd.to_numeric(series, errors="coerce")
            whole = number.where(number.isna() | (number == number.round()))
            return whole.astype("Int64")
        case ColumnType.NUMBER:
            number = pd.to_numeric(series, errors="coerce").astype("float64")
            return number.where(~number.isin([float("inf"), float("-inf")]))
        case ColumnType.DATE | ColumnType.DATETIME:
            return _dates(series, column)
        case ColumnType.BOOLEAN:
            return _booleans(series)
        case ColumnType.STRING | ColumnType.CATEGORY:
            return _strings(series)


def _dates(series: pd.Series, column: Column) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(series):
        naive = series.dt.tz_localize(None) if series.dt.tz is not None else series
        return naive.astype("datetime64[us]")
    # The hour on the ward's clock is what was recorded; an offset says no more of order or duration.
    text = series.astype("string").str.strip().str.replace(r"(?<=:\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)$", "", regex=True)
    if column.type is ColumnType.DATE:
        made = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")
    else:
        made = pd.to_datetime(text, format="ISO8601", errors="coerce")
    return made.astype("datetime64[us]")


def _booleans(series: pd.Series) -> pd.Series:
    text = series.astype("string").str.strip().str.lower()
    made = pd.Series(pd.NA, index=series.index, dtype="boolean")
    made[text.isin(_TRUE)] = True
    made[text.isin(_FALSE)] = False
    return made


def _strings(series: pd.Series) -> pd.Series:
    text = series.astype(object).map(_plain, na_action="ignore").astype(object)
    return text.where(text.notna(), None)


def _plain(value: object) -> str:
    # A code column that Parquet stores as float would read 7.0 where the hospital means 7.
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def arrow_type(column: Column) -> pa.DataType:
    """The Arrow type of a typed column."""
    match column.type:
        case ColumnType.INTEGER:
            return pa.int64()
        case ColumnType.NUMBER:
            return pa.float64()
        case ColumnType.DATE | ColumnType.DATETIME:
            return pa.timestamp("us")
        case ColumnType.BOOLEAN:
            return pa.bool_()
        case ColumnType.STRING | ColumnType.CATEGORY:
            return pa.string()


def in_pandas(rows: pa.Table) -> pd.DataFrame:
    """Typed Arrow columns as the pandas columns that `typed` makes."""
    kinds = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    made: pd.DataFrame = rows.to_pandas(types_mapper=kinds.get, date_as_object=False)
    return made

"""Arrow tables to typed frames of the contract's columns: strictly for real people, counting for synthetic ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from factory.contract import Column, ColumnType, Contract, Kind, ReleasedTable, Role, Table, as_it_is, released
from factory.core.errors import ColumnMissing, DuplicateKey, OrphanRow
from factory.intake.draft import plain_types
from factory.intake.typing import typed
from factory.intake.validate import bad_keys, type_table
from factory.synth.alone import ROW_KEY

Tables = dict[str, pd.DataFrame]
_TYPES = {
    Kind.INTEGER: ColumnType.INTEGER,
    Kind.YEAR: ColumnType.INTEGER,
    Kind.BIRTH_YEAR: ColumnType.INTEGER,
    Kind.DAY: ColumnType.INTEGER,
    Kind.NUMBER: ColumnType.NUMBER,
}
_KEYS = (Kind.ID, Kind.PARENT_ID, Kind.ANCESTOR_ID)


@dataclass
class Fitted:
    """Frames of one source. `broken`: cells and rows, by `table.column: what`, that do not keep the contract."""

    tables: Tables = field(default_factory=dict)
    broken: Counter[str] = field(default_factory=Counter)
    numbered: list[str] = field(default_factory=list)
    unknown: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """How a table is read: its columns and their types, the column that points to its parent, and who points to it."""

    table: Table
    parent_id: str | None
    pointed: bool


def readable(contract: Contract, train: dict[str, pa.Table]) -> dict[str, Wanted]:
    """The tables as they are to be typed: the source's columns where the training tables have them, else the released.

    Identifiers and free text are in neither.
    """
    own, out = as_it_is(contract), released(contract)
    has = {name: {*table.column_names, ROW_KEY} for name, table in train.items()}
    is_released = not all(set(shape.names()) <= has[name] for name, shape in own.items()) and all(
        set(shape.names()) <= has[name] for name, shape in out.items()
    )
    return {name: _wanted(contract, shape, is_released) for name, shape in (out if is_released else own).items()}


def _wanted(contract: Contract, shape: ReleasedTable, is_released: bool) -> Wanted:
    columns = {}
    for column in shape.columns:
        if column.kind in _KEYS:
            columns[column.name] = Column(role=Role.KEY, type=ColumnType.STRING)
        elif is_released:
            # What was generalised on the way out keeps neither the range nor the codes of the source.
            columns[column.name] = Column(role=Role.CLINICAL, type=_TYPES.get(column.kind, ColumnType.CATEGORY))
        else:
            columns[column.name] = column.column
    table = Table(key=shape.key, columns=columns, missing=contract.tables[shape.name].missing)
    return Wanted(table, shape.parent_id, any(link.parent_table == shape.name for link in contract.relations))


def fit_real(
    contract: Contract, read: dict[str, pa.Table], spec: dict[str, Wanted], said: str, loose: bool, all_of: bool = False
) -> Fitted:
    """Typed frames of real people; columns that hold-out people lack are left out.

    `loose` reads whole numbers as numbers and dates as moments: a drafted contract knows only what it was drafted
    from. `all_of`: a column that is not there is refused. Raises: DataError for the first thing that does not hold.
    """
    made = Fitted()
    for name, want in spec.items():
        columns = _with_key(plain_types(read[name], name), want, name, said, made, False)
        use = want.table if all_of else _there(want.table, columns, loose)
        made.tables[name], wrong = type_table(columns, use, f"{said} {name}")
        if wrong := [*wrong, *bad_keys(made.tables[name], use, f"{said} {name}")]:
            raise wrong[0]
        lost = _orphans(contract, made.tables, name, spec)
        if lost.any():
            raise OrphanRow(
                f"{said} {name}: {int(lost.sum()):,} of {len(lost):,} rows point to no row of their parent.",
                "Give parents and children of the same people.",
            )
    return made


def fit_synthetic(contract: Contract, read: dict[str, pa.Table], spec: dict[str, Wanted]) -> Fitted:
    """Typed frames of synthetic people, and counts of what does not keep the contract, which is no reason to stop.

    Values that are not of their type are missing, rows that point to no parent are dropped, and the rows of a table
    that no other points to are numbered where its keys do not name them. Raises: ColumnMissing, DuplicateKey.
    """
    made = Fitted()
    for name, want in spec.items():
        columns = _with_key(plain_types(read[name], name), want, name, "synthetic", made, True)
        known = {*want.table.columns, *contract.tables[name].columns}
        if extra := len(set(columns.column_names) - known):
            made.unknown[name] = extra
        there = _there(want.table, columns, True).columns
        frame = pd.DataFrame({c: _counted(columns, c, want.table, made.broken, f"{name}.{c}") for c in there})
        made.tables[name] = _named(frame, want, name, made)
        lost = _orphans(contract, made.tables, name, spec)
        if lost.any():
            made.broken[f"{name}: rows without a parent"] += int(lost.sum())
            made.tables[name] = made.tables[name][~lost].reset_index(drop=True)
    return made


def alike(*parts: Tables) -> None:
    """Give each number one type over all parts, whole or not, so that what is written of it is the same in all."""
    for name, frame in parts[0].items():
        for column in frame.columns:
            there = [part[name] for part in parts if column in part[name]]
            if len({str(one[column].dtype) for one in there}) > 1 and _numbers(frame[column]):
                whole = not any(_whole(one[column].astype("float64"))[1] for one in there)
                for one in there:
                    one[column] = one[column].astype("float64").astype("Int64" if whole else "float64")


def _numbers(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _there(table: Table, read: pa.Table, loose: bool) -> Table:
    columns = {
        name: _loosened(column) if loose else column
        for name, column in table.columns.items()
        if name in read.column_names
    }
    return table.model_copy(update={"columns": columns})


def _loosened(column: Column) -> Column:
    wider = {ColumnType.INTEGER: ColumnType.NUMBER, ColumnType.DATE: ColumnType.DATETIME}
    return column.model_copy(update={"type": wider.get(column.type, column.type)})


def _with_key(read: pa.Table, want: Wanted, name: str, said: str, made: Fitted, may_number: bool) -> pa.Table:
    """The table with its key; rows are numbered where no source has one, and synthetic rows nobody points to."""
    if want.parent_id is not None and want.parent_id not in read.column_names:
        raise ColumnMissing(
            f"The {said} {name} lacks {want.parent_id}, which says whose its rows are.", "Give keys and links."
        )
    key = want.table.key
    if key in read.column_names:
        return read
    if key != ROW_KEY and (want.pointed or not may_number):
        raise ColumnMissing(f"The {said} {name} lacks its key {key}.", "Give keys and links.")
    if key != ROW_KEY:
        made.numbered.append(name)
    return read.append_column(key, pa.array(np.arange(1, len(read) + 1)))


def _counted(read: pa.Table, name: str, table: Table, broken: Counter[str], where: str) -> pd.Series:
    column = table.columns[name]
    values, misfits = typed(read.column(name), _loosened(column), table.missing)
    if misfits:
        broken[f"{where}: not of its type"] += misfits
    if column.type is ColumnType.INTEGER:
        values, fractions = _whole(values)
        if fractions:
            broken[f"{where}: not whole"] += fractions
    if outside := _outside(values, column):
        broken[f"{where}: outside the contract's codes or range"] += outside
    if column.required and (empty := int(values.isna().sum())):
        broken[f"{where}: required and missing"] += empty
    return values


def _whole(values: pd.Series) -> tuple[pd.Series, int]:
    fractions = int((values.notna() & (values != values.round())).sum())
    return (values if fractions else values.astype("Int64")), fractions


def _outside(values: pd.Series, column: Column) -> int:
    there = values.dropna()
    bad = pd.Series(False, index=there.index)
    if column.codes is not None:
        bad |= ~there.isin(column.codes)
    if column.minimum is not None:
        bad |= there < column.minimum
    if column.maximum is not None:
        bad |= there > column.maximum
    return int(bad.sum())


def _named(frame: pd.DataFrame, want: Wanted, name: str, made: Fitted) -> pd.DataFrame:
    key = frame[want.table.key]
    bad = int(key.isna().sum() + key.dropna().duplicated().sum())
    if not bad:
        return frame
    if want.pointed:
        raise DuplicateKey(
            f"synthetic {name}: key {want.table.key} is empty or not unique in {bad:,} of {len(key):,} rows.",
            "Rows of other tables point to it: each needs a key of its own.",
        )
    made.broken[f"{name}.{want.table.key}: key empty or not unique"] += bad
    return frame.assign(**{want.table.key: [str(row) for row in range(1, len(frame) + 1)]})


def _orphans(contract: Contract, tables: Tables, name: str, spec: dict[str, Wanted]) -> pd.Series:
    """True for each row of a table that points to no row of its parent."""
    frame = tables[name]
    link = contract.parent_of(name)
    points = spec[name].parent_id
    if link is None or points is None:
        return pd.Series(False, index=frame.index)
    parent = tables[link.parent_table][spec[link.parent_table].table.key]
    return ~frame[points].isin(parent.dropna())

"""From a column of a partition to its cells: typed once a distinct value, look-alikes of identifiers taken out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from factory.contract import Column
from factory.deid import dates
from factory.deid.anonymity.hierarchy import Hierarchy
from factory.deid.batch.hierarchies import region_shown
from factory.deid.batch.looks import like_identifiers
from factory.deid.kinds import ColumnKind
from factory.deid.operators.base import Cells, Ints
from factory.intake.typing import typed, within_list

# Regions are long numbers themselves, and what is none is not released as it stands.
_CHECKED = frozenset({ColumnKind.CATEGORY, ColumnKind.INTEGER, ColumnKind.NUMBER, ColumnKind.AGE})


@dataclass(frozen=True)
class Reading:
    """How a column is read: what it is, its hierarchy, strings that mean missing, and the cap on ages."""

    table: str
    name: str
    column: Column
    kind: ColumnKind
    hierarchy: Hierarchy
    missing: tuple[str, ...]
    cap: int


@dataclass(frozen=True)
class Distinct:
    """A column of a partition: a code a row (-1: missing) and its distinct values, typed; both as the source has them.

    `misfit` and `looks` are true for each distinct value that is not of the declared type, or looks like an identifier.
    """

    codes: Ints
    values: pd.Series
    misfit: npt.NDArray[np.bool_]
    looks: npt.NDArray[np.bool_]

    def rows(self, which: npt.NDArray[np.bool_]) -> int:
        """Number of rows that hold one of the distinct values marked."""
        return int(which[self.codes[self.codes >= 0]].sum())


def distinct(array: pa.Array, of: Reading) -> Distinct:
    """Code and type a column of a partition."""
    coded = array if pa.types.is_dictionary(array.type) else pc.dictionary_encode(array)
    codes = coded.indices.cast(pa.int32()).fill_null(-1).to_numpy(zero_copy_only=False)
    values, _ = typed(pa.chunked_array([coded.dictionary]), of.column, of.missing)
    text = coded.dictionary.to_pandas()
    empty = text.isna() | text.isin(list(of.missing)) if text.dtype == object else text.isna()
    misfit = values.isna().to_numpy(dtype=bool) & ~empty.to_numpy(dtype=bool)
    values = within_list(values, of.column)
    gone = values.isna().to_numpy(dtype=bool)
    looks = np.zeros(len(values), dtype=bool)
    if of.kind in _CHECKED and not _declared(of.column):
        looks[~gone] = like_identifiers(values[~gone])
    return Distinct(codes, values, misfit, looks)


def _declared(column: Column) -> bool:
    """True where the contract says enough of the values: a list of codes, or a measurement's unit or greatest value."""
    return column.codes is not None or (column.numeric and (column.unit is not None or column.maximum is not None))


def cells_of(read: Distinct, of: Reading, people: Ints, rows: Ints) -> Cells:
    """Cells that operators work on: without misfits and look-alikes, ages capped, regions coarse, booleans as words."""
    drop = read.values.isna().to_numpy(dtype=bool) | read.looks
    codes = read.codes
    if drop.any():
        codes = np.where((codes >= 0) & ~drop[codes], codes, np.int32(-1)).astype(np.int32)
    return Cells(codes, prepared(read.values, of), people, rows)


def prepared(values: pd.Series, of: Reading) -> pd.Series:
    """Distinct values (n) after what no statistic is needed for."""
    if of.kind is ColumnKind.AGE:
        return dates.capped_ages(values, of.cap)
    if of.kind is ColumnKind.REGION:
        return region_shown(values.rename(of.name), of.hierarchy)
    if pd.api.types.is_bool_dtype(values):
        return values.map({True: "yes", False: "no"}).astype(object)
    return values


def as_text(array: pa.Array, column: Column, missing: tuple[str, ...]) -> pa.Array:
    """Keys as strings, null where missing: 7.0 and "7" are one key."""
    if pa.types.is_binary(array.type) or pa.types.is_large_binary(array.type):
        return pa.nulls(len(array), pa.string())
    if pa.types.is_floating(array.type) or pa.types.is_dictionary(array.type):
        array = pa.array(typed(pa.chunked_array([array]), column, missing)[0], type=pa.string(), from_pandas=True)
    text = array.cast(pa.string())
    return pc.if_else(pc.is_in(text, pa.array(missing, pa.string())), pa.scalar(None, pa.string()), text)

"""A source index from the raw tables of a contract."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from factory.contract import Contract, IdentifierClass, Role
from factory.core.errors import BrokenFile, TableMissing
from factory.core.files import storage_errors
from factory.scan.index import Asked, SourceIndex

# A column with so few values, in so small a share of its rows, holds kinds of things (`husband`, `friend`), not names.
_FEW_VALUES, _FEW_SHARE = 30, 0.02


def source_index(
    contract: Contract,
    frames: Mapping[str, Any],
    held_keys: tuple[bytes, ...] = (),
    asked: Asked | None = None,
) -> SourceIndex:
    """Index of every identifier, every key with a class, and every date of birth of the raw tables.

    `frames` are frames by table, or what gives columns by name as they do.
    Of what nobody has `asked` nothing is kept, where that was noted.
    Free text is not read: names in it are not known as such. Postal codes are not looked for: many people share one.
    """
    held_back: list[str] = []
    values = _values(contract, frames, held_back)
    made = SourceIndex.build(values, set(_births(contract, frames)), held_keys, (), asked)
    return dataclasses.replace(made, held_back=tuple(held_back))


def _values(
    contract: Contract, frames: Mapping[str, Any], held_back: list[str]
) -> Iterator[tuple[str, IdentifierClass]]:
    for table, column, kind in identifiers(contract):
        if table not in frames or column not in frames[table]:
            held_back.append(f"{table}.{column} (not among the tables given)")
            continue
        present = frames[table][column].dropna().astype(str)
        distinct = present.unique()
        if kind is IdentifierClass.POSTCODE:
            held_back.append(f"{table}.{column} (postal codes name places, not people)")
        elif kind is IdentifierClass.NAME and len(distinct) <= min(_FEW_VALUES, _FEW_SHARE * len(present)):
            held_back.append(f"{table}.{column} ({len(distinct)} values in {len(present):,} rows: a kind, not a name)")
        else:
            yield from ((value, kind) for value in distinct)


def identifiers(contract: Contract) -> Iterator[tuple[str, str, IdentifierClass]]:
    """Table, column and class of each identifier and of each key that has a class."""
    for table, shape in contract.tables.items():
        for name, column in shape.columns.items():
            if column.role in (Role.IDENTIFIER, Role.KEY) and column.identifier is not None:
                yield table, name, column.identifier


def _births(contract: Contract, frames: Mapping[str, Any]) -> Iterator[tuple[int, int, int]]:
    for table, shape in contract.tables.items():
        for name, column in shape.columns.items():
            if column.birth and table in frames and name in frames[table]:
                dates = pd.to_datetime(frames[table][name], errors="coerce").dropna()
                yield from zip(dates.dt.year, dates.dt.month, dates.dt.day, strict=True)


def read_frames(contract: Contract, paths: list[Path]) -> dict[str, pd.DataFrame]:
    """The raw tables of a contract, every cell as text. Raises: TableMissing, StorageError, BrokenFile."""
    frames = {}
    for name, table in contract.tables.items():
        file = _file_of(name, paths)
        with storage_errors(file):
            try:
                if file.suffix == ".parquet":
                    frames[name] = pd.read_parquet(file)
                else:
                    frames[name] = pd.read_csv(file, dtype=str, na_values=list(table.missing), keep_default_na=False)
            except (ValueError, pa.ArrowException):
                raise BrokenFile(f"{file.name} cannot be parsed.", "Export it again.") from None
    return frames


def _file_of(table: str, paths: list[Path]) -> Path:
    for path in paths:
        tried = [path / f"{table}.{suffix}" for suffix in ("parquet", "csv")] if path.is_dir() else [path]
        for file in tried:
            if file.is_file() and file.stem == table:
                return file
    raise TableMissing(f"There is no file of the table {table}.", "Name the folder that holds the raw tables.")

"""A release as others read it: its tables, with what its dictionary says of each column, and dates to count with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from factory.contract import Contract, Kind, as_it_is
from factory.core.errors import BrokenFile, NotReady
from factory.core.files import read_json, storage_errors
from factory.formats import files

_EPOCH = np.datetime64("1970-01-01")


@dataclass(frozen=True)
class Column:
    """One column: its name, its kind, the source's column that it was made of, and whether that is a person's birth."""

    name: str
    kind: Kind
    source: str
    birth: bool = False


@dataclass(frozen=True)
class Table:
    """One released table: rows, columns, key, and the column that points to the key of `parent`."""

    rows: pd.DataFrame
    columns: tuple[Column, ...]
    key: str
    parent: str | None
    link: str | None


@dataclass(frozen=True)
class Released:
    """The tables of a release, parents before children."""

    name: str
    version: str
    title: str
    licensor: str
    tables: dict[str, Table]

    def persons(self, table: str) -> pd.Series:
        """The person's id of each row (same index)."""
        here = self.tables[table]
        if here.parent is None or here.link is None:
            return here.rows[here.key]
        above = self.tables[here.parent]
        owners = pd.Series(self.persons(here.parent).to_numpy(), index=above.rows[above.key].to_numpy())
        return here.rows[here.link].map(owners)

    def first_days(self) -> pd.Series:
        """A calendar day for day 0 of each person (datetime64[s], by person id), which the release does not tell.

        It is the middle of those that put every event into its released year, or, where no day does, of those that
        come nearest: what order and distance events have is as released, their day within the year means nothing.
        """
        seen = [rows for name, table in self.tables.items() for rows in self._seen(name, table)]
        if not seen:
            return pd.Series(dtype="datetime64[s]")
        events = pd.concat(seen)
        year = events["year"].to_numpy("int64")
        day = events["day"].to_numpy("int64")
        bounds = pd.DataFrame({"person": events["person"], "low": _days(year) - day, "high": _days(year + 1) - 1 - day})
        by_person = bounds.groupby("person").agg({"low": "max", "high": "min"})
        middle = (by_person["low"] + by_person["high"]) // 2
        return pd.Series(_EPOCH + middle.to_numpy("timedelta64[D]"), index=middle.index).astype("datetime64[s]")

    def dates(self, table: str, first: pd.Series) -> dict[str, pd.Series]:
        """Dates (same index) by the source's column: as they are, or counted from `first` where released as days."""
        here = self.tables[table]
        if moments := {c.source: here.rows[c.name] for c in here.columns if c.kind is Kind.MOMENT}:
            return moments
        start = self.persons(table).map(first)
        return {
            column.source: start + pd.to_timedelta(here.rows[column.name].astype("Float64"), unit="D")
            for column in here.columns
            if column.kind is Kind.DAY
        }

    def _seen(self, name: str, table: Table) -> Iterator[pd.DataFrame]:
        """Person, year and day of each date of a table."""
        years = {column.source: column.name for column in table.columns if column.kind is Kind.YEAR}
        for column in table.columns:
            if column.kind is Kind.DAY and column.source in years:
                year, day = table.rows[years[column.source]], table.rows[column.name]
                yield pd.DataFrame({"person": self.persons(name), "year": year, "day": day}).dropna()


def of_source(contract: Contract, frames: dict[str, pd.DataFrame]) -> Released:
    """The same of typed source tables, with dates as they are; identifiers and free text are left out."""
    tables = {}
    for name, shape in as_it_is(contract).items():
        columns = tuple(Column(c.name, c.kind, c.source, c.column.birth) for c in shape.columns)
        parent = None if shape.link is None else shape.link.parent_table
        tables[name] = Table(frames[name], columns, shape.key, parent, shape.parent_id)
    return Released(contract.name, "", contract.title, contract.licensor, tables)


def _days(years: Any) -> Any:
    """Days from 1970 to the first of January of each year."""
    starts = (years - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    return (starts - _EPOCH).astype("int64")


def is_released(folder: Path) -> bool:
    """True for a run, its candidate, a bundle's folder or one that was pulled."""
    return _folder(folder) is not None


def read_released(folder: Path) -> Released:
    """The release in a run folder, a candidate, a bundle's folder, or one that was pulled (CSV or Parquet).

    Raises: NotReady when there is none, BrokenFile, StorageError.
    """
    at = _folder(folder)
    if at is None:
        raise NotReady(f"{folder} holds no release.", "Name a run folder, a candidate or a folder that was pulled.")
    about, dictionary = read_json(at / "candidate.json"), read_json(at / "dictionary.json")
    try:
        tables = {name: _table(at / "data", name, said) for name, said in _parents_first(dictionary).items()}
        return Released(about["name"], about["version"], about["title"], about["licensor"], tables)
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError, pa.ArrowException):
        raise BrokenFile(f"{folder} holds a release that is damaged.", "Pull it, or copy the run, again.") from None


def _folder(folder: Path) -> Path | None:
    places = (folder, folder / "release" / "candidate")
    named = ("candidate.json", "dictionary.json")
    return next((place for place in places if all((place / name).is_file() for name in named)), None)


def _parents_first(dictionary: dict[str, Any]) -> dict[str, Any]:
    def height(name: str) -> int:
        parent = dictionary[name]["parent"]
        return 0 if parent is None else 1 + height(parent["table"])

    return dict(sorted(dictionary.items(), key=lambda item: (height(item[0]), item[0])))


def _table(data: Path, name: str, said: dict[str, Any]) -> Table:
    path = files.find(data, name)
    with storage_errors(path):
        rows = pd.read_parquet(path) if path.suffix == ".parquet" else _typed(pd.read_csv(path, dtype=str), said)
    columns = tuple(
        Column(c["name"], Kind(c["kind"]), c["from"], c["kind"] == Kind.BIRTH_YEAR) for c in said["columns"]
    )
    parent = said["parent"] or {"table": None, "column": None}
    return Table(rows, columns, said["key"], parent["table"], parent["column"])


def _typed(rows: pd.DataFrame, said: dict[str, Any]) -> pd.DataFrame:
    """Cells of a CSV file as the numbers that their columns hold."""
    for column in said["columns"]:
        if column["kind"] == Kind.NUMBER.value:
            rows[column["name"]] = pd.to_numeric(rows[column["name"]])
        elif column["kind"] != Kind.CATEGORY.value:
            rows[column["name"]] = pd.to_numeric(rows[column["name"]]).astype("Int64")
    return rows

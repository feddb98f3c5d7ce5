"""One piece of a batch, all tables of some people: what is counted of it, and what is made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from factory.contract import Contract, Kind, ReleasedTable, Role, released
from factory.contract.people import person_keys
from factory.deid import dates
from factory.deid.fitted import Fitted, Pairs, is_listed
from factory.deid.prepare import prepared

Frames = Mapping[str, pd.DataFrame]
_PERSON_BITS = 32


@dataclass(frozen=True)
class Made:
    """A released table, and how many cells of each source column of it differ from the source or are gone."""

    rows: pa.Table
    changed: dict[str, int]


def fitted_columns(contract: Contract) -> list[tuple[str, str]]:
    """Table and source column of each operator that is fitted on all people."""
    return [
        (name, source)
        for name, shape in released(contract).items()
        for source in dict.fromkeys(c.source for c in shape.columns if c.kind not in (Kind.ID, Kind.PARENT_ID))
    ]


def survey(contract: Contract, frames: Frames, first: int) -> Iterator[tuple[str, str, Pairs]]:
    """The distinct pairs of value and person of each fitted column; people are numbered from `first`."""
    owners = _owners(contract, frames, first)
    for table, source in fitted_columns(contract):
        column = contract.tables[table].columns[source]
        values = prepared(frames[table][source], column, contract.policy)
        if is_listed(column):
            codes, labels = pd.factorize(values)
            yield table, source, _distinct(codes, owners[table], tuple(labels))
        else:
            there = values.notna().to_numpy()
            known = values[there].to_numpy(dtype=np.float64 if values.dtype == np.float64 else np.int64)
            codes, numbers = pd.factorize(known)
            pairs = _distinct(codes, owners[table][there])
            yield table, source, Pairs(numbers[pairs.values], pairs.people)


def last_year(contract: Contract, frames: Frames) -> int | None:
    """The last year of a record that is no birth."""
    years = [
        frames[table][name].max().year
        for table, name in _records(contract)
        if len(frames[table]) and frames[table][name].notna().any()
    ]
    return max(years, default=None)


def transform(
    contract: Contract,
    frames: Frames,
    fitted: Callable[[str, str], Fitted],
    ids: Mapping[str, npt.NDArray[np.int64]],
) -> dict[str, Made]:
    """The released tables of the piece; `ids` are the random numbers of its rows, by table."""
    shapes = released(contract)
    owners = _owners(contract, frames, 0)
    first = _first_records(contract, frames, owners)
    return {
        name: _table(contract, shape, frames, fitted, ids, first.reindex(owners[name]))
        for name, shape in shapes.items()
    }


def _table(
    contract: Contract,
    shape: ReleasedTable,
    frames: Frames,
    fitted: Callable[[str, str], Fitted],
    ids: Mapping[str, npt.NDArray[np.int64]],
    first: pd.Series,
) -> Made:
    frame = frames[shape.name]
    columns: dict[str, pd.Series] = {}
    changed: dict[str, int] = {}
    for source, column in contract.tables[shape.name].columns.items():
        targets = {target.kind: target.name for target in shape.columns if target.source == source}
        values = frame[source]
        changed[source] = int(values.notna().sum())
        if Kind.ID in targets or Kind.PARENT_ID in targets:
            of = shape.name if Kind.ID in targets or not shape.link else shape.link.parent_table
            at = pd.Index(frames[of][contract.tables[of].key]).get_indexer(pd.Index(values))
            columns[next(iter(targets.values()))] = pd.Series(ids[of][at], index=frame.index)
            changed[source] = len(values)
        elif targets:
            done = fitted(shape.name, source).over(prepared(values, column, contract.policy))
            for kind, name in targets.items():
                columns[name] = dates.days_since(values, first.set_axis(frame.index)) if kind is Kind.DAY else done
            if column.role is not Role.DATE:
                changed[source] = _differ(done, values)
    return Made(_as_arrow(pd.DataFrame(columns), shape), changed)


def _differ(made: pd.Series, values: pd.Series) -> int:
    return int(((made != values) & values.notna() | (made.isna() & values.notna())).fillna(True).sum())


def _as_arrow(frame: pd.DataFrame, shape: ReleasedTable) -> pa.Table:
    made = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    # A piece in which a category has no value at all has the type that others have.
    texts = {name: pa.string() for name in shape.names(Kind.CATEGORY)}
    return made.cast(pa.schema([field.with_type(texts.get(field.name, field.type)) for field in made.schema]))


def _owners(contract: Contract, frames: Frames, first: int) -> dict[str, npt.NDArray[np.int64]]:
    """The person of each row of the released tables, numbered from `first`; -1 for nobody."""
    keys = pd.Index(frames[contract.person][contract.tables[contract.person].key])
    made = {}
    for name in contract.released_tables():
        number = keys.get_indexer(pd.Index(person_keys(contract, dict(frames), name)))
        made[name] = np.where(number >= 0, number + first, -1)
    return made


def _records(contract: Contract) -> list[tuple[str, str]]:
    """Dates that are no birth, of the released tables."""
    return [
        (table, name)
        for table in contract.released_tables()
        for name in contract.columns_with(table, Role.DATE)
        if not contract.tables[table].columns[name].birth
    ]


def _first_records(contract: Contract, frames: Frames, owners: Mapping[str, npt.NDArray[np.int64]]) -> pd.Series:
    """The first date of each person (index: number in the piece)."""
    seen = [pd.DataFrame({"person": owners[table], "at": frames[table][name]}) for table, name in _records(contract)]
    if not seen:
        return pd.Series(dtype="datetime64[us]")
    return pd.concat(seen).dropna().groupby("person")["at"].min()


def _distinct(codes: npt.NDArray[Any], people: npt.NDArray[np.int64], labels: tuple[str, ...] = ()) -> Pairs:
    there = (codes >= 0) & (people >= 0)
    pairs = pd.unique((codes[there].astype(np.int64) << _PERSON_BITS) | people[there])
    return Pairs(pairs >> _PERSON_BITS, pairs & ((1 << _PERSON_BITS) - 1), labels)

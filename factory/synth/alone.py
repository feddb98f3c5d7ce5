"""Synthesis on its own: one file, a folder of linked tables, or frames, with a contract or with one drafted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pydantic import ValidationError

from factory.contract import Contract, Role, as_it_is
from factory.core.errors import ContractError, DataError, TableMissing
from factory.core.guard import closed
from factory.core.progress import say, step
from factory.core.seeds import derive, fresh_seed
from factory.formats.source import open_source
from factory.intake.draft import drafted, plain_types
from factory.intake.validate import bad_keys, orphans, type_table
from factory.synth.conditions import Condition
from factory.synth.learned import learned
from factory.synth.protocol import Synthesizer, engine

ROW_KEY = "row number"
"""Key of a drafted contract for a table that has none; no file has it, and it is not written."""


@dataclass(frozen=True)
class Source:
    """Tables with the contract they are read by. `left_out` says of each column not drawn why it is not."""

    contract: Contract
    tables: dict[str, pd.DataFrame]
    drafted: bool
    unkeyed: frozenset[str]
    left_out: dict[str, str] = field(default_factory=dict)


def read_source(data: Path | str, contract: Contract | None) -> Source:
    """Tables of an address: a file, a folder, a database, an export. Raises: DataError, ContractError, StorageError."""
    source = open_source(str(data))
    there = source.tables()
    wanted = [name for name in contract.tables if not contract.tables[name].withhold] if contract else there
    # One file may be called as it likes, where one table is asked for.
    names = there if len(there) == 1 and not Path(data).is_dir() else wanted
    if not names:
        raise TableMissing("The source holds no table.", "Name the folder that holds the tables, or a database.")
    missing = {name: contract.tables[name].missing if contract and name in contract.tables else ("",) for name in names}
    return source_of({name: source.read(name, missing[name]) for name in names}, contract)


def source_of(read: Mapping[str, pa.Table], contract: Contract | None) -> Source:
    """Typed tables, in the shape they have, and the contract; a drafted one where none is given.

    Raises: DataError when columns, types, keys or links are not those of the contract; ContractError.
    """
    is_drafted = contract is None
    read = {name: plain_types(table, name) for name, table in read.items()}
    if contract is None:
        contract = _drafted(read)
    elif len(read) == 1 and len(contract.tables) > 1 and set(read) <= set(contract.tables):
        raise ContractError("The contract has several tables and one file was given.", "Name their folder.")
    elif len(read) == 1 and len(contract.tables) == 1:
        read = {next(iter(contract.tables)): next(iter(read.values()))}
    shapes = as_it_is(contract)
    tables: dict[str, pd.DataFrame] = {}
    unkeyed = set()
    for name in shapes:
        table = read[name]
        if contract.tables[name].key == ROW_KEY:
            unkeyed.add(name)
            table = table.append_column(ROW_KEY, pa.array(np.arange(1, len(table) + 1)))
        tables[name], wrong = type_table(table, contract.tables[name], name)
        if wrong := [*wrong, *bad_keys(tables[name], contract.tables[name], name)]:
            raise wrong[0]
    if lost := orphans(contract, tables):
        raise lost[0]
    left = {
        f"{name}.{column}": spec.role.value
        for name in shapes
        for column, spec in contract.tables[name].columns.items()
        if spec.role in (Role.IDENTIFIER, Role.FREE_TEXT)
    }
    return Source(contract, tables, is_drafted, frozenset(unkeyed), left)


def _drafted(read: Mapping[str, pa.Table]) -> Contract:
    taken = next((name for name, table in read.items() if ROW_KEY in table.column_names), None)
    if taken is not None:
        raise DataError(f"{taken} has a column called {ROW_KEY}, a name that is taken.", "Rename it.")
    made = drafted(read, "drafted", ROW_KEY)
    try:
        return Contract.model_validate(_linked_only(made))
    except ValidationError:
        raise ContractError(
            "No contract could be drafted for these tables.", "Write one: docs/contract.md says how."
        ) from None


def _linked_only(made: dict[str, Any]) -> dict[str, Any]:
    """The draft with the tables that hang together with the person table; the others are said, and left out."""
    parents = {link["child"].partition(".")[0]: link["parent"].partition(".")[0] for link in made["relations"]}
    heights: dict[str, str] = {}
    for table in made["tables"]:
        top = table
        while top in parents:
            top = parents[top]
        heights[table] = top
    tops = list(heights.values())
    person = max(dict.fromkeys(tops), key=tops.count)
    for table in [name for name, top in heights.items() if top != person]:
        say(f"note {table} is linked to no row of {person}: it is left out")
        del made["tables"][table]
    kept = [link for link in made["relations"] if link["child"].partition(".")[0] in made["tables"]]
    return {**made, "person": person, "relations": kept}


@closed
def synthesize(
    data: pd.DataFrame | Mapping[str, pd.DataFrame] | Path | str,
    engine_name: str = "auto",
    people: int | None = None,
    seed: int | None = None,
    contract: Contract | None = None,
    conditions: Sequence[Condition] = (),
) -> Any:
    """Synthetic rows for a frame, linked tables by name, a file or a folder, in the shape given.

    `people`: rows of the person table to draw, by default as many as there are. Identifiers and free text are left
    out, keys are fresh. A seed gives the same values again; without one it is a fresh secret. Returns a frame for a
    frame, tables by name for all else. Raises: FactoryError.
    """
    if isinstance(data, (str, Path)):
        source = read_source(Path(data), contract)
    else:
        given = {"rows": data} if isinstance(data, pd.DataFrame) else data
        source = source_of({name: arrow_of(frame, name) for name, frame in given.items()}, contract)
    _, made = draw(source, engine_name, people, fresh_seed() if seed is None else seed, conditions)
    return next(iter(made.values())) if isinstance(data, pd.DataFrame) else made


def draw(
    source: Source, name: str, people: int | None, seed: int, conditions: Sequence[Condition]
) -> tuple[Synthesizer, dict[str, pd.DataFrame]]:
    """The engine fitted on a source, and tables drawn from it without the keys that no file has."""
    fitted = fit(source, name, seed)
    wanted = len(source.tables[source.contract.person]) if people is None else people
    with step(f"draw {wanted:,} people"):
        made = fitted.sample(wanted, derive(seed, "sample"), conditions)
    return fitted, without_row_keys(source, made)


def fit(source: Source, name: str, seed: int) -> Synthesizer:
    """The engine `name` fitted on a source, or on the sample of its people that the policy states."""
    fitted = engine(name)
    tables = learned(source.contract, source.tables, seed)
    people, some = (len(one[source.contract.person]) for one in (source.tables, tables))
    if some < people:
        say(f"note {some:,} of {people:,} people are learned from")
    rows = sum(len(frame) for frame in tables.values())
    with step(f"learn {rows:,} rows of {len(tables)} tables with {name}"):
        fitted.fit(tables, source.contract, derive(seed, "fit"))
    return fitted


def without_row_keys(source: Source, made: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables less the keys that no file has."""
    return {name: frame.drop(columns=ROW_KEY) if name in source.unkeyed else frame for name, frame in made.items()}


def arrow_of(frame: pd.DataFrame, name: str) -> pa.Table:
    """A frame as a file of it would be read. Raises: DataError when its cells are no plain values."""
    named = frame.reset_index(drop=True).rename(columns=str)
    if named.columns.duplicated().any():
        raise DataError(f"{name} has two columns of one name.", "Rename one.")
    try:
        return pa.Table.from_pandas(named, preserve_index=False)
    except pa.ArrowException:
        # A column of mixed types is read as text, as a file's would be.
        text = {c: named[c].map(str, na_action="ignore") for c in named.columns if named[c].dtype == object}
    try:
        return pa.Table.from_pandas(named.assign(**text), preserve_index=False)
    except pa.ArrowException:
        raise DataError(f"{name} has a column whose values are no text, number or time.", "Leave it out.") from None

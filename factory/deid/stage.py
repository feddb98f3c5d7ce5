"""The stage `deid`: from raw tables to de-identified ones in the shape that may be released."""

from __future__ import annotations

import datetime
import shutil
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from factory.contract import Contract, Kind, Role, digest, released
from factory.core.files import pretty_json, storage_errors, write_bytes
from factory.core.spread import ALONE, Spread
from factory.core.tables import DatasetRef, PieceRef, Zone, load_ref, of_pieces
from factory.core.version import code_digest
from factory.deid import by_piece
from factory.deid.decisions import Decision, letters
from factory.deid.fitted import fit, said_of
from factory.deid.piece import fitted_columns, last_year, survey, transform
from factory.deid.row_ids import random_row_ids

_WORK = ".work"


def deidentify(contract: Contract, raw: Path, out: Path, seed: int, spread: Spread = ALONE) -> DatasetRef:
    """De-identify the raw dataset in `raw` and write it to `out` with `deid_decisions.json`, row order kept.

    One piece of people is in memory at a time in each process that `spread` has; its number changes no byte.
    Raises: StorageError when the raw tables are not what intake wrote.
    """
    ref = load_ref(raw)
    work = out / _WORK
    try:
        by_piece.prepare_work(contract, work)
        for number, name in enumerate(contract.released_tables()):
            by_piece.write_ids(work, number, random_row_ids(ref.tables[name].rows, seed, name))
        made = _spread(contract, ref, raw, work, spread)
        tables = {name: _gathered(name, made, work / "made", out) for name in released(contract)}
    finally:
        shutil.rmtree(work, ignore_errors=True)
    changed = {name: sum((Counter(part[name]["changed"]) for part in made), Counter()) for name in made[0]}
    decisions = _decisions(contract, changed, {name: table.rows for name, table in ref.tables.items()})
    parents = tuple(table.digest for table in ref.tables.values())
    made_ref = DatasetRef(Zone.DEIDENTIFIED, tables, digest(contract), parents, code_digest())
    made_ref.save(out)
    write_bytes(out / "deid_decisions.json", pretty_json([decision.as_row() for decision in decisions]))
    return made_ref


def _spread(contract: Contract, ref: DatasetRef, raw: Path, work: Path, spread: Spread) -> list[dict[str, Any]]:
    at = {"raw": str(raw.resolve()), "work": str(work.resolve())}
    pieces = range(ref.pieces)
    last = _last(spread.over(by_piece.count, [{**at, "piece": piece} for piece in pieces]))
    columns = range(len(fitted_columns(contract)))
    asked = {"work": at["work"], "pieces": ref.pieces, "last": last}
    spread.over(by_piece.fit_column, [{**asked, "column": column} for column in columns])
    out = str((work / "made").resolve())
    return spread.over(by_piece.make, [{**at, "out": out, "piece": piece} for piece in pieces])


def _gathered(table: str, made: list[dict[str, Any]], found: Path, out: Path) -> Any:
    """Put the files of a table beside its reference."""
    pieces = [PieceRef(part[table]["digest"], part[table]["rows"]) for part in made]
    with storage_errors(out):
        for piece in pieces:
            path = found / f"{piece.digest}.parquet"
            if path.exists():  # two pieces of like rows are one file
                path.replace(out / path.name)
    return of_pieces(pieces, made[0][table]["columns"])


def deidentify_frames(
    contract: Contract, frames: dict[str, pd.DataFrame], seed: int
) -> tuple[dict[str, pd.DataFrame], list[Decision]]:
    """De-identify raw frames; returns the released shape and one decision a source column."""
    last = _last([last_year(contract, frames)])
    fitted = {
        (table, source): fit(pairs, contract.tables[table].columns[source], contract.policy, last)
        for table, source, pairs in survey(contract, frames, 0)
    }
    ids = {name: random_row_ids(len(frames[name]), seed, name) for name in contract.released_tables()}
    made = transform(contract, frames, lambda table, source: fitted[table, source], ids)
    rows = {name: len(frame) for name, frame in frames.items()}
    decisions = _decisions(contract, {name: done.changed for name, done in made.items()}, rows)
    return {name: made[name].rows.to_pandas() for name in released(contract)}, decisions


def _last(years: list[int | None]) -> int:
    # Without any event the ages that birth years show are today's.
    return max((year for year in years if year is not None), default=datetime.datetime.now(datetime.UTC).year)


def _decisions(contract: Contract, changed: Mapping[str, Mapping[str, int]], rows: Mapping[str, int]) -> list[Decision]:
    return [
        _decision(contract, table, source, changed[table].get(source, 0) if table in changed else 0, rows[table])
        for table, holds in contract.tables.items()
        for source in holds.columns
    ]


def _decision(contract: Contract, table: str, source: str, changed: int, rows: int) -> Decision:
    column = contract.tables[table].columns[source]
    shape = released(contract).get(table)
    if shape is None:
        return _withheld(table, source, column.role, rows)
    targets = [target for target in shape.columns if target.source == source]
    if not targets:
        because = letters(column.identifier) if column.identifier else _BY_DEFAULT
        return Decision(table, source, column.role, "removed", because, (), changed, rows, column.identifier)
    if targets[0].kind in (Kind.ID, Kind.PARENT_ID):
        done, because = "random row id", "45 CFR 164.514(c)(1); WP216 2.2"
    else:
        done, because = said_of(column, changed)
    names = tuple(target.name for target in targets)
    return Decision(table, source, column.role, done, because, names, changed, rows, column.identifier)


_BY_DEFAULT = "free text and unlinked keys do not cross by default"


def _withheld(table: str, column: str, role: Role, rows: int) -> Decision:
    return Decision(table, column, role, "withheld", "the contract keeps this table in the source zone", (), rows, rows)

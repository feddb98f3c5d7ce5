"""The stage `deid`: from raw tables to de-identified ones in the shape that may be released."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from factory.contract import Contract, Kind, ReleasedTable, Role, digest, released
from factory.contract.people import person_keys
from factory.core.files import pretty_json, write_bytes
from factory.core.tables import DatasetRef, Zone, read_dataset, write_dataset
from factory.core.version import code_digest
from factory.deid.columns import Batch, transform
from factory.deid.decisions import Decision, letters
from factory.deid.row_ids import random_row_ids


def deidentify(contract: Contract, raw: Path, out: Path, seed: int) -> DatasetRef:
    """De-identify the raw dataset in `raw` and write it to `out` with `deid_decisions.json`, row order kept.

    Raises: StorageError when the raw tables are not what intake wrote.
    """
    ref, frames = read_dataset(raw)
    made, decisions = deidentify_frames(contract, frames, seed)
    parents = tuple(table.digest for table in ref.tables.values())
    made_ref = write_dataset(made, out, Zone.DEIDENTIFIED, digest(contract), parents, code_digest())
    write_bytes(out / "deid_decisions.json", pretty_json([decision.as_row() for decision in decisions]))
    return made_ref


def deidentify_frames(
    contract: Contract, frames: dict[str, pd.DataFrame], seed: int
) -> tuple[dict[str, pd.DataFrame], list[Decision]]:
    """De-identify raw frames; returns the released shape and one decision a source column."""
    shapes = released(contract)
    ids = {
        name: random_row_ids(frames[name][contract.tables[name].key], seed, name) for name in contract.released_tables()
    }
    batch = _batch(contract, frames)
    made: dict[str, pd.DataFrame] = {}
    decisions: list[Decision] = []
    for name, table in contract.tables.items():
        if name not in shapes:
            decisions += [
                _withheld(name, column, table.columns[column].role, len(frames[name])) for column in table.columns
            ]
            continue
        columns, done = _table(contract, shapes[name], frames[name], ids, batch)
        made[name] = pd.DataFrame(columns)
        decisions += done
    return {name: made[name] for name in shapes}, decisions


def _batch(contract: Contract, frames: dict[str, pd.DataFrame]) -> Batch:
    """What the operators need to know of the whole batch: owners of rows, first records, the last year."""
    owners = {name: person_keys(contract, frames, name) for name in contract.released_tables()}
    seen = []
    for name, owner in owners.items():
        for column in contract.columns_with(name, Role.DATE):
            if not contract.tables[name].columns[column].birth:
                seen.append(pd.DataFrame({"person": owner, "at": frames[name][column]}))
    if not seen:
        return Batch(owners, pd.Series(dtype="datetime64[us]"), None)
    dates = pd.concat(seen).dropna()
    last = int(dates["at"].dt.year.max()) if len(dates) else None
    return Batch(owners, dates.groupby("person")["at"].min(), last)


def _table(
    contract: Contract,
    shape: ReleasedTable,
    frame: pd.DataFrame,
    ids: dict[str, pd.Series],
    batch: Batch,
) -> tuple[dict[str, pd.Series], list[Decision]]:
    columns: dict[str, pd.Series] = {}
    decisions = []
    for source, column in contract.tables[shape.name].columns.items():
        targets = [target for target in shape.columns if target.source == source]
        values = frame[source]
        if not targets:
            decisions.append(_removed(shape.name, source, contract, values))
            continue
        if targets[0].kind in (Kind.ID, Kind.PARENT_ID):
            of = shape.name if targets[0].kind is Kind.ID else (shape.link.parent_table if shape.link else shape.name)
            columns[targets[0].name] = values.map(ids[of]).astype("int64")
            done, because, changed = "random row id", "45 CFR 164.514(c)(1); WP216 2.2", len(values)
        else:
            outcome = transform(values, column, batch, shape.name, contract.policy)
            for target in targets:
                columns[target.name] = outcome.by_kind[target.kind]
            done, because, changed = outcome.operator, outcome.because, outcome.changed
        decisions.append(
            Decision(
                shape.name,
                source,
                column.role,
                done,
                because,
                tuple(t.name for t in targets),
                changed,
                len(values),
                column.identifier,
            )
        )
    return columns, decisions


def _removed(table: str, source: str, contract: Contract, values: pd.Series) -> Decision:
    column = contract.tables[table].columns[source]
    because = letters(column.identifier) if column.identifier else "free text and unlinked keys do not cross by default"
    gone = int(values.notna().sum())
    return Decision(table, source, column.role, "removed", because, (), gone, len(values), column.identifier)


def _withheld(table: str, column: str, role: Role, rows: int) -> Decision:
    return Decision(table, column, role, "withheld", "the contract keeps this table in the source zone", (), rows, rows)

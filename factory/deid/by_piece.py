"""De-identification as work that is spread: counted piece by piece, fitted column by column, made piece by piece.

Each function reads and writes files below the folders it is given and returns digests and counts. What lies in the
folder `work` holds values and the numbers of rows; it is removed when the stage ends.

WORK/contract.json             the contract
WORK/pairs/<column>-<piece>    distinct pairs of a column's values and people
WORK/fitted/<column>.json      the operator of a column
WORK/ids-<table>.npy           the random number of each row of a table
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from factory.contract import Contract
from factory.core.files import atomic_path, canonical_json, read_json, storage_errors, write_bytes
from factory.core.tables import DatasetRef, load_ref, read_piece, write_piece
from factory.deid.fitted import Fitted, Pairs, fit, is_listed
from factory.deid.piece import fitted_columns, last_year, survey, transform


def prepare_work(contract: Contract, work: Path) -> None:
    """Write what all the work needs. Raises: StorageError, DiskFull."""
    with storage_errors(work):
        for folder in (work, work / "pairs", work / "fitted"):
            folder.mkdir(mode=0o700, parents=True)
    # Not canonical: the order of columns is that of the tables.
    write_bytes(work / "contract.json", contract.model_dump_json(by_alias=True).encode())


def write_ids(work: Path, table: int, ids: np.ndarray[Any, Any]) -> None:
    """Write the numbers of a table's rows. Raises: StorageError, DiskFull."""
    with atomic_path(work / f"ids-{table}.npy", mode=0o600) as part, part.open("wb") as handle:
        np.save(handle, ids)


def count(raw: str, work: str, piece: int) -> int | None:
    """Write the pairs of each column of one piece; returns the last year of a record in it."""
    contract, ref = _contract(work), load_ref(Path(raw))
    names = list(contract.released_tables())
    frames = {name: read_piece(Path(raw), ref.tables[name], piece) for name in names}
    first = sum(part.rows for part in ref.tables[contract.person].files[:piece])
    columns = fitted_columns(contract)
    for table, source, pairs in survey(contract, frames, first):
        _write_pairs(Path(work), columns.index((table, source)), piece, pairs)
    return last_year(contract, frames)


def fit_column(work: str, column: int, pieces: int, last: int) -> int:
    """Fit the operator of one column on the pairs of all pieces; returns the column."""
    contract = _contract(work)
    table, source = fitted_columns(contract)[column]
    holds = contract.tables[table].columns[source]
    pairs = _read_pairs(Path(work), column, pieces, is_listed(holds))
    made = fit(pairs, holds, contract.policy, last)
    path = _fitted(Path(work), column)
    part = path.with_suffix(f".{secrets.token_hex(8)}")
    with storage_errors(path):
        part.write_bytes(canonical_json(made.as_json()))
        part.replace(path)
    return column


def make(raw: str, work: str, out: str, piece: int) -> dict[str, Any]:
    """Write the released tables of one piece to `out`; returns each one's digest and rows, and cells changed."""
    contract, ref = _contract(work), load_ref(Path(raw))
    names = list(contract.released_tables())
    frames = {name: read_piece(Path(raw), ref.tables[name], piece) for name in names}
    ids = {name: _ids(Path(work), ref, name, at, piece) for at, name in enumerate(names)}
    columns = fitted_columns(contract)

    def fitted(table: str, source: str) -> Fitted:
        return Fitted.of_json(read_json(_fitted(Path(work), columns.index((table, source)))))

    done = {}
    for name, made in transform(contract, frames, fitted, ids).items():
        written = write_piece(made.rows, Path(out))
        done[name] = {
            "digest": written.digest,
            "rows": written.rows,
            "columns": made.rows.num_columns,
            "changed": made.changed,
        }
    return done


def _contract(work: str) -> Contract:
    return Contract.model_validate(read_json(Path(work) / "contract.json"))


def _fitted(work: Path, column: int) -> Path:
    return work / "fitted" / f"{column}.json"


def _ids(work: Path, ref: DatasetRef, table: str, number: int, piece: int) -> Any:
    """The numbers of the rows of one piece."""
    files = ref.tables[table].files
    start = sum(part.rows for part in files[:piece])
    path = work / f"ids-{number}.npy"
    with storage_errors(path):
        return np.array(np.load(path, mmap_mode="r")[start : start + files[piece].rows])


def _write_pairs(work: Path, column: int, piece: int, pairs: Pairs) -> None:
    values = pa.array(pairs.values)
    if pairs.labels:
        values = pa.DictionaryArray.from_arrays(values.cast(pa.int32()), pa.array(pairs.labels, pa.string()))
    made = pa.table({"value": values, "person": pa.array(pairs.people)})
    path = _pairs(work, column, piece)
    # Whole or not there, but not synced: when the machine falls, the stage begins anew.
    part = path.with_suffix(f".{secrets.token_hex(8)}")
    with storage_errors(path):
        pq.write_table(made, part, compression="lz4")
        part.replace(path)


def _read_pairs(work: Path, column: int, pieces: int, listed: bool) -> Pairs:
    """The pairs of all pieces, in their order; no person is in two of them."""
    paths = [_pairs(work, column, piece) for piece in range(pieces)]
    with storage_errors(work):
        read = [pq.read_table(path, read_dictionary=["value"] if listed else None) for path in paths]
    full = [part for part in read if part.num_rows]
    if not full:
        return Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64))
    # A piece without a value may have its numbers in another type.
    made = pa.concat_tables(full, promote_options="permissive")
    people = made["person"].to_numpy()
    if not listed:
        return Pairs(made["value"].to_numpy(), people)
    values = made["value"].unify_dictionaries().combine_chunks()
    return Pairs(values.indices.to_numpy().astype(np.int64), people, tuple(values.dictionary.to_pylist()))


def _pairs(work: Path, column: int, piece: int) -> Path:
    return work / "pairs" / f"{column}-{piece}.parquet"

"""A licensee's copy of the reviewed tables: the same but for the marks by which a leak is traced to it.

Keys, links, dates, and columns that a rule of the contract ties to others are never touched, so that everything that
held of the reviewed tables by rule holds of every copy. What reviewers signed are the digests of the tables without
marks; the copy's own digests, and those, stand side by side in copy.dsse.json, signed by the release officer.
"""

from __future__ import annotations

import io
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from factory.core.errors import FactoryError, ReviewError, StorageError
from factory.core.files import atomic_path, sha256_bytes, storage_errors
from factory.core.parquet import read_arrow
from factory.release.copied import CROISSANT, METHOD, PREDICATE, Cost, Said, replaced
from factory.release.fingerprint import embed
from factory.release.fingerprint.keys import SECRET_BYTES
from factory.release.fingerprint.trace import FALSE_ACCUSATIONS
from factory.release.statements import Statement, statement
from factory.review.candidate import Candidate

_TIED = ("key", "date")
_IDS = ("id", "parent-id", "ancestor-id")


@dataclass(frozen=True)
class Copy:
    """The files that differ from those reviewed, by path, and what is said of them."""

    files: dict[str, bytes]
    said: Said

    def statement(self) -> Statement:
        """The in-toto Statement on these files."""
        subjects = {path: sha256_bytes(data) for path, data in self.files.items()}
        return statement(subjects, PREDICATE, self.said.model_dump(mode="json"))


def secret_of(path: Path) -> bytes:
    """The secret of a run's marks, made when it is first asked for; who has it can find marks and make them.

    Raises: StorageError when the file is something else, DiskFull.
    """
    if not path.exists():
        with atomic_path(path, 0o600) as part:
            part.write_bytes(secrets.token_bytes(SECRET_BYTES))
    with storage_errors(path):
        data = path.read_bytes()
    if len(data) != SECRET_BYTES:
        raise StorageError(f"{path.name} is not a secret of marks.", "Bring it back from where it is kept twice.")
    return data


def make_copy(folder: Path, candidate: Candidate, secret: bytes, licence: str, terms: str) -> Copy:
    """The copy of the candidate in `folder` for the licence of that id, `terms` being its digest.

    Same arguments, same bytes. Raises: ReviewError when a table is not as reviewed, StorageError.
    """
    paths = candidate.tables()
    reviewed = {name: reviewed_bytes(folder, path, candidate) for name, path in paths.items()}
    before = {name: read_table(data, paths[name]) for name, data in reviewed.items()}
    frames = {name: frame_of(table) for name, table in before.items()}
    made = embed(frames, secret, licence, untouched(folder, candidate, before))
    files = {paths[name]: _written(before[name], made.tables[name], made.cells[name]) for name in paths}
    if CROISSANT in candidate.files:
        pairs = {candidate.files[path].sha256: sha256_bytes(data) for path, data in files.items()}
        files[CROISSANT] = replaced(reviewed_bytes(folder, CROISSANT, candidate), pairs)
    said = Said(
        licence=terms,
        reviewed={path: candidate.files[path].sha256 for path in files},
        rows={name: len(frame) for name, frame in frames.items()},
        marks={name: sum(int(mask.sum()) for mask in made.cells[name].values()) for name in paths},
        cost=cost(frames, made.tables),
        false_accusations=FALSE_ACCUSATIONS,
        method=METHOD,
    )
    return Copy(files, said)


def untouched(folder: Path, candidate: Candidate, tables: Mapping[str, pa.Table]) -> dict[str, set[str]]:
    """Columns that no mark may touch, by table: all but those the dictionary says are free. Raises: ReviewError."""
    known: dict[str, Any] = {}
    if "dictionary.json" in candidate.files:
        known = json.loads(reviewed_bytes(folder, "dictionary.json", candidate))
    kept = {}
    for name, table in tables.items():
        free = {column["name"] for column in known.get(name, {}).get("columns", []) if _is_free(column)}
        kept[name] = {column for column in table.column_names if column not in free}
    return kept


def _is_free(column: Mapping[str, Any]) -> bool:
    return column["role"] not in _TIED and column["kind"] not in _IDS and column.get("bound_by", ["not known"]) == []


def reviewed_bytes(folder: Path, path: str, candidate: Candidate) -> bytes:
    """The bytes of a file as they were reviewed. Raises: ReviewError when they are others, StorageError."""
    with storage_errors(folder / path):
        data = (folder / path).read_bytes()
    if sha256_bytes(data) != candidate.files[path].sha256:
        raise ReviewError(f"{path} was changed after it was reviewed.", "Produce the run again.")
    return data


def read_table(data: bytes, path: str, error: type[FactoryError] = ReviewError) -> pa.Table:
    """A table from the bytes of its Parquet file. Raises: `error`."""
    try:
        return read_arrow(data)
    except (pa.ArrowException, OSError, ValueError):
        raise error(f"{path} cannot be read as a table.") from None


def frame_of(table: pa.Table) -> pd.DataFrame:
    """A table as marks are reckoned on it: whole numbers stay whole where cells are missing."""
    whole = {pa.int8(): pd.Int8Dtype(), pa.int16(): pd.Int16Dtype(), pa.int32(): pd.Int32Dtype()}
    whole |= {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    frame: pd.DataFrame = table.to_pandas(types_mapper=whole.get, strings_to_categorical=False, date_as_object=True)
    return frame


def cost(before: Mapping[str, pd.DataFrame], after: Mapping[str, pd.DataFrame]) -> Cost:
    """What marks move means, spreads and correlations of the tables' numbers by, at most."""
    mean = spread = correlation = 0.0
    for name, frame in before.items():
        one = frame.select_dtypes("number").astype("float64")
        one = one.loc[:, one.std() > 0]
        other = after[name][one.columns].astype("float64")
        if one.empty:
            continue
        deviation = one.std()
        mean = max(mean, float(((other.mean() - one.mean()).abs() / deviation).max()))
        spread = max(spread, float((other.std() / deviation - 1).abs().max()))
        apart = np.nan_to_num((one.corr() - other.corr()).abs().to_numpy())
        correlation = max(correlation, float(apart.max()))
    return Cost(mean=round(mean, 6), spread=round(spread, 6), correlation=round(correlation, 6))


def _written(before: pa.Table, after: pd.DataFrame, cells: Mapping[str, Any]) -> bytes:
    """The table's Parquet file with the marked columns in place of the reviewed ones; all else as it was."""
    table = before
    for column, mask in cells.items():
        if mask.any():
            at = table.schema.get_field_index(column)
            field = table.schema.field(at)
            table = table.set_column(at, field, pa.array(after[column], type=field.type, from_pandas=True))
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()

"""Whose copy a suspect table is: all licences a run was released under are held against it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pc

from factory.core.errors import NotReady, StorageError
from factory.core.files import storage_errors
from factory.core.run import Run
from factory.release.copies import frame_of, read_table, reviewed_bytes, secret_of, untouched
from factory.release.fingerprint import Trace, trace
from factory.review.candidate import load_candidate


def trace_run(run: Run, suspects: Mapping[str, Path]) -> Trace:
    """Hold every licensee's copy of a run against suspect files, given by the name of the table they may be.

    Raises: NotReady when the run was released to nobody, or has no such table, StorageError.
    """
    candidate, _ = load_candidate(run.candidate)
    licences = sorted(path.name for path in run.bundles.iterdir() if path.is_dir()) if run.bundles.is_dir() else []
    if not licences or not run.marks_key.exists():
        raise NotReady("This run was released to nobody.", "Name the run whose licensees are suspected.")
    paths = candidate.tables()
    if unknown := sorted(set(suspects) - set(paths)):
        raise NotReady(f"The run has no table {unknown[0]}.", f"It has: {', '.join(paths)}. Say TABLE=FILE.")
    before = {name: read_table(reviewed_bytes(run.candidate, path, candidate), path) for name, path in paths.items()}
    kept = untouched(run.candidate, candidate, before)
    frames = {name: frame_of(table) for name, table in before.items()}
    return trace(
        frames, {name: read_suspect(path) for name, path in suspects.items()}, secret_of(run.marks_key), licences, kept
    )


def read_suspect(path: Path) -> pd.DataFrame:
    """A suspect file, Parquet or CSV. Raises: StorageError."""
    with storage_errors(path):
        data = path.read_bytes()
    if data[:4] == b"PAR1":
        return frame_of(read_table(data, path.name, StorageError))
    try:
        return frame_of(pc.read_csv(pa.BufferReader(data)))
    except pa.ArrowException:
        raise StorageError(f"{path.name} is neither Parquet nor CSV.", "Give one of the two.") from None

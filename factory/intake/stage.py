"""The stage `intake`: from the hospital's files to raw Parquet tables in the source zone."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from factory.contract import Contract, digest
from factory.core.progress import say
from factory.core.tables import DatasetRef, Zone, write_dataset
from factory.core.version import code_digest
from factory.intake.validate import examine


def intake(contract: Contract, data: str, out: Path) -> DatasetRef:
    """Read, type and check the tables at the address `data`, and write them to `out` as zone *raw*.

    Rows are put in the order of their keys: a database has no order, and that of a file may say when people came.
    So the same rows give the same bytes wherever they are read from.

    Raises: the DataError of the first finding, or a StorageError.
    """
    frames, findings = examine(contract, data)
    fatal = [finding.error for finding in findings if finding.fatal]
    if fatal:
        first, more = fatal[0], len(fatal) - 1
        if not more:
            raise first
        raise type(first)(
            f"{first.message} ({more} more finding{'s' if more > 1 else ''}.)",
            f"{first.fix} All of them: factory contract check CONTRACT --data {data}",
        )
    for finding in findings:
        say(f"note {finding.error.message}")
    frames = {name: _by_key(frame, contract.tables[name].key) for name, frame in frames.items()}
    return write_dataset(frames, out, Zone.RAW, digest(contract), (), code_digest())


def _by_key(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    return frame.sort_values(key, ignore_index=True)

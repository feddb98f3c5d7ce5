"""The three sources as Arrow tables: each a file, a folder, a stage's folder, a frame, or frames by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from factory.contract import Contract
from factory.core.errors import ContractError, FactoryError, TableMissing
from factory.core.files import read_json
from factory.core.tables import read_dataset
from factory.formats.files import split_name
from factory.formats.source import open_source
from factory.synth.alone import arrow_of

Data = pd.DataFrame | Mapping[str, pd.DataFrame] | Path | str
_STAGE = "dataset.json"
_MOST_ENGINES = 20


def tables_of(data: Data, said: str, contract: Contract | None) -> dict[str, pa.Table]:
    """Arrow tables by name; those of the contract, which must all be there, or all where there is no contract.

    `said` is what messages call the source. A single table takes the name of the contract's only one.
    Raises: DataError, ContractError, StorageError.
    """
    if isinstance(data, (str, Path)):
        read = _read(data, said, contract)
    else:
        given = {"rows": data} if isinstance(data, pd.DataFrame) else data
        read = {name: arrow_of(frame, name) for name, frame in given.items()}
    if contract is None:
        return read
    wanted = list(contract.released_tables())
    if len(wanted) == 1 and len(read) == 1:
        return {wanted[0]: next(iter(read.values()))}
    if lost := next((name for name in wanted if name not in read), None):
        raise TableMissing(f"The {said} data lack the table {lost}.", "Give every table of the contract.")
    return {name: read[name] for name in wanted}


def _read(data: Path | str, said: str, contract: Contract | None) -> dict[str, pa.Table]:
    if (Path(data) / _STAGE).is_file():
        _, frames = read_dataset(Path(data))
        return {name: arrow_of(frame, name) for name, frame in frames.items()}
    wanted = None if contract is None else contract.released_tables()
    source = open_source(str(data))
    there = source.tables()
    if not Path(data).is_dir() and len(there) == 1 and wanted is not None and len(wanted) > 1:
        raise ContractError(f"The contract has several tables and the {said} data are one file.", "Name their folder.")
    names = list(_chosen(list(there), wanted))
    if not names:
        raise TableMissing(f"The {said} data hold no table.", f"Name the folder of the {said} tables, or a database.")
    missing = {name: wanted[name].missing if wanted and name in wanted else ("",) for name in names}
    return {name: source.read(name, missing[name]) for name in names}


def _chosen(there: list[str], wanted: Mapping[str, Any] | None) -> Iterable[str]:
    if wanted is None or (len(wanted) == 1 and len(there) == 1):
        return there
    return wanted


def scoreboard_of(data: Data) -> list[dict[str, Any]]:
    """The tournament of engines that `factory synth` wrote beside its tables; empty where there is none to read."""
    if not isinstance(data, (str, Path)):
        return []
    folder = Path(data) if Path(data).is_dir() else Path(data).parent
    for name in ("synth.json", "engine.json"):
        if (folder / name).is_file():
            try:
                found = read_json(folder / name)
            except FactoryError:
                return []
            rows = found.get("scoreboard", []) if isinstance(found, dict) else []
            return [row for row in map(_score, rows if isinstance(rows, list) else []) if row][:_MOST_ENGINES]
    return []


def artefacts_of(data: Data) -> list[Path]:
    """Files beside the synthetic tables: models' metadata, suites, reports, manifests."""
    if not isinstance(data, (str, Path)) or not Path(data).is_dir():
        return []
    return sorted(path for path in Path(data).rglob("*") if path.is_file() and not split_name(path.name)[1])


def _score(row: object) -> dict[str, Any] | None:
    """A row of the scoreboard with nothing in it but a name and two figures."""
    if not isinstance(row, dict) or not isinstance(row.get("engine"), str):
        return None
    figures = {key: row.get(key) for key in ("c2st", "upper")}
    if not all(isinstance(value, (int, float)) and 0 <= value <= 1 for value in figures.values()):
        return None
    return {"engine": row["engine"][:40], **figures, "won": row.get("won") is True}

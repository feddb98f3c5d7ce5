"""Of an earlier run: which person is which row of its de-identified tables, and on which side of its split."""

from __future__ import annotations

import pandas as pd

from factory.contract import load, released
from factory.core.errors import RunError
from factory.core.run import Run
from factory.core.tables import load_ref, read_table

PARTS = ("train", "holdout")


def ids_of(run: Run) -> dict[str, int]:
    """By the digest of a person the row id they got in the run's de-identified tables.

    De-identification keeps the order of the person table, and row ids tell nothing; so the place is what is known.
    Raises: RunError when the run's tables are not of the same people, StorageError.
    """
    contract = load(run.source / "contract.yaml")
    key = released(contract)[contract.person].key
    register = pd.read_parquet(run.stage("batch") / "people.parquet")
    people = register.loc[register["taken"], "person"]
    ids = _table(run, "deid", contract.person)[key]
    if len(ids) != len(people):
        raise RunError(f"The stages of {run.name} are not of the same people.", "Produce it again.")
    return dict(zip(people, ids.astype(int), strict=True))


def sides_of(run: Run) -> dict[str, str]:
    """By the digest of a person `train` or `holdout`; who is beyond the sample that was learned from is in neither.

    Raises: RunError, StorageError.
    """
    contract = load(run.source / "contract.yaml")
    key = released(contract)[contract.person].key
    part_of = {int(row): part for part in PARTS for row in _table(run, f"split/{part}", contract.person)[key]}
    return {person: part_of[row] for person, row in ids_of(run).items() if row in part_of}


def _table(run: Run, stage: str, table: str) -> pd.DataFrame:
    folder = run.source / stage
    return read_table(folder, load_ref(folder).tables[table])

"""Free text of a batch: identifiers replaced, by what the structured record says of each person and by detection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
import pyarrow as pa

from factory.contract import Role
from factory.contract.people import person_keys
from factory.core.progress import step
from factory.core.seeds import derive
from factory.deid.batch.partitions import Source
from factory.deid.batch.plan import Planned, Plans
from factory.deid.batch.setting import Setting
from factory.deid.batch.survey import Survey
from factory.deid.keys import BatchKey
from factory.deid.kinds import ColumnKind
from factory.deid.operators.levelled import Levelled
from factory.deid.profiles import Treatment
from factory.deid.text.spans import PhiClass
from factory.intake.typing import typed

_READ = (Role.KEY, Role.IDENTIFIER, Role.DATE, Role.FREE_TEXT)
GATE = "anonymity of free text is not claimed: it does not cross without a gate of its own"


def redact(setting: Setting, sources: Mapping[str, Source], survey: Survey, plans: Plans, key: BatchKey) -> Plans:
    """The plans, with each column of free text replaced as a whole: a person's documents are read together."""
    texts = [
        (table, name)
        for table, columns in setting.columns.items()
        for name, column in columns.items()
        if column.kind is ColumnKind.TEXT and column.choice.treatment is Treatment.REDACT
    ]
    if not texts:
        return plans
    from factory.deid.text import deidentify_column, known_people

    frames = {table: _frame(setting, table, sources[table]) for table in setting.contract.tables}
    made = {table: dict(columns) for table, columns in plans.items()}
    with step("gather what the record says of each person"):
        known = known_people(setting.contract, frames)
    for table, name in texts:
        owners = person_keys(setting.contract, frames, table)
        with step(f"replace identifiers in {table}.{name}"):
            values, counts = deidentify_column(
                frames[table][name], owners, known, replacement="tag", seed=derive(key.number(), "text", table, name)
            )
        key.used(Treatment.REDACT.value, len(values))
        made[table][name] = _planned(setting, table, name, made[table][name], values, counts)
    return made


def _planned(
    setting: Setting, table: str, name: str, before: Planned, values: pd.Series, counts: Mapping[PhiClass, int]
) -> Planned:
    column = setting.columns[table][name].reading.column
    array = pa.array(values, type=pa.string(), from_pandas=True)
    return replace(
        before,
        operators={column.rename or name: Levelled(array)},
        found={kind.value: count for kind, count in sorted(counts.items())},
        notes=(*before.notes, GATE),
    )


def _frame(setting: Setting, table: str, source: Source) -> pd.DataFrame:
    """What text is searched with and for: keys, identifiers, dates and texts of a table, typed as intake types them."""
    holds = setting.contract.tables[table]
    names = [name for name, column in holds.columns.items() if column.role in _READ and name in source.columns]
    read = pa.Table.from_batches(list(source.partitions(names)))
    made = pd.DataFrame({name: typed(read.column(name), holds.columns[name], holds.missing)[0] for name in names})
    if holds.key not in made:
        made[holds.key] = made.index.astype(str)
    return made

"""De-identification of tables in two passes over partitions: what must be known of the batch, then the cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from factory.core.errors import ColumnMissing, TooFewPeople
from factory.core.progress import step
from factory.deid.batch.k_classes import with_classes
from factory.deid.batch.partitions import Source
from factory.deid.batch.plan import Planned, check_names, plan
from factory.deid.batch.reading import as_text, cells_of, distinct
from factory.deid.batch.setting import ColumnSetting, Setting
from factory.deid.batch.spill import Spill
from factory.deid.batch.survey import TableSurvey, survey
from factory.deid.batch.texts import redact
from factory.deid.batch.workers import Workers
from factory.deid.decisions import Decision
from factory.deid.keys import BatchKey
from factory.deid.kinds import ColumnKind
from factory.deid.operators.base import Cells
from factory.deid.profiles import Treatment

Sink = Callable[[str, pa.RecordBatch], None]
"""Takes the released partitions of each table in order."""


@dataclass
class Tally:
    """Cells changed, by column of one table."""

    changed: dict[str, int] = field(default_factory=dict)

    def add(self, counts: Mapping[str, int]) -> None:
        """Add the counts of one partition."""
        for name, count in counts.items():
            self.changed[name] = self.changed.get(name, 0) + count


def transform(
    setting: Setting,
    sources: Mapping[str, Source],
    key: BatchKey,
    sink: Sink,
    workers: Workers,
    fewest: int = 0,
    work: Path | None = None,
) -> list[Decision]:
    """De-identify every table of the contract into `sink`, row order kept; returns a decision a column.

    `fewest`: people there must be. `work`: folder of the source zone for what must be known of all rows between the
    passes, in files that are gone with the process; by default that of temporary files.

    Raises: the DataError of the first thing that does not hold, ContractError, DiskFull, StorageError.
    """
    check_columns(setting, sources)
    with Spill(work) as spill:
        return _passes(setting, sources, key, sink, workers, fewest, spill)


def _passes(
    setting: Setting,
    sources: Mapping[str, Source],
    key: BatchKey,
    sink: Sink,
    workers: Workers,
    fewest: int,
    spill: Spill,
) -> list[Decision]:
    with step("read the tables and count people behind values"):
        seen = survey(setting, sources, workers, spill)
    if len(seen.people) < fewest:
        raise TooFewPeople(
            f"The batch holds {len(seen.people):,} people and the policy asks for {fewest:,}.",
            "Wait for more people; so few cannot be hidden among each other.",
        )
    plans = with_classes(setting, seen, plan(setting, seen, key))
    plans = redact(setting, sources, seen, plans, key)
    check_names(setting.contract, plans)
    decisions: list[Decision] = []
    for table in setting.contract.tables:
        with step(f"de-identify {table}"):
            tally = _write(setting, table, sources[table], plans[table], seen.tables[table], sink, workers)
        decisions += [
            _decision(setting, table, name, plans[table][name], seen.tables[table], tally)
            for name in setting.columns[table]
            if name in sources[table].columns
        ]
    return decisions


def check_columns(setting: Setting, sources: Mapping[str, Source]) -> None:
    """Raise ColumnMissing for the first column that a file lacks; a key that nobody points to may be left out."""
    for table, columns in setting.columns.items():
        pointed = any(link.parent_table == table for link in setting.contract.relations)
        key = setting.contract.tables[table].key
        absent = [name for name in columns if name not in sources[table].columns and (name != key or pointed)]
        if absent:
            more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
            raise ColumnMissing(
                f"{sources[table].name} lacks the column {absent[0]}{more}.",
                "Export it, or take the column out of the contract.",
            )


def _write(
    setting: Setting,
    table: str,
    source: Source,
    plans: Mapping[str, Planned],
    seen: TableSurvey,
    sink: Sink,
    workers: Workers,
) -> Tally:
    kept = [name for name in setting.columns[table] if plans[name].operators and name in source.columns]
    if not kept:
        # A table of which nothing is left still has its rows.
        kept = [name for name in source.columns if name in setting.columns[table]][:1]
    tally = Tally()

    def numbered() -> Iterator[tuple[int, pa.RecordBatch]]:
        start = 0
        for batch in source.partitions(kept):
            yield start, batch
            start += batch.num_rows

    def work(item: tuple[int, pa.RecordBatch]) -> tuple[pa.RecordBatch, dict[str, int]]:
        start, batch = item
        made: dict[str, pa.Array] = {}
        changed = {}
        for name in kept:
            columns, changed[name] = _column(setting.columns[table][name], plans[name], batch, start, seen)
            made.update(columns)
        return pa.RecordBatch.from_arrays(list(made.values()), names=list(made)), changed

    for made, changed in workers.over(work, numbered()):
        sink(table, made)
        tally.add(changed)
    return tally


def _column(
    column: ColumnSetting, planned: Planned, batch: pa.RecordBatch, start: int, seen: TableSurvey
) -> tuple[dict[str, pa.Array], int]:
    """Released columns of one column of a partition, and how many of its cells they change."""
    reading = column.reading
    array = batch.column(reading.name)
    stop = start + batch.num_rows
    rows = np.arange(start, stop, dtype=np.int32)
    owners = seen.owners.read(start, stop)
    if column.kind in (ColumnKind.KEY, ColumnKind.LINK, ColumnKind.TEXT):
        at = seen.parents.read(start, stop) if column.kind is ColumnKind.LINK else rows
        cells = Cells(at, pd.Series(dtype=object), owners, at)
        original = as_text(array, reading.column, reading.missing)
    elif column.studied:
        read = distinct(array, reading)
        cells = cells_of(read, reading, owners, rows)
        words = pd.api.types.is_bool_dtype(read.values)
        original = _original(cells.values if words else read.values, read.codes)
    else:
        original = as_text(array, reading.column, reading.missing)
        coded = pc.dictionary_encode(original)
        codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        cells = Cells(codes, coded.dictionary.to_pandas(), owners, rows)
    made = {name: operator.apply(cells) for name, operator in planned.operators.items()}
    return made, min((_changed(original, one) for one in made.values()), default=0)


def _original(values: pd.Series, codes: np.ndarray) -> pa.Array:
    return pa.array(values, from_pandas=True).take(pa.array(codes, mask=codes < 0))


def _changed(original: pa.Array, made: pa.Array) -> int:
    """Cells that had a value and now have another, or none."""
    there = len(original) - original.null_count
    if pa.types.is_temporal(original.type):
        if made.type != original.type:
            return there if not pa.types.is_temporal(made.type) else _differ(original.cast(made.type), made)
    elif made.type != original.type:
        original, made = original.cast(pa.string()), made.cast(pa.string())
    return _differ(original, made)


def _differ(original: pa.Array, made: pa.Array) -> int:
    same = int(pc.sum(pc.fill_null(pc.equal(original, made), False)).as_py() or 0)
    return int(len(original) - original.null_count) - same


def _decision(setting: Setting, table: str, name: str, planned: Planned, seen: TableSurvey, tally: Tally) -> Decision:
    column = setting.columns[table][name]
    checks = seen.columns[name].checks
    removed = not planned.operators
    unchanged = not removed and not tally.changed.get(name, 0) and planned.done != Treatment.ROW_ID.value
    identifier = column.reading.column.identifier
    return Decision(
        table,
        name,
        column.reading.column.role,
        "kept" if unchanged and not planned.found else planned.done,
        "" if unchanged and not planned.found else planned.because,
        tuple(planned.operators),
        checks.there if removed else tally.changed.get(name, 0),
        checks.all,
        identifier.value if identifier else None,
        planned.profiles,
        planned.level,
        planned.loss,
        dict(planned.found),
        planned.notes,
    )

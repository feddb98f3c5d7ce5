"""Synthetic tables written as they are drawn: people by the thousand, a row group at a time."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from factory.contract import Contract, Kind, ReleasedTable, digest
from factory.core.files import atomic_folder, check_free, pretty_json, storage_errors, write_bytes
from factory.core.guard import closed
from factory.core.progress import say, step
from factory.core.seeds import derive, fresh_seed
from factory.synth.alone import Source, fit, without_row_keys
from factory.synth.conditions import Condition
from factory.synth.models import check_absent, keep_model, load_model
from factory.synth.protocol import Synthesizer

KEYS = (Kind.ID, Kind.PARENT_ID, Kind.ANCESTOR_ID)


@dataclass(frozen=True)
class Job:
    """What is asked for. `people` None means as many as were learned from; at most `at_once` are held in memory."""

    engine: str
    people: int | None
    seed: int | None
    conditions: tuple[Condition, ...]
    form: str
    at_once: int


@dataclass(frozen=True)
class _Held:
    """What a kept model is: the engine and what is needed to draw from it; none of the tables."""

    fitted: Synthesizer
    source: Source
    people: int


@closed
def synthesize_to(source: Source | None, out: Path, job: Job, keep: Path | None, model: Path | None) -> None:
    """Write each table and `synth.json` into the folder `out`, whole or not at all. Raises: FactoryError."""
    check_free(out)
    if keep is not None:
        check_absent(keep)
    seed = fresh_seed() if job.seed is None else job.seed
    if source is not None:
        _say_left_out(source)
        fitted = fit(source, job.engine, seed)
        bare = dataclasses.replace(source, tables={})
        held = _Held(fitted, bare, len(source.tables[source.contract.person]))
    else:
        held = load_model(Path(str(model)))
    if keep is not None:
        keep_model(held, held.fitted.info.name, keep)
    people = held.people if job.people is None else job.people
    with step(f"draw {people:,} people"), atomic_folder(out) as part:
        rows, redrawn = _write(held, part, job, people, seed)
        write_bytes(part / "synth.json", pretty_json(_report(held, rows, redrawn, job)))
    for name, count in rows.items():
        say(f"{name}: {count:,} rows")
    for name, count in redrawn.items():
        say(f"{count:,} people were drawn again for {name}")


def _say_left_out(source: Source) -> None:
    if source.drafted:
        say("note no contract was given: one was drafted from the data; draft one to a file and correct it with:")
        say("note factory contract draft FILE > contract.yaml")
    for column, role in source.left_out.items():
        say(f"note {column} is left out ({role})")


def _write(held: _Held, part: Path, job: Job, people: int, seed: int) -> tuple[dict[str, int], dict[str, int]]:
    shapes = held.fitted.shapes
    rows = dict.fromkeys(shapes, 0)
    redrawn: Counter[str] = Counter()
    writers: dict[str, Any] = {}
    try:
        for turn, size in enumerate(_pieces(people, job.at_once)):
            made = held.fitted.sample(size, derive(seed, "sample", str(turn)), job.conditions)
            redrawn.update(held.fitted.redrawn)
            shifted = _shifted(made, shapes, held.source.contract, rows)
            for name, frame in without_row_keys(held.source, shifted).items():
                table = pa.Table.from_pandas(_plain(frame), preserve_index=False).replace_schema_metadata(None)
                path = part / f"{name}.{job.form}"
                with storage_errors(path):
                    if name not in writers:
                        writers[name] = _writer(path, table.schema, job.form)
                    writers[name].write_table(table.cast(writers[name].schema) if job.form == "parquet" else table)
                rows[name] += len(frame)
    finally:
        for writer in writers.values():
            writer.close()
    return rows, dict(redrawn)


def _pieces(people: int, at_once: int) -> Iterator[int]:
    for start in range(0, people, at_once):
        yield min(at_once, people - start)


def _writer(path: Path, schema: pa.Schema, form: str) -> Any:
    if form == "csv":
        return pacsv.CSVWriter(path, schema, write_options=pacsv.WriteOptions(quoting_style="needed"))
    return pq.ParquetWriter(path, schema, compression="zstd")


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """All-missing text stays text, so that every piece of a table has one schema."""
    return frame.assign(**{c: frame[c].astype("string") for c in frame.columns if frame[c].dtype == object})


def _shifted(
    made: dict[str, pd.DataFrame], shapes: dict[str, ReleasedTable], contract: Contract, before: dict[str, int]
) -> dict[str, pd.DataFrame]:
    """Keys counted on from those of the pieces before."""
    if not any(before.values()):
        return made
    for name, shape in shapes.items():
        for column in shape.columns:
            if column.kind is Kind.ID:
                made[name][column.name] += before[name]
            elif column.kind is Kind.PARENT_ID and shape.link is not None:
                made[name][column.name] += before[shape.link.parent_table]
            elif column.kind is Kind.ANCESTOR_ID:
                path = contract.person_path(name)
                above = next(up.parent_table for up in path if shapes[up.parent_table].key == column.source)
                made[name][column.name] += before[above]
    return made


def _report(held: _Held, rows: dict[str, int], redrawn: dict[str, int], job: Job) -> dict[str, Any]:
    """What the tables are; the seed is no part of it, because it is a secret of the source zone."""
    return {
        "engine": dataclasses.asdict(held.fitted.info),
        "contract": digest(held.source.contract),
        "drafted": held.source.drafted,
        "rows": rows,
        "redrawn": redrawn,
        "conditions": [f"{c}: {c.share:.2f}" for c in job.conditions],
        "left_out": held.source.left_out,
        "scoreboard": getattr(held.fitted, "scoreboard", []),
    }

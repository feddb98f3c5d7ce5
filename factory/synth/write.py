"""Synthetic tables written as they are drawn: people by the thousand, a row group at a time."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from factory.contract import digest
from factory.core.files import atomic_folder, check_free, pretty_json, storage_errors, write_bytes
from factory.core.guard import closed
from factory.core.progress import say, step
from factory.core.seeds import fresh_seed
from factory.core.spread import Spread
from factory.synth.alone import ROW_KEY, Source, fit
from factory.synth.conditions import Condition
from factory.synth.models import check_absent, keep_model, load_model
from factory.synth.pieces import MOST_AT_ONCE, Drawn, draw_pieces, sizes
from factory.synth.protocol import Synthesizer


@dataclass(frozen=True)
class Job:
    """What is asked for. `people` None means as many as were learned from; at most `at_once` are held in memory by
    each of the `workers`."""

    engine: str
    people: int | None
    seed: int | None
    conditions: tuple[Condition, ...]
    form: str
    at_once: int = MOST_AT_ONCE
    workers: int = 1


@dataclass(frozen=True)
class _Held:
    """What a kept model is: the engine and what is needed to draw from it; none of the tables."""

    fitted: Synthesizer
    source: Source
    people: int
    learned: int


@closed
def synthesize_to(source: Source | None, out: Path, job: Job, keep: Path | None, model: Path | None) -> None:
    """Write each table and `synth.json` into the folder `out`, whole or not at all. Raises: FactoryError."""
    check_free(out)
    if keep is not None:
        check_absent(keep)
    seed = fresh_seed() if job.seed is None else job.seed
    if source is not None:
        _say_left_out(source)
        people_read = len(source.tables[source.contract.person])
        fitted = fit(source, job.engine, seed)
        bare = dataclasses.replace(source, tables={})
        held = _Held(fitted, bare, people_read, min(people_read, source.contract.policy.learned_people))
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
    fitted, rows = held.fitted, {}
    pieces = sizes(people, job.at_once)
    with TemporaryDirectory(prefix=".pieces-", dir=part) as folder:
        spread = Spread(processes=job.workers)
        redrawn = draw_pieces(fitted, pieces, seed, Path(folder), job.conditions, spread)
        drawn = Drawn(Path(folder), len(pieces), held.source.contract, fitted.shapes)
        for name in fitted.shapes:
            path = part / f"{name}.{job.form}"
            lost = [ROW_KEY] if name in held.source.unkeyed else []
            schema = drawn.schema(name)
            schema = pa.schema([field for field in schema if field.name not in lost])
            with storage_errors(path), _writer(path, schema, job.form) as writer:
                for table in drawn.table(name):
                    writer.write_table(table.drop_columns(lost))
            rows[name] = drawn.rows[name]
    return rows, dict(redrawn)


def _writer(path: Path, schema: pa.Schema, form: str) -> Any:
    if form == "csv":
        return pacsv.CSVWriter(path, schema, write_options=pacsv.WriteOptions(quoting_style="needed"))
    return pq.ParquetWriter(path, schema, compression="zstd")


def _report(held: _Held, rows: dict[str, int], redrawn: dict[str, int], job: Job) -> dict[str, Any]:
    """What the tables are; the seed is no part of it, because it is a secret of the source zone."""
    return {
        "engine": dataclasses.asdict(held.fitted.info),
        "contract": digest(held.source.contract),
        "drafted": held.source.drafted,
        "learned": held.learned,
        "rows": rows,
        "redrawn": redrawn,
        "conditions": [f"{c}: {c.share:.2f}" for c in job.conditions],
        "left_out": held.source.left_out,
        "scoreboard": getattr(held.fitted, "scoreboard", []),
    }

"""The stage `synth`: fit an engine on the training people and draw as many new ones as were not held out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from factory.contract import Contract, digest
from factory.core.files import atomic_path, pretty_json, read_json, sha256_file, storage_errors, write_bytes
from factory.core.seeds import derive
from factory.core.spread import ALONE, Spread
from factory.core.tables import DatasetRef, TableRef, Zone, read_dataset, write_dataset
from factory.core.version import code_digest
from factory.synth.pieces import MOST_AT_ONCE, Drawn, draw_pieces, facts_of, sizes
from factory.synth.protocol import engine
from factory.synth.split import PEOPLE


def synthesize(
    contract: Contract,
    split: Path,
    out: Path,
    name: str,
    seed: int,
    spread: Spread = ALONE,
    at_once: int = MOST_AT_ONCE,
) -> DatasetRef:
    """Fit the engine `name` on the training people of `split` and write synthetic people to `out`.

    As many are drawn as were not held out, learned from or beyond the sample: what more rows give away is measured on
    these rows. More than `at_once` are drawn in pieces, shared by the processes of `spread`; the bytes are the same
    however many there are. The fitted model is not kept.
    """
    ref, frames = read_dataset(split / "train")
    synthesizer = engine(name)
    synthesizer.fit(frames, contract, derive(seed, "fit"))
    counts = read_json(split / PEOPLE)
    pieces = sizes(len(frames[contract.person]) + counts["beyond"], at_once)
    parents = tuple(table.digest for table in ref.tables.values())
    del frames
    if len(pieces) == 1:
        made = synthesizer.sample(pieces[0], derive(seed, "sample"))
        made_ref = write_dataset(made, out, Zone.SYNTHETIC, digest(contract), parents, code_digest())
        redrawn = Counter(synthesizer.redrawn)
    else:
        out.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".pieces-", dir=out) as folder:
            redrawn = draw_pieces(synthesizer, pieces, seed, Path(folder), spread=spread)
            drawn = Drawn(Path(folder), len(pieces), contract, synthesizer.shapes)
            tables = {table: _write(drawn.schema(table), drawn.table(table), out) for table in synthesizer.shapes}
        made_ref = DatasetRef(Zone.SYNTHETIC, tables, digest(contract), parents, code_digest())
        made_ref.save(out)
    record = {**asdict(synthesizer.info), **facts_of(synthesizer, redrawn), "beyond": counts["beyond"]}
    write_bytes(out / "engine.json", pretty_json(record))
    return made_ref


def _write(schema: pa.Schema, pieces: Iterable[pa.Table], folder: Path) -> TableRef:
    """A table under its digest, a piece a row group."""
    holding, rows, groups = folder / ".writing.parquet", 0, 0
    with (
        atomic_path(holding) as part,
        storage_errors(folder / "table.parquet"),
        pq.ParquetWriter(part, schema, compression="zstd") as writer,
    ):
        for piece in pieces:
            writer.write_table(piece, row_group_size=max(1, piece.num_rows))
            rows, groups = rows + piece.num_rows, groups + 1
    made = sha256_file(holding)
    with storage_errors(folder):
        holding.replace(folder / f"{made}.parquet")
    return TableRef(made, rows, len(schema), groups=groups)

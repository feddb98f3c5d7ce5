"""`factory deid run`: every table of a contract de-identified, one record a person still, inside the source zone."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from factory.contract import Contract, digest
from factory.core.files import atomic_folder, check_free, sha256_file, storage_errors
from factory.core.guard import closed
from factory.core.progress import say
from factory.core.tables import DatasetRef, TableRef, Zone
from factory.core.version import code_digest
from factory.deid import custody
from factory.deid.batch.engine import transform
from factory.deid.batch.output import TableWriter
from factory.deid.batch.partitions import ParquetSource, source_of
from factory.deid.batch.partitions import Source as Partitions
from factory.deid.batch.setting import setting_of
from factory.deid.batch.workers import Workers
from factory.deid.keys import batch_key
from factory.deid.profiles import profiles_of
from factory.formats.files import SUFFIXES, find
from factory.formats.source import Source, open_source
from factory.formats.stream import pieces


@closed
def deidentify_hospital(
    contract: Contract,
    data: Path | str,
    out: Path,
    profiles: Sequence[str] = (),
    seed: int | None = None,
    *,
    beside: Path | None = None,
    workers: int | None = None,
    audit: Path | None = None,
    who: str = "deid",
) -> DatasetRef:
    """De-identify every table at the address `data` into the folder `out`, withheld tables too, row order kept.

    `data`: a folder of CSV and Parquet files, or whatever `factory.formats.source.open_source` opens.
    `profiles`: by default the regimes of the contract. `seed`: by default a fresh secret; the same seed, code and data
    give the same bytes. `beside`: folder of the hierarchies the contract names. `audit`: the log that gets the receipt
    of the key, by default `out`/audit.jsonl.

    Writes `<digest>.parquet` and `<table>.parquet` (a link to it) for each table, dataset.json, deid_decisions.json,
    key_receipt.json. Raises: DataError, ContractError, OutputExists, RunBusy, StorageError; nothing is left then.
    """
    setting = setting_of(contract, profiles_of(profiles or contract.regimes), beside)
    check_free(out)
    with custody.held(out) as found, atomic_folder(out, 0o700) as part:
        with _tables(contract, data, part) as (sources, files), batch_key(custody.keys_of(out), seed) as key:
            parents = tuple(map(sha256_file, files))
            writers = {name: TableWriter(part / f"{name}.writing", "parquet", name) for name in contract.tables}

            def sink(table: str, batch: pa.RecordBatch) -> None:
                with storage_errors(part):
                    writers[table].write(batch)

            with contextlib.ExitStack() as stack:
                for writer in writers.values():
                    stack.callback(writer.close)
                decisions = transform(
                    setting, sources, key, sink, Workers(workers), contract.policy.fewest_people, part
                )
        refs = {name: _named(part, name, writer) for name, writer in writers.items()}
        ref = DatasetRef(Zone.DEIDENTIFIED, refs, digest(contract), parents, code_digest())
        ref.save(part)
        receipt = {**key.receipt(), "leftover_destroyed": found}
        custody.close(part, decisions, receipt, audit, who)
    if key.seeded:
        say("note who knows or guesses the seed can undo what its key did: leave --seed out in earnest")
    return ref


@contextlib.contextmanager
def _tables(contract: Contract, data: Path | str, beside: Path) -> Iterator[tuple[dict[str, Partitions], list[Path]]]:
    """The tables of an address, and the files that hold them; what had to be copied is gone when the block ends.

    Partitions are read more than once, which a folder's own CSV and Parquet files let anyone do.
    """
    if all(any((Path(data) / f"{name}{suffix}").is_file() for suffix in SUFFIXES) for name in contract.tables):
        files = [find(Path(data), name) for name in contract.tables]
        yield dict(zip(contract.tables, map(source_of, files), strict=True)), files
        return
    source = open_source(str(data))
    with storage_errors(beside), tempfile.TemporaryDirectory(dir=beside) as folder:
        files = [_copied(contract, source, name, Path(folder)) for name in contract.tables]
        copies = zip(contract.tables, files, strict=True)
        yield {name: ParquetSource(file, source.called(name)) for name, file in copies}, files


def _copied(contract: Contract, source: Source, table: str, folder: Path) -> Path:
    """A table of a source as a Parquet file in `folder`."""
    file = folder / f"{table}.parquet"
    with contextlib.ExitStack() as stack:
        writer: pq.ParquetWriter | None = None
        for piece in pieces(source, table, ("",), tuple(contract.tables[table].columns)):
            with storage_errors(file):
                writer = writer or stack.enter_context(pq.ParquetWriter(file, piece.schema))
                writer.write_table(piece)
    return file


def _named(folder: Path, name: str, writer: TableWriter) -> TableRef:
    made = folder / f"{name}.writing"
    with storage_errors(made):
        made.chmod(0o600)
        ref = TableRef(sha256_file(made), writer.rows, writer.columns)
        made.replace(folder / f"{ref.digest}.parquet")
        (folder / f"{name}.parquet").symlink_to(f"{ref.digest}.parquet")
    return ref

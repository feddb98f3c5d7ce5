"""`factory deid run`: every table of a contract de-identified, one record a person still, inside the source zone."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from factory.contract import Contract, digest
from factory.core.files import atomic_folder, check_free, sha256_file, storage_errors
from factory.core.guard import closed
from factory.core.progress import say
from factory.core.tables import DatasetRef, TableRef, Zone
from factory.core.version import code_digest
from factory.deid import custody
from factory.deid.batch.engine import transform
from factory.deid.batch.output import TableWriter
from factory.deid.batch.partitions import source_of
from factory.deid.batch.setting import setting_of
from factory.deid.batch.workers import Workers
from factory.deid.keys import batch_key
from factory.deid.profiles import profiles_of
from factory.formats.files import find


@closed
def deidentify_hospital(
    contract: Contract,
    data: Path,
    out: Path,
    profiles: Sequence[str] = (),
    seed: int | None = None,
    *,
    beside: Path | None = None,
    workers: int | None = None,
    audit: Path | None = None,
    who: str = "deid",
) -> DatasetRef:
    """De-identify every table in `data` into the folder `out`, withheld tables too, row order kept.

    `profiles`: by default the regimes of the contract. `seed`: by default a fresh secret; the same seed, code and data
    give the same bytes. `beside`: folder of the hierarchies the contract names. `audit`: the log that gets the receipt
    of the key, by default `out`/audit.jsonl.

    Writes `<digest>.parquet` and `<table>.parquet` (a link to it) for each table, dataset.json, deid_decisions.json,
    key_receipt.json. Raises: DataError, ContractError, OutputExists, RunBusy, StorageError; nothing is left then.
    """
    setting = setting_of(contract, profiles_of(profiles or contract.regimes), beside)
    check_free(out)
    with custody.held(out) as found, atomic_folder(out, 0o700) as part:
        sources = {name: source_of(find(data, name)) for name in contract.tables}
        parents = tuple(sha256_file(find(data, name)) for name in contract.tables)
        with batch_key(custody.keys_of(out), seed) as key:
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


def _named(folder: Path, name: str, writer: TableWriter) -> TableRef:
    made = folder / f"{name}.writing"
    with storage_errors(made):
        made.chmod(0o600)
        ref = TableRef(sha256_file(made), writer.rows, writer.columns)
        made.replace(folder / f"{ref.digest}.parquet")
        (folder / f"{name}.parquet").symlink_to(f"{ref.digest}.parquet")
    return ref

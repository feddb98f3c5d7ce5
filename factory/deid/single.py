"""`factory deid table`: one table on its own, from a file or a pipe, with a contract or with one drafted from it."""

from __future__ import annotations

import contextlib
import io
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import pandas as pd
import pyarrow as pa
from pydantic import ValidationError

from factory.contract import Contract
from factory.core.errors import ContractError
from factory.core.files import atomic_path, storage_errors
from factory.core.guard import closed
from factory.core.parquet import read_frame
from factory.core.progress import say
from factory.deid.batch.engine import transform
from factory.deid.batch.output import Format, TableWriter, format_of
from factory.deid.batch.partitions import FrameSource, Source, source_of, spooled
from factory.deid.batch.reading import as_text
from factory.deid.batch.setting import setting_of
from factory.deid.batch.workers import Workers
from factory.deid.decisions import Decision
from factory.deid.keys import batch_key
from factory.deid.profiles import profiles_of
from factory.intake.draft import drafted

ROW_KEY = "row number"
"""Key of a drafted contract for a table that has none; no file has it, and nothing is released of it."""


@dataclass(frozen=True)
class Deidentified:
    """What was done to a table: a decision a column, the receipt of the key, and whether the contract was drafted."""

    decisions: tuple[Decision, ...]
    receipt: dict[str, Any]
    drafted: bool


@closed
def deidentify_table(
    source: Path | BinaryIO | pd.DataFrame,
    out: Path | BinaryIO,
    contract: Contract | None = None,
    table: str | None = None,
    profiles: Sequence[str] = (),
    seed: int | None = None,
    *,
    form: Format | None = None,
    beside: Path | None = None,
    workers: int | None = None,
) -> Deidentified:
    """De-identify one table (a file, a stream or a frame) to a file or stream, row order kept, whole or not at all.

    `table`: its name in the contract, by default the file's, or the only one there is. Without a contract one is
    drafted, and each row is a person. With one the rows belong to the people the contract links them to. The key of
    the batch is in memory only. `form`: by default what the name of `out` says, CSV for a stream.

    Raises: DataError, ContractError, StorageError.
    """
    read = _source(source)
    is_drafted = contract is None
    if contract is None:
        contract = _drafted(read)
        say("note no contract was given: one was drafted from the table, and each row is taken for a person;")
        say("note draft one to a file and correct it with: factory contract draft FILE > contract.yaml")
    name = _table_name(contract, table, source)
    part, sources = _alone(contract, name, read)
    setting = setting_of(part, profiles_of(profiles or contract.regimes), beside)
    with _whole(out, form) as (to, form_), batch_key(None, seed) as key:
        writer = TableWriter(to, form_, name)

        def sink(of: str, batch: pa.RecordBatch) -> None:
            if of == name:
                writer.write(batch)

        with contextlib.closing(writer):
            decisions = transform(setting, sources, key, sink, Workers(workers))
    return Deidentified(tuple(one for one in decisions if one.table == name), key.receipt(), is_drafted)


@closed
def deidentify_frame(
    frame: pd.DataFrame,
    contract: Contract | None = None,
    table: str | None = None,
    profiles: Sequence[str] = (),
    seed: int | None = None,
    *,
    beside: Path | None = None,
) -> tuple[pd.DataFrame, Deidentified]:
    """As `deidentify_table`, from a frame to a frame."""
    held = io.BytesIO()
    done = deidentify_table(frame, held, contract, table, profiles, seed, form="parquet", beside=beside, workers=1)
    return read_frame(held.getvalue()), done


def _source(source: Path | BinaryIO | pd.DataFrame) -> Source:
    if isinstance(source, pd.DataFrame):
        return FrameSource(source, "the frame")
    return source_of(source) if isinstance(source, Path) else spooled(source)


def _drafted(source: Source) -> Contract:
    read = pa.Table.from_batches(list(source.partitions(source.columns)))
    try:
        return Contract.model_validate(drafted({"table": read}, "drafted", ROW_KEY))
    except ValidationError:
        raise ContractError(
            f"No contract could be drafted for {source.name}.", "Write one: docs/contract.md says how."
        ) from None


def _table_name(contract: Contract, table: str | None, source: Path | BinaryIO | pd.DataFrame) -> str:
    if table is None and isinstance(source, Path) and source.stem in contract.tables:
        return source.stem
    if table is None and len(contract.tables) == 1:
        return next(iter(contract.tables))
    if table is None:
        raise ContractError("Which table of the contract this is was not said.", "Name it with --table.")
    if table not in contract.tables:
        raise ContractError(f"{table} is not a table of this contract.", "Name one of its tables.")
    return table


def _alone(contract: Contract, name: str, source: Source) -> tuple[Contract, dict[str, Source]]:
    """The contract of one table, and of the keys it points to: rows of one key are then rows of one person."""
    link = contract.parent_of(name)
    if link is None:
        return contract.model_copy(update={**_ALONE, "tables": {name: contract.tables[name]}, "person": name}), {
            name: source
        }
    if link.parent_table != contract.person:
        say(
            f"note {name} is linked to people through {link.parent_table}: rows of one {link.child_column} are a person"
        )
    parent = contract.tables[link.parent_table]
    keys = parent.model_copy(update={"columns": {parent.key: parent.columns[parent.key]}})
    tables = {link.parent_table: keys, name: contract.tables[name]}
    part = contract.model_copy(update={**_ALONE, "tables": tables, "relations": (link,), "person": link.parent_table})
    child = contract.tables[name]
    texts = [
        as_text(batch.column(0), child.columns[link.child_column], child.missing).unique()
        for batch in source.partitions([link.child_column])
    ]
    distinct = pa.chunked_array(texts, pa.string()).unique().drop_null()
    people = FrameSource(pd.DataFrame({parent.key: distinct.to_pandas()}), f"the keys of {link.parent_table}")
    return part, {link.parent_table: people, name: source}


_ALONE: dict[str, Any] = {"relations": (), "rules": (), "tasks": (), "survivals": (), "effects": ()}


@contextlib.contextmanager
def _whole(out: Path | BinaryIO, form: Format | None) -> Iterator[tuple[Path | BinaryIO, Format]]:
    """Where to write so that `out` gets all of the table or nothing of it."""
    if isinstance(out, Path):
        with atomic_path(out, 0o600) as part:
            yield part, form or format_of(out)
        return
    with storage_errors(Path(tempfile.gettempdir())), tempfile.TemporaryFile() as spool:
        yield cast(BinaryIO, _Kept(spool)), form or "csv"
        spool.seek(0)
        shutil.copyfileobj(spool, out)


class _Kept(io.RawIOBase):
    """A stream that Arrow may close without closing what is below."""

    def __init__(self, below: BinaryIO) -> None:
        self._write: Callable[[bytes], int] = below.write

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: Any) -> int:
        """Pass on."""
        return self._write(data)

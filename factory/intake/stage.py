"""The stage `intake`: from the hospital's files to raw Parquet tables in the source zone, in pieces by person."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa

from factory.contract import Contract, digest
from factory.core.errors import FactoryError
from factory.core.progress import say
from factory.core.tables import DatasetRef, TableRef, Zone, of_pieces, write_piece
from factory.core.version import code_digest
from factory.formats import open_source
from factory.formats.source import Source
from factory.formats.stream import pieces
from factory.intake.arrange import Arranger
from factory.intake.rules import broken_in_pieces
from factory.intake.tally import Tally, absent, key_errors, lacks
from factory.intake.validate import few_people, orphan_error

_WORK = ".work"


def intake(contract: Contract, data: str, out: Path) -> DatasetRef:
    """Read, type and check the tables at the address `data`, and write them to `out` as zone *raw*.

    Rows are put in the order of their keys: a database has no order, and that of a file may say when people came.
    So the same rows give the same bytes wherever they are read from. Tables of many rows are written in pieces by
    person, and are never in memory whole, unless the source cannot be read otherwise.

    Raises: the DataError of the first finding, or a StorageError.
    """
    try:
        with Arranger(contract, out / _WORK) as rows:
            if found := _read(contract, open_source(data), rows):
                raise _first(found, data)
            rows.place()
            tables = {table: _write(contract, table, rows, out) for table in contract.tables}
    finally:
        shutil.rmtree(out / _WORK, ignore_errors=True)
    ref = DatasetRef(Zone.RAW, tables, digest(contract), (), code_digest())
    for error in broken_in_pieces(contract, out, ref):
        # Real records break clinical rules now and then: said, counted, and not a reason to stop.
        say(f"note {error.message}")
    ref.save(out)
    return ref


def _read(contract: Contract, source: Source, rows: Arranger) -> list[FactoryError]:
    """Read all tables; what does not hold."""
    found: list[FactoryError] = []
    for table in contract.tables:
        try:
            found += _table(contract, table, source, rows)
        except FactoryError as error:
            rows.drop(table)
            if str(error) not in map(str, found):  # a database that does not answer is one finding
                found.append(error)
    for link in contract.relations:
        if link.child_table in rows.tables and link.parent_table in rows.tables and (lost := rows.lost(link)):
            found.append(orphan_error(link, lost, rows.rows(link.child_table)))
    return found or list(few_people(contract, rows.rows(contract.person)))


def _table(contract: Contract, table: str, source: Source, rows: Arranger) -> list[FactoryError]:
    called, holds = source.called(table), contract.tables[table]
    tally = Tally(holds, called)
    lost: tuple[list[str], list[str]] = ([], [])
    for read in pieces(source, table, holds.missing, tuple(holds.columns)):
        lost = (absent(read.column_names, holds), list(read.column_names))
        if lost[0]:
            tally.rows += read.num_rows
        else:
            made = pa.Table.from_pandas(tally.add(read), schema=rows.schema(table), preserve_index=False)
            rows.add(table, made)
    if lost[0]:
        raise lacks(*lost, called, tally.rows)
    rows.close(table)
    return [*tally.errors(), *key_errors(holds, called, tally.empty_keys, rows.repeated(table))]


def _write(contract: Contract, table: str, rows: Arranger, out: Path) -> TableRef:
    return of_pieces([write_piece(piece, out) for piece in rows.arranged(table)], len(contract.tables[table].columns))


def _first(found: list[FactoryError], data: str) -> FactoryError:
    """The first finding, and how many more there are."""
    first, more = found[0], len(found) - 1
    if not more:
        return first
    return type(first)(
        f"{first.message} ({more} more finding{'s' if more > 1 else ''}.)",
        f"{first.fix} All of them: factory contract check CONTRACT --data {data}",
    )

"""A table a piece at a time, where what it is kept in can be read so; whole where it cannot.

Files of this machine are: Parquet, whole or in parts that are alike, and one file of text in UTF-8. All else is read as
`Source.read` reads it, and is in memory once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import PurePosixPath

import pyarrow as pa
import pyarrow.csv as pacsv

from factory.core.errors import BrokenFile, EmptyTable
from factory.formats import delimited, files
from factory.formats.encoding import CALLED, encoding_of
from factory.formats.folder import Folder
from factory.formats.header import check_header
from factory.formats.packed import packing
from factory.formats.place import Local, shown
from factory.formats.source import Source

ROWS = 1 << 16
"""Rows of a piece, at most, but for text."""
_BLOCK = 1 << 24
"""Bytes of a piece of text."""
_SEPARATORS = {".csv": ",", ".tsv": "\t"}


def pieces(source: Source, table: str, missing: tuple[str, ...], wanted: Sequence[str]) -> Iterator[pa.Table]:
    """The table's rows in order, in one piece or more, each with those of its columns that are `wanted` at least.

    Raises: as `Source.read`.
    """
    at = source.place if isinstance(source, Folder) else None
    names = source.plain_files(table) if isinstance(source, Folder) else ()
    kind = files.split_name(names[0])[1] if names else ""
    if isinstance(at, Local) and kind == ".parquet" and _are_alike(at, names):
        yield from _whole(_parquet(at, names, wanted), source.called(table))
    elif isinstance(at, Local) and kind in _SEPARATORS and len(names) == 1 and _is_utf8(at, names[0]):
        yield from _whole(_text(at, names[0], _SEPARATORS[kind], missing), source.called(table))
    else:
        read = source.read(table, missing)
        for start in range(0, read.num_rows, ROWS):
            yield read.slice(start, ROWS)


def _whole(made: Iterator[pa.Table], called: str) -> Iterator[pa.Table]:
    rows = 0
    for piece in made:
        rows += piece.num_rows
        if piece.num_rows:
            yield piece
    if not rows:
        raise EmptyTable(f"{called} has a header and no rows.", "Export the table again.")


def _are_alike(at: Local, names: Sequence[str]) -> bool:
    """Whether all are Parquet of the same columns; what is broken is said by who reads it whole."""
    if any(files.split_name(name)[1] != ".parquet" or at.size(name) == 0 for name in names):
        return False
    schemas = [files.opened_parquet(at, name).schema_arrow.remove_metadata() for name in names]
    return all(schema.equals(schemas[0]) for schema in schemas)


def _parquet(at: Local, names: Sequence[str], wanted: Sequence[str]) -> Iterator[pa.Table]:
    folded = {column.casefold() for column in wanted}
    for name in names:
        file = files.opened_parquet(at, name)
        # One column at least, so that rows can be counted.
        columns = [column for column in file.schema_arrow.names if column.casefold() in folded]
        columns = columns or file.schema_arrow.names[:1]
        try:
            for batch in file.iter_batches(batch_size=ROWS, columns=columns):
                yield pa.Table.from_batches([batch])
        except (pa.ArrowInvalid, pa.ArrowException, OSError):
            raise files.not_whole(name) from None


def _is_utf8(at: Local, name: str) -> bool:
    if packing(name) or at.size(name) == 0:
        return False
    return CALLED[encoding_of(lambda: at.open(name), shown(name))] == "UTF-8"


def _text(at: Local, name: str, separator: str, missing: tuple[str, ...]) -> Iterator[pa.Table]:
    with closing(at.open(name)) as stream:
        names = delimited.header(stream, "utf-8", separator, shown(name))
    check_header(names, shown(name))
    try:
        reader = pacsv.open_csv(
            str(at.path / PurePosixPath(name)),
            read_options=pacsv.ReadOptions(block_size=_BLOCK),
            parse_options=pacsv.ParseOptions(newlines_in_values=True, delimiter=separator),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=sorted({"", *missing}),
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
        with reader:
            if reader.schema.names != names:
                raise delimited.unparsed(shown(name))
            for batch in reader:
                yield pa.Table.from_batches([batch])
    except (pa.ArrowInvalid, pa.ArrowException):
        raise BrokenFile(
            f"{shown(name)} has rows whose number of fields differs from the header's.",
            "Check quotes, separators and whether the file was cut short.",
        ) from None

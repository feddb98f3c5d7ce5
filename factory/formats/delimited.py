"""Comma- and tab-separated text as Arrow columns of text, compressed or not, in the encodings of clinics."""

from __future__ import annotations

import codecs
import csv
import io
from contextlib import closing
from pathlib import PurePosixPath
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.csv as pacsv

from factory.core.errors import BrokenFile
from factory.core.progress import say
from factory.formats.encoding import CALLED, encoding_of
from factory.formats.header import check_header
from factory.formats.packed import packing, unpacked
from factory.formats.place import Local, Place, shown

_LONGEST_HEADER = 1 << 20
_PIECE = 1 << 22


def read_text(place: Place, name: str, separator: str, missing: tuple[str, ...]) -> pa.Table:
    """All columns as text, `missing` as null, rows in order. An encoding other than UTF-8 is said.

    Raises: WrongEncoding, BrokenFile, StorageError.
    """

    called = shown(name)

    def opened() -> BinaryIO:
        return unpacked(place.open(name), called)

    encoding = encoding_of(opened, called)
    if CALLED[encoding] != "UTF-8":
        say(f"note {called} is read as {CALLED[encoding]}")
    with closing(opened()) as stream:
        names = header(stream, encoding, separator, called)
    check_header(names, called)
    convert = pacsv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        null_values=sorted({"", *missing}),
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
    )
    parse = pacsv.ParseOptions(newlines_in_values=True, delimiter=separator)
    try:
        made = pacsv.read_csv(_plain(place, name, encoding), convert_options=convert, parse_options=parse)
    except (pa.ArrowInvalid, pa.ArrowException):
        raise BrokenFile(
            f"{called} has rows whose number of fields differs from the header's.",
            "Check quotes, separators and whether the file was cut short.",
        ) from None
    if made.column_names != names:
        raise unparsed(called)
    return made


def header(stream: BinaryIO, encoding: str, separator: str, name: str) -> list[str]:
    """Names of the columns: the first line that is not empty."""
    text = codecs.getincrementaldecoder(_without_mark(encoding))().decode(stream.read(_LONGEST_HEADER))
    try:
        return next((row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if row), [])
    except csv.Error:
        raise unparsed(name) from None


def _plain(place: Place, name: str, encoding: str) -> Any:
    """What Arrow reads without calling back into Python, where its own threads could outlive the interpreter."""
    if isinstance(place, Local) and CALLED[encoding] == "UTF-8":
        codec = packing(name)
        path = place.path / PurePosixPath(name)
        return str(path) if codec is None else pa.CompressedInputStream(pa.OSFile(str(path)), codec)
    text = pa.BufferOutputStream()
    decoder = codecs.getincrementaldecoder(_without_mark(encoding))()
    with closing(unpacked(place.open(name), shown(name))) as stream:
        while piece := stream.read(_PIECE):
            text.write(decoder.decode(piece).encode())
    return pa.BufferReader(text.getvalue())


def _without_mark(encoding: str) -> str:
    return "utf-8-sig" if CALLED[encoding] == "UTF-8" else encoding


def unparsed(name: str) -> BrokenFile:
    """What is said of text that is no table."""
    return BrokenFile(f"{name} cannot be parsed as CSV.", "Check quotes and separators.")

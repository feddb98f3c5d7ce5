"""Comma- and tab-separated text as Arrow columns of text, compressed or not, in the encodings of clinics."""

from __future__ import annotations

from contextlib import closing
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.csv as pacsv

from factory.core.errors import BrokenFile
from factory.core.progress import say
from factory.formats.encoding import CALLED, Opened, encoding_of
from factory.formats.header import check_header


def read_text(opened: Opened, name: str, separator: str, missing: tuple[str, ...]) -> pa.Table:
    """All columns as text, `missing` as null, rows in order; `opened` gives the bytes anew, not compressed.

    An encoding other than UTF-8 is said. Raises: WrongEncoding, BrokenFile.
    """
    encoding = encoding_of(opened, name)
    if CALLED.get(encoding) != "UTF-8":
        say(f"note {name} is read as {CALLED[encoding]}")
    parse = pacsv.ParseOptions(newlines_in_values=True, delimiter=separator)
    try:
        with closing(opened()) as stream, pacsv.open_csv(_as_utf8(stream, encoding), parse_options=parse) as head:
            names = head.schema.names
    except (pa.ArrowInvalid, pa.ArrowException):
        raise BrokenFile(f"{name} cannot be parsed as CSV.", "Check quotes and separators.") from None
    check_header(names, name)
    convert = pacsv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        null_values=sorted({"", *missing}),
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
    )
    try:
        with closing(opened()) as stream:
            return pacsv.read_csv(_as_utf8(stream, encoding), convert_options=convert, parse_options=parse)
    except (pa.ArrowInvalid, pa.ArrowException):
        raise BrokenFile(
            f"{name} has rows whose number of fields differs from the header's.",
            "Check quotes, separators and whether the file was cut short.",
        ) from None


def _as_utf8(stream: BinaryIO, encoding: str) -> Any:
    if CALLED[encoding] == "UTF-8":
        return stream  # Arrow skips the mark of UTF-8 itself
    return pa.transcoding_input_stream(pa.PythonFile(stream, mode="r"), encoding, "utf8")

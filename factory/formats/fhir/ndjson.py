"""Lines of NDJSON files, plain or compressed, each one resource; every way one can be bad told apart."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

import pyarrow as pa

from factory.core.errors import BrokenFile, EmptyTable, WrongEncoding
from factory.core.files import storage_errors
from factory.formats.fhir.paths import Json

SUFFIXES = (".ndjson", ".ndjson.gz", ".ndjson.zst")
# A resource of a Bulk Data export is some kilobytes; a line without end is no resource.
LONGEST_LINE = 1 << 26
# Exports shrink to a tenth or a fiftieth. What shrinks to less than this is made to fill memory.
_MOST_EXPANDED = 300
_SMALL = 1 << 28


def is_ndjson(path: Path) -> bool:
    """True for a file whose name says so."""
    return path.name.endswith(SUFFIXES) and path.is_file()


def lines(path: Path) -> Iterator[tuple[int, Json]]:
    """Number and content of each line that holds a resource; lines without anything are passed over.

    Raises: EmptyTable, BrokenFile, WrongEncoding, StorageError.
    """
    count = 0
    with storage_errors(path):
        size = path.stat().st_size
        if size == 0:
            raise EmptyTable(f"{path.name} is empty (0 bytes).", "Export it again, or take it away.")
        read = 0
        with _opened(path) as handle:
            for number, line in _numbered(handle, path):
                read += len(line)
                if read > max(_SMALL, _MOST_EXPANDED * size):
                    raise BrokenFile(
                        f"{path.name} expands to more than {_MOST_EXPANDED} times its size.", "Export it again."
                    )
                if line.strip():
                    count += 1
                    yield number, _resource(line, path, number)
    if not count:
        raise EmptyTable(f"{path.name} holds no resource.", "Export it again, or take it away.")


def type_of(path: Path) -> str:
    """The resource type of a file: its first line's. Raises: as `lines`."""
    for _, resource in lines(path):
        return str(resource["resourceType"])
    raise AssertionError


def _opened(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if path.suffix == ".zst":
        # Arrow's stream reads blocks; lines are the buffer's.
        unpacked = pa.CompressedInputStream(pa.OSFile(str(path), "rb"), "zstd")
        return cast("IO[bytes]", io.BufferedReader(unpacked, 1 << 20))
    return path.open("rb")


def _numbered(handle: IO[bytes], path: Path) -> Iterator[tuple[int, bytes]]:
    number = 0
    while True:
        try:
            line = handle.readline(LONGEST_LINE)
        except gzip.BadGzipFile:
            raise BrokenFile(f"{path.name} is not gzip, as its name says.", "Name it as it is.") from None
        except (EOFError, zlib.error):
            raise BrokenFile(f"{path.name} is cut short or damaged.", "Copy or export it again.") from None
        except OSError as error:
            if error.errno is not None:
                raise
            raise BrokenFile(f"{path.name} is no whole zstd file.", "Copy or export it again.") from None
        if not line:
            return
        number += 1
        if len(line) == LONGEST_LINE:
            raise BrokenFile(f"{path.name}, line {number}: the line is longer than any resource.", "Export it again.")
        yield number, line


def _resource(line: bytes, path: Path, number: int) -> Json:
    try:
        made = json.loads(line.decode("utf-8"), parse_constant=_no_number)
    except UnicodeDecodeError:
        raise WrongEncoding(f"{path.name}, line {number} is not UTF-8.", "FHIR is UTF-8; export it again.") from None
    except (ValueError, RecursionError):
        raise BrokenFile(
            f"{path.name}, line {number} is not JSON.", "Each line is one whole resource; export it again."
        ) from None
    if not isinstance(made, dict) or not isinstance(made.get("resourceType"), str):
        raise BrokenFile(
            f"{path.name}, line {number} is no FHIR resource: it has no resourceType.",
            "Each line is one resource of a Bulk Data export.",
        )
    return made


def _no_number(_: str) -> None:
    raise ValueError("NaN and Infinity are not JSON")

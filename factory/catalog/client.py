"""Taking the tables out of a bundle; nothing is read before everything is verified."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from factory.core.errors import BundleInvalid, StorageError
from factory.core.files import atomic_folder, check_free
from factory.release.contents import Contents
from factory.release.offer import LICENCE, LICENCE_ODRL, LICENCE_SIGNED, LICENCE_TEXTS
from factory.release.verify import Verified, verify
from factory.review.candidate import Candidate

if TYPE_CHECKING:
    import pandas as pd

Format = Literal["parquet", "csv"]


def pull(bundle: Path, trust: Path, out: Path, fmt: Format = "parquet", now: dt.datetime | None = None) -> Verified:
    """Verify a bundle, then write its tables, documents and licence into `out`, all of them or nothing.

    In CSV an empty cell is a missing value, and an empty text is two quotes.

    Raises: BundleInvalid, LicenceError, KeyInvalid, OutputExists when `out` holds something, StorageError,
    DiskFull.
    """
    verified = verify(bundle, trust, now)
    if bundle.is_dir() and out.resolve().is_relative_to(bundle.resolve()):
        raise StorageError(f"{out} lies in the bundle, which would not be valid then.", "Name another folder.")
    take_out(verified.contents, verified.candidate, out, fmt)
    return verified


def take_out(contents: Contents, candidate: Candidate, out: Path, fmt: Format = "parquet") -> None:
    """Write what a licensee needs of a bundle that was verified, all of it or nothing.

    Raises: BundleInvalid, OutputExists when `out` holds something, StorageError, DiskFull.
    """
    check_free(out)
    tables = set(candidate.tables().values())
    with atomic_folder(out) as folder:
        for path in sorted({*candidate.files, LICENCE, LICENCE_ODRL, LICENCE_SIGNED, *LICENCE_TEXTS.values()}):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if fmt == "csv" and path in tables:
                _write_csv(contents, path, target.with_suffix(".csv"))
            else:
                with target.open("wb") as handle:
                    contents.copy(path, handle)


def load(bundle: Path, trust: Path, now: dt.datetime | None = None) -> dict[str, pd.DataFrame]:
    """Verify a bundle and return its tables by name.

    Raises: BundleInvalid, LicenceError, KeyInvalid, StorageError.
    """
    import pyarrow as pa

    from factory.core.parquet import read_frame

    verified = verify(bundle, trust, now)
    frames = {}
    for name, path in verified.candidate.tables().items():
        try:
            frames[name] = read_frame(verified.contents.whole(path))
        except (pa.ArrowException, OSError, ValueError):
            raise _not_a_table(path) from None
    return frames


def _write_csv(contents: Contents, path: str, target: Path) -> None:
    """A table as CSV, a row group at a time, from a checked copy of the Parquet file."""
    import pyarrow as pa

    copy = target.with_suffix(".part")
    try:
        with copy.open("w+b") as handle:
            contents.copy(path, handle)
            handle.seek(0)
            _convert(handle, target)
    except pa.ArrowException:
        raise _not_a_table(path) from None
    finally:
        copy.unlink(missing_ok=True)


def _convert(source: BinaryIO, target: Path) -> None:
    import pyarrow.csv as pc
    import pyarrow.parquet as pq

    table = pq.ParquetFile(source, pre_buffer=False)
    with pc.CSVWriter(str(target), table.schema_arrow) as out:
        for batch in table.iter_batches(use_threads=False):
            out.write_batch(batch)


def _not_a_table(path: str) -> BundleInvalid:
    return BundleInvalid(f"{path} is as it was sealed, but cannot be read as a table.", "Tell the licensor.")

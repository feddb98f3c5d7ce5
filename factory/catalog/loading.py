"""`factory.load`: a licensed data set by its name, as pandas, Arrow or DuckDB."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, Literal

from factory.core.errors import BundleInvalid, NotReady, StorageError

As = Literal["pandas", "arrow", "duckdb"]


def load(
    name: str, table: str | None = None, *, as_: As = "pandas", trust: Path | str | None = None, purpose: str = ""
) -> Any:
    """The tables of a licensed data set.

    `name` is what you signed in for with `factory login`, as `sample-hospital` or `sample-hospital@1.2.0`; or a path of
    a bundle, and then `trust` names the people.yaml with the keys you trust. It is pulled once, proven before its first
    use and kept by digest. With `table` one table is returned, else a dictionary of all by name: a `pandas.DataFrame`,
    a `pyarrow.Table`, or with `duckdb` a relation over the file, which reads what a query needs.
    `purpose` is a label of GA4GH's DUO that the licence must grant. What has to be said, as a licence that ends soon,
    is a `UserWarning`.

    Raises: NotReady, TokenRefused, Revoked, LicenceExpired, LicenceError, WrongPurpose, BundleInvalid, KeyInvalid,
    CatalogueUnreachable, StorageError, DiskFull.
    """
    if as_ not in ("pandas", "arrow", "duckdb"):
        raise NotReady("Tables come as pandas, arrow or duckdb.", 'Say as_="pandas".')
    paths, notes = _paths(name, trust, purpose)
    for note in notes:
        warnings.warn(note, UserWarning, stacklevel=2)
    if table is None:
        return {each: _read(path, as_) for each, path in paths.items()}
    if table not in paths:
        raise NotReady("The data set has no such table.", f"It has: {', '.join(paths)}.")
    return _read(paths[table], as_)


def _paths(name: str, trust: Path | str | None, purpose: str) -> tuple[dict[str, Path], tuple[str, ...]]:
    from factory.catalog import cache
    from factory.catalog.config import access

    if trust is None:
        base, _, version = str(name).partition("@")
        bundle = cache.pulled(access(base), base, version, purpose)
        return cache.tables(bundle), bundle.notes
    return cache.tables(cache.local(Path(name), Path(trust))), ()


def _read(path: Path, as_: As) -> Any:
    import pyarrow as pa

    from factory.core.parquet import read_arrow, read_frame

    try:
        match as_:
            case "pandas":
                return read_frame(path)
            case "arrow":
                return read_arrow(path)
            case _:
                return _duckdb().read_parquet(str(path))
    except (pa.ArrowException, OSError, ValueError):
        raise BundleInvalid(
            f"{path.name} is as it was sealed, but cannot be read as a table.", "Tell the licensor."
        ) from None


def _duckdb() -> Any:
    try:
        import duckdb
    except ImportError:
        raise StorageError("DuckDB is not installed.", "pip install duckdb") from None
    return duckdb

"""Tables kept in ways that are no plain CSV or Parquet file."""

import sqlite3

import pandas as pd
import pytest

KINDS = ("xlsx", "sqlite", "gz", "big5")


def written(kind, tables, folder):
    """The tables kept in some way; the address to name."""
    folder.mkdir()
    if kind == "xlsx":
        pytest.importorskip("openpyxl", reason="the extra excel is not installed")
        with pd.ExcelWriter(folder / "ward.xlsx") as book:
            for name, frame in tables.items():
                frame.astype("string").to_excel(book, sheet_name=name, index=False)
        return str(folder / "ward.xlsx")
    if kind == "sqlite":
        with sqlite3.connect(folder / "ward.db") as database:
            for name, frame in tables.items():
                frame.astype("string").astype(object).to_sql(name, database, index=False)
        database.close()
        return f"sqlite:///{folder / 'ward.db'}"
    for name, frame in tables.items():
        if kind == "gz":
            frame.to_csv(folder / f"{name}.csv.gz", index=False, compression={"method": "gzip", "mtime": 0})
        else:
            frame.to_csv(folder / f"{name}.csv", index=False, encoding="big5")
    return str(folder)

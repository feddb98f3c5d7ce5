"""A Parquet file read by the thread that asks, and by no other.

Arrow's own threads let go of Python's objects a little after the answer is there. A program that ends right then, as a
short script that loads a table does, is aborted in one run of some twenty to seventy ("terminate called without an
active exception", apache/arrow#34314), though all that it did was right.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq


def read_arrow(source: Path | bytes) -> pa.Table:
    """The table of a file, or of a file's bytes. Raises: ArrowException, OSError, ValueError."""
    held = pa.BufferReader(source) if isinstance(source, bytes) else source
    with pq.ParquetFile(held, pre_buffer=False) as file:
        return file.read(use_threads=False)


def read_frame(source: Path | bytes) -> pd.DataFrame:
    """The same as pandas. Raises: ArrowException, OSError, ValueError."""
    return cast("pd.DataFrame", read_arrow(source).to_pandas(use_threads=False))

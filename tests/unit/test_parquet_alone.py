"""Tables that short scripts load are read without Arrow's threads, which may outlive such a script and abort it."""

import subprocess
import sys

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from factory.core.parquet import read_arrow, read_frame

COUNTED = """
import os, sys
from pathlib import Path
import pandas as pd, pyarrow.parquet
from factory.core.parquet import read_arrow, read_frame
from factory.catalog.loading import _read
path = Path(sys.argv[1])
before = len(os.listdir("/proc/self/task"))
{read}
print(len(os.listdir("/proc/self/task")) - before)
"""


@pytest.fixture
def table(tmp_path):
    frame = pd.DataFrame({"n": range(9000), "word": ["a", None, "b"] * 3000, "seen": pd.Timestamp("2020-01-01")})
    frame.to_parquet(tmp_path / "some.parquet", row_group_size=1000)
    return tmp_path / "some.parquet"


def _threads_started(table, read):
    """Exit code, and threads there were more than before."""
    said = subprocess.run(
        [sys.executable, "-c", COUNTED.format(read=read), table],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return said.returncode, int(said.stdout)


@pytest.mark.parametrize(
    "read", ["read_frame(path)", "read_arrow(path)", "read_frame(path.read_bytes())", "_read(path, 'pandas')"]
)
def test_no_thread_is_started(table, read):
    assert _threads_started(table, read) == (0, 0)


def test_and_as_pandas_reads_some_are(table):
    # How it ends is left to chance, which is why it is not read so.
    assert _threads_started(table, "pd.read_parquet(path)")[1] > 0


def test_what_is_read_is_the_same(table):
    assert_frame_equal(read_frame(table), pd.read_parquet(table))
    assert read_arrow(table).equals(read_arrow(table.read_bytes()))

"""What must be known of all rows lies on disk: memory is that of a partition, and how it is pieced changes no byte."""

import errno
import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from deid_tables import hospital

from factory.contract import load
from factory.core.errors import DiskFull, DuplicateKey
from factory.deid import deidentify_hospital
from factory.deid.batch import buckets, entries, measured, quasi, spill
from factory.deid.batch.key_index import KeyIndex
from factory.deid.batch.measured import Measured
from factory.deid.batch.spill import Spill
from factory.deid.custody import keys_of
from factory.deid.operators import aggregate, row_id, shift

SH, ED, GDPR = "hipaa-safe-harbor", "hipaa-expert-determination", "gdpr-anonymous"
MOST_GROWTH = 1.5
"""Times the memory that four times the rows may take, pieces being equal; it was 2.2 and 2.8 with all rows held. It
does not follow the rows alone: at 4, 8, 16, 32 and 64 thousand people it was 2.7, 4.0, 3.7, 3.7 and 2.9 MB."""
MEASURE = """
import json, sys, tracemalloc
from pathlib import Path
import pyarrow as pa
from factory.contract import load
from factory.deid import hospital
from factory.deid.batch import buckets, entries, measured, partitions, quasi, spill
from factory.deid.operators import aggregate, row_id, shift
data, profiles = Path(sys.argv[1]), sys.argv[2:]
partitions._ROWS = 1 << 11
for module in (buckets, entries, measured, quasi, spill, aggregate, row_id, shift):
    module.PIECE = 1 << 11
measured._SAMPLE = 1 << 11
contract = load(data / "contract.yaml")
# Once before, so that what is imported and kept for good on the way is no part of what is measured.
hospital.deidentify_hospital(contract, data, data / "before", profiles, 1, workers=1)
passes = hospital.transform
def traced(*asked):
    tracemalloc.start()
    return passes(*asked)
hospital.transform = traced
hospital.deidentify_hospital(contract, data, data / "out", profiles, 1, workers=1)
# What NumPy and Python held at most, and what Arrow did: the resident set has too much of the allocators in it.
print(json.dumps([tracemalloc.get_traced_memory()[1], pa.default_memory_pool().max_memory()]))
"""


@pytest.fixture
def small_pieces(monkeypatch):
    for module in (buckets, entries, measured, quasi, spill, aggregate, row_id, shift):
        monkeypatch.setattr(module, "PIECE", 128)
    monkeypatch.setattr(aggregate, "_POOLS", 4)
    monkeypatch.setattr(spill, "_SMALL", 0)
    monkeypatch.setattr(spill, "_PROBES", 16)


def _as_parquet(data, people):
    hospital(data, people, 5 * people)
    # Not CSV, of which Arrow reads ahead as much as time allows.
    for path in data.glob("*.csv"):
        pd.read_csv(path, dtype=str).to_parquet(path.with_suffix(".parquet"), row_group_size=1 << 11)
        path.unlink()


def _bytes(data, out, profiles):
    deidentify_hospital(load(data / "contract.yaml"), data, out, profiles, 1)
    return {path.name: path.read_bytes() for path in [*out.glob("*.parquet"), out / "deid_decisions.json"]}


@pytest.mark.parametrize("profiles", [(SH,), (ED,), (SH, GDPR)])
def test_how_much_is_in_memory_at_once_changes_no_byte(profiles, tmp_path, request):
    hospital(tmp_path / "data", 400, 1500)
    whole = _bytes(tmp_path / "data", tmp_path / "whole", profiles)
    request.getfixturevalue("small_pieces")
    assert _bytes(tmp_path / "data", tmp_path / "pieces", profiles) == whole


@pytest.mark.parametrize("profiles", [(SH,), (SH, GDPR)])
def test_four_times_the_rows_take_no_more_memory(profiles, tmp_path):
    peaks = []
    for people in (4_000, 16_000):
        data = tmp_path / str(people)
        _as_parquet(data, people)
        words = [sys.executable, "-c", MEASURE, str(data), *profiles]
        done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=True)
        peaks.append(json.loads(done.stdout))
    for few, many in zip(*peaks, strict=True):
        assert many < MOST_GROWTH * few, peaks


def test_arrays_on_disk_have_no_name_and_are_gone_when_closed(tmp_path):
    with Spill(tmp_path) as made:
        held = made.array(np.int32)
        held.append(np.arange(1000))
        assert held.take(np.array([999, 0, 999])).tolist() == [999, 0, 999]
        assert not list(tmp_path.iterdir())
        number = held._file.fileno()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)


def test_a_full_disk_between_the_passes_is_said_and_leaves_nothing(tmp_path, monkeypatch):
    hospital(tmp_path / "data")
    left = 20_000

    def put(handle, view, at):
        nonlocal left
        left -= len(view)
        if left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return written(handle, view, at)

    written = os.pwrite
    monkeypatch.setattr(spill.os, "pwrite", put)
    with pytest.raises(DiskFull, match="The disk is full"):
        deidentify_hospital(load(tmp_path / "data" / "contract.yaml"), tmp_path / "data", tmp_path / "out", (GDPR,), 1)
    assert not keys_of(tmp_path / "out").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize("alike", [False, True])
def test_links_find_their_rows_even_where_hashes_are_alike(alike, small_pieces, monkeypatch):
    keys = [f"K{i % 997}é{i}" for i in range(1000)]
    honest = KeyIndex._hashes
    if alike:
        monkeypatch.setattr(KeyIndex, "_hashes", lambda self, k: (honest(self, k)[0] % 7, honest(self, k)[1]))
    with Spill() as made:
        index = KeyIndex(made)
        for start in range(0, 1000, 130):
            index.add(pa.array(keys[start : start + 130]))
        index.finish()
        index.check("id", "table")
        asked = ["nobody", *keys[::-3], None, keys[0]]
        place = {key: at for at, key in enumerate(keys)}
        assert index.rows_of(pa.array(asked)).tolist() == [place.get(key, -1) for key in asked]


@pytest.mark.parametrize(
    ("keys", "words"), [(["a", "b", "a", "a"], "not unique in 2 rows"), (["a", None], "empty in 1")]
)
def test_keys_that_are_missing_or_given_twice(keys, words):
    with Spill() as made:
        index = KeyIndex(made)
        index.add(pa.array(keys))
        index.finish()
        with pytest.raises(DuplicateKey, match=words):
            index.check("id", "table")


def test_a_pool_larger_than_memory_has_the_mean_of_one_in_memory(small_pieces):
    rng = np.random.default_rng(1)
    values = np.where(rng.random(3000) < 0.6, 0.1, rng.normal(size=3000).round(3))
    people = rng.integers(0, 500, 3000).astype(np.int32)
    with Spill() as made:
        held = Measured(made)
        for start in range(0, 3000, 700):
            held.add("lab", values[start : start + 700], people[start : start + 700])
        pools = aggregate.pools_of(held, "lab", 11)
        starts, means = pools.starts.read(0, pools.last), pools.means.read(0, pools.last)
    ordered = np.sort(values)
    at = np.searchsorted(ordered, starts)
    assert at[0] == 0
    assert (np.diff(at) >= 11).all()
    sums = np.add.reduceat(ordered, at)
    assert (means == sums / np.diff([*at, 3000])).all()
    assert np.diff(at).max() > 1000

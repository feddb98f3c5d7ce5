"""Tables in a store that speaks S3: read as those of a folder, and no key in any message."""

from __future__ import annotations

import gzip
import io

import pandas as pd
import pytest
import s3fs
from s3 import KEY, SECRET, s3_store

from factory.cli.main import main
from factory.formats import open_source
from factory.line.produce import prepare
from factory.line.stages import run_stage

BUCKET = "hospital-export"


@pytest.fixture(scope="module")
def bucket(hospital):
    """The simulated hospital's tables: one in Parquet, one compressed, one in parts."""
    with s3_store(BUCKET) as server:
        fs = s3fs.S3FileSystem(skip_instance_cache=True)
        fs.pipe_file(f"{BUCKET}/2024/notes.csv.gz", gzip.compress((hospital / "notes.csv").read_bytes()))
        first, *rows = (hospital / "encounters.csv").read_text().splitlines(keepends=True)
        for number in range(2):
            part = first + "".join(rows[number::2])
            fs.pipe_file(f"{BUCKET}/2024/encounters/part-{number}.csv", part.encode())
        columns = io.BytesIO()
        pd.read_csv(hospital / "patients.csv", dtype=str).to_parquet(columns)
        fs.pipe_file(f"{BUCKET}/2024/patients.parquet", columns.getvalue())
        fs.pipe_file(f"{BUCKET}/2024/runs/first/run.json", b"{}")
        fs.pipe_file(f"{BUCKET}/2024/runs/first/release/admissions.csv", b"a\n1\n")
        yield server


def test_an_object_store_is_read_like_the_folder_it_was_copied_from(bucket, hospital, tmp_path):
    source = open_source(f"s3://{BUCKET}/2024")
    assert source.tables() == ("encounters", "notes", "patients")
    assert source.digests(source.tables()) is None
    made = []
    for name, address in (("folder", str(hospital)), ("store", f"s3://{BUCKET}/2024/")):
        run = prepare(hospital / "contract.yaml", address, tmp_path / name, "auto", 3, "producer", None)
        run_stage(run.root, "intake")
        made.append((run.stage("intake") / "dataset.json").read_bytes())
    assert made[0] == made[1]


def test_a_store_that_cannot_be_read_is_one_sentence_without_its_keys(bucket, tmp_path, monkeypatch, capsys):
    out = str(tmp_path / "out")
    assert main(["convert", f"s3://{BUCKET}/2024/nothing", out, "--tables", "patients"]) == 11
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    s3fs.S3FileSystem.clear_instance_cache()
    assert main(["convert", f"s3://{BUCKET}/2024", out]) == 20
    said = capsys.readouterr().err
    assert "storage at s3://… cannot be read" in said
    assert not [word for word in (KEY, SECRET, bucket.url, "Traceback") if word in said]
    assert not (tmp_path / "out").exists()
    s3fs.S3FileSystem.clear_instance_cache()

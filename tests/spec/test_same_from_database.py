"""The same rows give the same bytes wherever they are kept, and what is no file is read once a run."""

from __future__ import annotations

import json
import os
import random
import sqlite3

import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
import yaml

from factory.core.errors import StorageError
from factory.core.files import sha256_file
from factory.line.produce import prepare
from factory.line.stages import run_stage


def key(name):
    return {"role": "key", "type": "string", "as": name}


def clinical(kind):
    return {"role": "clinical", "type": kind}


DATE = {"role": "date", "type": "datetime"}
CONTRACT = {
    "contract": 1,
    "name": "mimic-demo",
    "title": "MIMIC-III demo",
    "licensor": "MIT Laboratory for Computational Physiology",
    "person": "patients",
    "tables": {
        "patients": {
            "key": "subject_id",
            "columns": {
                "subject_id": key("patient"),
                "gender": {"role": "quasi-identifier", "type": "category"},
                "dob": {**DATE, "birth": True},
                "expire_flag": clinical("category"),
            },
        },
        "admissions": {
            "key": "hadm_id",
            "columns": {
                "hadm_id": key("admission"),
                "subject_id": key("patient"),
                "admittime": DATE,
                "dischtime": DATE,
                "admission_type": clinical("category"),
                "ethnicity": {"role": "quasi-identifier", "type": "category"},
            },
        },
        "icustays": {
            "key": "icustay_id",
            "columns": {
                "icustay_id": key("stay"),
                "hadm_id": key("admission"),
                "first_careunit": clinical("category"),
                "intime": DATE,
                "outtime": DATE,
                "los": clinical("number"),
            },
        },
        "diagnoses_icd": {
            "key": "row_id",
            "columns": {
                "row_id": key("diagnosis"),
                "hadm_id": key("admission"),
                "seq_num": clinical("integer"),
                "icd9_code": clinical("category"),
            },
        },
    },
    "relations": [
        {"child": "admissions.subject_id", "parent": "patients.subject_id"},
        {"child": "icustays.hadm_id", "parent": "admissions.hadm_id"},
        {"child": "diagnoses_icd.hadm_id", "parent": "admissions.hadm_id"},
    ],
}


@pytest.fixture(scope="module")
def mimic(cluster, factory_data):
    """Its tables in a PostgreSQL, rows in an order of chance and without keys; the folder and the address."""
    name = f"mimic_{os.getpid()}"
    with psycopg.connect(host=str(cluster), user="factory", dbname="postgres", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    with psycopg.connect(host=str(cluster), user="factory", dbname=name) as owner:
        for table in CONTRACT["tables"]:
            _load(owner, table, pq.read_table(factory_data / "mimic-iii-demo" / f"{table}.parquet"))
    yield factory_data / "mimic-iii-demo", f"postgresql://factory@/{name}?host={cluster}"
    with psycopg.connect(host=str(cluster), user="factory", dbname="postgres", autocommit=True) as admin:
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _load(owner, table, read):
    kinds = {
        "int32": "integer",
        "double": "double precision",
        "large_string": "text",
        "timestamp[us, tz=UTC]": "timestamptz",
    }
    columns = ", ".join(f'"{field.name}" {kinds[str(field.type)]}' for field in read.schema)
    owner.execute(f"CREATE TABLE {table} ({columns})")
    rows = list(zip(*(column.to_pylist() for column in read.columns), strict=True))
    random.Random(1).shuffle(rows)
    with owner.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def test_mimic_from_postgresql_is_mimic_from_parquet_to_the_byte(mimic, tmp_path):
    """Up to the synthetic tables; what comes after reads these stages and nothing else."""
    contract = tmp_path / "contract.yaml"
    contract.write_text(yaml.safe_dump(CONTRACT))
    made = []
    for name, address in zip(("parquet", "postgresql"), map(str, mimic), strict=True):
        run = prepare(contract, address, tmp_path / name / "run", "trees", 3, "producer", None)
        for stage in ("intake", "batch", "deid", "split", "synth"):
            run_stage(run.root, stage)
        synthetic = json.loads((run.stage("synth") / "dataset.json").read_text())["tables"]
        assert set(synthetic) == set(CONTRACT["tables"])
        made.append(
            {
                path.relative_to(run.source).as_posix(): sha256_file(path)
                for path in sorted(run.source.rglob("*"))
                if path.is_file()
                and path.name not in ("request.json", "stage.json", "timings.jsonl", "batch.id")
                # Each run has a register of its own here, whose key is drawn; what is learned does not depend on it.
                and path.parent.name != "batch"
            }
        )
    assert made[0] == made[1]


FORMS = {
    "parquet": lambda read, folder, table: pq.write_table(read, folder / f"{table}.parquet"),
    "parts": lambda read, folder, table: _parts(read, folder / table),
    "gzip": lambda read, folder, table: read.to_pandas().to_csv(folder / f"{table}.csv.gz", index=False),
    "zstd": lambda read, folder, table: (folder / f"{table}.csv.zst").write_bytes(
        pa.compress(read.to_pandas().to_csv(index=False).encode(), codec="zstd", asbytes=True)
    ),
    "tsv": lambda read, folder, table: read.to_pandas().to_csv(folder / f"{table}.tsv", index=False, sep="\t"),
    "utf-16": lambda read, folder, table: read.to_pandas().to_csv(
        folder / f"{table}.csv", index=False, encoding="utf-16"
    ),
    "gb18030": lambda read, folder, table: read.to_pandas().to_csv(
        folder / f"{table}.csv", index=False, encoding="gb18030"
    ),
    "excel": lambda read, folder, table: read.to_pandas().to_excel(folder / f"{table}.xlsx", index=False),
    "sqlite": lambda read, folder, table: _sqlite(read.to_pandas(), folder / "all.db", table),
}


def _parts(read, folder):
    folder.mkdir()
    backwards = read.take(list(range(read.num_rows - 1, -1, -1)))
    for number in range(3):
        third = backwards.slice(number * (read.num_rows // 3), read.num_rows // 3 if number < 2 else None)
        pq.write_table(third, folder / f"part-{number}.parquet")


def _sqlite(frame, path, table):
    with sqlite3.connect(path) as connection:
        frame.to_sql(table, connection, index=False)
    connection.close()


@pytest.mark.parametrize("form", FORMS)
def test_the_hospitals_tables_are_the_same_in_every_form(form, hospital, tmp_path, capsys):
    folder = tmp_path / "data"
    folder.mkdir()
    tables = ("patients", "encounters", "notes")
    for table in tables:
        read = pacsv.read_csv(
            hospital / f"{table}.csv",
            parse_options=pacsv.ParseOptions(newlines_in_values=True),
            convert_options=pacsv.ConvertOptions(column_types=_as_text(hospital / f"{table}.csv")),
        )
        FORMS[form](read, folder, table)
    address = f"sqlite:///{folder / 'all.db'}" if form == "sqlite" else str(folder)
    made = []
    for name, data in (("csv", str(hospital)), (form, address)):
        run = prepare(hospital / "contract.yaml", data, tmp_path / name / "run", "auto", 3, "producer", None)
        run_stage(run.root, "intake")
        made.append(json.loads((run.stage("intake") / "dataset.json").read_text())["tables"])
    assert made[0] == made[1]


def _as_text(path):
    return dict.fromkeys(pd.read_csv(path, nrows=0).columns, "string")


def test_what_is_no_file_is_read_once_a_run(hospital, tmp_path, capsys):
    path = tmp_path / "all.db"
    for table in ("patients", "encounters", "notes"):
        _sqlite(pd.read_csv(hospital / f"{table}.csv", dtype=str), path, table)
    root, address = tmp_path / "run", f"sqlite:///{path}"
    contract = hospital / "contract.yaml"
    prepare(contract, address, root, "auto", 3, "producer", None)
    made = run_stage(root, "intake")
    assert json.loads((root / "source" / "request.json").read_text())["data"] == address
    path.rename(tmp_path / "gone.db")
    prepare(contract, address, root, "auto", 3, "producer", None)
    assert run_stage(root, "intake") == made
    assert "skip read and check" in capsys.readouterr().err
    # At another address something else may be: it is read anew.
    prepare(contract, f"sqlite:///{tmp_path / 'elsewhere.db'}", root, "auto", 3, "producer", None)
    with pytest.raises(StorageError, match="no SQLite file"):
        run_stage(root, "intake")

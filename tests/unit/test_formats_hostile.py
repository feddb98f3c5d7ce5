"""Sources made to lead astray: names that are paths, values in the place of names, files that reading would change."""

import json
import signal
import sqlite3
import subprocess
import sys
import time

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import run_factory
from fhir_resources import export, small
from fhir_resources import read as read_resources
from omop_tables import cdm, written

from factory.core.errors import BrokenFile, StorageError
from factory.formats import open_source
from factory.formats.address import check_no_password
from factory.formats.convert import convert
from factory.formats.folder import Folder
from factory.formats.header import check_header

SECRET = "Zyxwvut-Secret"


def test_the_value_of_a_partition_is_in_its_rows_and_in_no_message(tmp_path):
    for value in (SECRET, f"{SECRET}-2"):
        part = tmp_path / "in" / "visits" / f"name={value}"
        part.mkdir(parents=True)
        pq.write_table(pa.table({"id": ["1"]}), part / "part-0.parquet")
    source = Folder(tmp_path / "in")
    assert source.read("visits", ("",))["name"].to_pylist() == [f"{SECRET}-2", SECRET]
    assert SECRET not in source.called("visits")
    digests = source.digests(("visits",))
    assert list(digests) == ["visits/name=…/part-0.parquet"]
    (tmp_path / "in" / "visits" / f"name={SECRET}").rename(tmp_path / "in" / "visits" / f"name={SECRET}-0")
    assert Folder(tmp_path / "in").digests(("visits",)) != digests
    for damage in (b"", b"not Parquet at all", b"PAR1"):
        (tmp_path / "in" / "visits" / f"name={SECRET}-2" / "part-0.parquet").write_bytes(damage)
        done = run_factory("contract", "draft", tmp_path / "in")
        assert done.returncode in (16, 18) and "name=…" in done.stderr and SECRET not in done.stderr + done.stdout
    (tmp_path / "in" / "visits" / f"name={SECRET}-2" / "part-0.parquet").unlink()
    (tmp_path / "in" / "visits" / f"name={SECRET}-2" / "part-0.csv").write_bytes(
        "姓名,病\n".encode("gb18030") * 9 + b"1,2,3\n"
    )
    done = run_factory("contract", "draft", tmp_path / "in")
    assert done.returncode in (10, 17, 18) and SECRET not in done.stderr + done.stdout


@pytest.mark.parametrize("name", ["../outside", "a/b", "a\\b", ".hidden", "a\x00b", "x" * 300])
@pytest.mark.parametrize("to", ["csv", "parquet"])
def test_a_table_whose_name_is_a_path_is_refused_and_writes_nothing(tmp_path, name, to):
    class Named:
        format = "made up"

        def tables(self):
            return (name,)

        def called(self, table):
            return "it"

        def read(self, table, missing):
            return pa.table({"a": [1]})

        def digests(self, tables):
            return None

    with pytest.raises(BrokenFile, match="name that no file can have"):
        convert(Named(), tmp_path / "in" / "out", to)
    assert not list(tmp_path.rglob("*.csv")) and not list(tmp_path.rglob("*.parquet"))


def test_lists_do_not_go_to_csv(tmp_path):
    pq.write_table(pa.table({"a": [[SECRET]]}), tmp_path / "t.parquet")
    done = run_factory("convert", tmp_path / "t.parquet", tmp_path / "out", "--to", "csv")
    assert done.returncode == 18 and "CSV cannot hold" in done.stderr and SECRET not in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.binary(3)])
def test_bytes_are_no_column_of_a_draft(tmp_path, kind):
    pq.write_table(pa.table({"id": ["1", "2"], "b": pa.array([b"abc", b"xyz"], kind)}), tmp_path / "t.parquet")
    done = run_factory("contract", "draft", tmp_path / "t.parquet")
    assert done.returncode == 10 and "no plain values" in done.stderr and done.stdout == ""


def _wal(path):
    """A database in WAL mode that its program closed well."""
    with sqlite3.connect(path) as made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("CREATE TABLE t (id TEXT PRIMARY KEY, v INTEGER)")
        made.executemany("INSERT INTO t VALUES (?, ?)", [(str(n), n) for n in range(30)])
    made.close()


def test_nothing_is_written_beside_a_sqlite_file_in_wal_mode(tmp_path):
    _wal(tmp_path / "h.db")
    assert [path.name for path in tmp_path.iterdir()] == ["h.db"]
    source = open_source(f"sqlite:///{tmp_path / 'h.db'}")
    assert source.read("t", ("",)).num_rows == 30
    assert [path.name for path in tmp_path.iterdir()] == ["h.db"]


def test_a_sqlite_file_whose_log_nobody_has_open_is_refused_rather_than_read_in_part(tmp_path):
    _wal(tmp_path / "h.db")
    busy = sqlite3.connect(tmp_path / "h.db")
    busy.execute("INSERT INTO t VALUES ('99', 99)")
    busy.commit()
    copied = tmp_path / "copied"
    copied.mkdir()
    for name in ("h.db", "h.db-wal"):
        (copied / name).write_bytes((tmp_path / name).read_bytes())
    assert open_source(f"sqlite:///{tmp_path / 'h.db'}").read("t", ("",)).num_rows == 31
    busy.close()
    with pytest.raises(StorageError, match="was not closed"):
        open_source(f"sqlite:///{copied / 'h.db'}").read("t", ("",))
    assert sorted(path.name for path in copied.iterdir()) == ["h.db", "h.db-wal"]


def test_the_doctor_makes_no_store_and_leaves_nothing_in_one(tmp_path):
    store = tmp_path / "room.db"
    done = run_factory("doctor", "--store", f"sqlite:///{store}")
    assert "can be made" in done.stdout and not store.exists()
    sqlite3.connect(store).execute("CREATE TABLE mine (a)")
    done = run_factory("doctor", "--store", f"sqlite:///{store}")
    assert "tables can be made" in done.stdout
    assert [name for (name,) in sqlite3.connect(store).execute("SELECT name FROM sqlite_master")] == ["mine"]
    done = run_factory("doctor", "--store", "postgresql://h:notaport/d")
    assert "not one of a database" in done.stdout and done.returncode != 70


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql:u:{SECRET}@h/d",
        f"postgresql://u:{SECRET}@h/d",
        f"s3://bucket/x?X-Amz-Signature={SECRET}",
        f"abfs://c@a/x?sig={SECRET}",
        f"s3://bucket/x?aws_secret_access_key={SECRET}",
        f"s3://bucket/x?X-Amz-Credential={SECRET}",
        f"omop:postgresql://u:{SECRET}@h/d",
    ],
)
def test_an_address_with_a_secret_is_refused_without_saying_it(address, tmp_path):
    with pytest.raises(StorageError) as error:
        check_no_password(address)
    assert SECRET not in str(error.value)
    done = run_factory("convert", address, tmp_path / "out")
    assert done.returncode == 20 and SECRET not in done.stderr


@pytest.mark.parametrize(
    "address", ["postgresql://reader@h/d?schema=emr", "s3://bucket/a", "omop:cdm", "omop:/a/b@c", "/a:b"]
)
def test_an_address_without_one_is_none(address):
    check_no_password(address)


@pytest.mark.parametrize("cell", ["9123 4567", "9123-4567", "01/02/1980", "1.2.80", "36.6", "-4.25", "1980-02-01"])
def test_a_header_like_a_cell_is_refused_by_its_place(cell):
    with pytest.raises(BrokenFile, match="column 2") as error:
        check_header(["a", cell], "x.csv")
    assert cell not in str(error.value)


def test_ordinary_names_of_columns_pass():
    check_header(["date of birth", "ICD-10", "24h urine", "血压(mmHg)", "v1.2", "HbA1c %", "1st visit", "0"], "x.csv")


def test_members_that_are_not_fhirs_are_not_repeated(tmp_path, capsys):
    files = small()
    files["Patient"][0][SECRET.replace("-", "")] = {"given": 1}
    files["Encounter"][0][SECRET.replace("-", "")] = "x"
    files["Encounter"][1]["subject"] = {"reference": "Patient/p1", SECRET.replace("-", ""): "x"}
    open_source(str(export(tmp_path / "in", files))).tables()
    said = capsys.readouterr().err
    assert "?.given 1" in said and "subject.? 1" in said and "Zyxwvut" not in said


@pytest.mark.parametrize(
    "value", [10**30, 10**400, "\ud800", float("nan"), [[]]], ids=["too large", "endless", "half a pair", "NaN", "list"]
)
@pytest.mark.parametrize("kind", ["Observation", "Patient"])
def test_values_that_no_column_holds_are_one_sentence(tmp_path, value, kind):
    files = small()
    if kind == "Observation":
        files[kind][0]["valueQuantity"] = {"value": value}
        files[kind][0].pop("component", None)
    else:
        files[kind][0]["gender"] = value
    folder = export(tmp_path / "in", small())
    (folder / f"{kind}.ndjson").write_text("\n".join(json.dumps(one) for one in files[kind]) + "\n")
    done = run_factory("contract", "draft", folder)
    assert done.returncode == 18 and done.stderr.startswith("factory: ") and done.stdout == "", done.stderr


def _zoned():
    return pa.array([0], pa.timestamp("us", tz="Nowhere/Odd"))


@pytest.mark.parametrize(
    ("table", "column", "values"),
    [
        ("person", "year_of_birth", pa.array([[1980], [1990]])),
        ("person", "gender_concept_id", pa.array([2**64 - 1, 1], pa.uint64())),
        ("person", "person_source_value", pa.array([[SECRET], [SECRET]])),
        ("person", "person_source_value", pa.array([b"\xff\xfe", b"x"], pa.binary())),
        ("death", "death_date", _zoned()),
    ],
)
def test_omop_columns_of_odd_types_are_one_sentence(tmp_path, table, column, values):
    folder = written(tmp_path / "cdm")
    path = folder / f"{table}.parquet"
    rows = pq.read_table(path).slice(0, len(values))
    at = rows.column_names.index(column)
    pq.write_table(rows.set_column(at, column, values), path)
    done = run_factory("contract", "draft", f"omop:{folder}")
    assert done.returncode == 13 and SECRET not in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_columns_that_omop_does_not_know_are_counted_and_not_named(tmp_path):
    tables = cdm()
    tables["death"] |= {SECRET: [1] * len(next(iter(tables["death"].values())))}
    done = run_factory("contract", "draft", f"omop:{written(tmp_path / 'cdm', tables)}")
    assert done.returncode == 0 and "1 columns that OMOP does not know" in done.stderr and SECRET not in done.stderr


def _release(folder):
    (folder / "data").mkdir(parents=True)
    pd.DataFrame({"id": [1, 2], "sex": ["F", "M"]}).to_csv(folder / "data" / "people.csv", index=False)
    columns = [{"name": "id", "kind": "id", "from": "id"}, {"name": "sex", "kind": "category", "from": "sex"}]
    about = {"name": "x", "version": "1", "title": "X", "licensor": "Y"}
    (folder / "candidate.json").write_text(json.dumps(about))
    said = {"people": {"key": "id", "parent": None, "columns": columns}}
    (folder / "dictionary.json").write_text(json.dumps(said))
    return said


def test_a_damaged_release_is_one_sentence(tmp_path):
    said = _release(tmp_path / "whole")
    assert run_factory("convert", tmp_path / "whole", tmp_path / "out").returncode == 0
    for number, damage in enumerate(
        [
            {"people": {**said["people"], "columns": [{"name": "id"}]}},
            {"people": {**said["people"], "columns": [{"name": "id", "kind": SECRET, "from": "id"}]}},
            {"people": {**said["people"], "parent": {"table": "people", "column": "id"}}},
            {"people": {**said["people"], "columns": [{"name": "sex", "kind": "integer", "from": "sex"}]}},
            [],
        ]
    ):
        _release(tmp_path / str(number))
        (tmp_path / str(number) / "dictionary.json").write_text(json.dumps(damage))
        done = run_factory("convert", tmp_path / str(number), tmp_path / f"out{number}", "--to", "parquet")
        assert done.returncode == 18 and "damaged" in done.stderr and SECRET not in done.stderr, (number, done.stderr)


def test_a_run_whose_state_is_damaged_is_one_sentence(tmp_path):
    (tmp_path / "run").mkdir()
    for text in ("[]", "{}", '"x"', "nonsense"):
        (tmp_path / "run" / "run.json").write_text(text)
        done = run_factory("runs", tmp_path)
        assert done.returncode in (20, 30) and "Traceback" not in done.stderr, (text, done.stderr)
    (tmp_path / "run" / "run.json").write_text('{"state": "produced"}')
    (tmp_path / "run" / "source").mkdir()
    bad = {
        "stage": "synth",
        "began": "x",
        "outcome": "done",
        "wall_s": "x",
        "cpu_s": 1,
        "peak_bytes": 1,
        "peak_of": "x",
    }
    (tmp_path / "run" / "source" / "timings.jsonl").write_bytes(
        b"\xff\xfe\n" + json.dumps(bad).encode() + b"\n{}\n[]\n"
    )
    assert run_factory("runs", tmp_path).returncode == 0


def test_a_conversion_ended_from_outside_leaves_nothing(tmp_path):
    rows = pa.table({"id": [str(n) for n in range(200_000)]})
    for table in range(40):
        (tmp_path / "in").mkdir(exist_ok=True)
        pq.write_table(rows, tmp_path / "in" / f"t{table:02}.parquet")
    command = [sys.executable, "-m", "factory.cli", "convert", tmp_path / "in", tmp_path / "out", "--to", "csv"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    for _ in range(600):
        if list(tmp_path.glob(".part-*/*.csv")):
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 143 and b"ended from outside" in said
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_resources_are_read_back_as_they_are(tmp_path):
    """The guard against values that cannot be kept refuses none of an ordinary export."""
    folder = export(tmp_path / "in", small())
    convert(open_source(str(folder)), tmp_path / "out", "fhir")
    assert set(read_resources(tmp_path / "out")) == {one["resourceType"] for many in small().values() for one in many}

"""Tables of PostgreSQL, SQLite and DuckDB: exact, of one moment, never written."""

from __future__ import annotations

import datetime as dt
import decimal
import os
import sqlite3

import duckdb
import psycopg
import pyarrow as pa
import pytest
import sqlalchemy as sa

from factory.core.errors import BrokenFile, EmptyTable, StorageError, TableMissing
from factory.formats import database, open_source

KINDS = """
CREATE TABLE kinds (
  id bigint PRIMARY KEY, small smallint, whole numeric(12), money numeric(12,2), any_numeric numeric,
  real double precision,
  ok boolean, day date, moment timestamp, zoned timestamptz, clock time, said text, code char(4), uid uuid,
  doc jsonb, many integer[], scan bytea)
"""
VALUES = """
INSERT INTO kinds VALUES
 (2, 7, 123456789012, 0.10, 1234567890.123456789, 0.1, true, '2024-02-29', '2024-02-29 07:30:00.123456',
  '2024-02-29 07:30:00+00', '07:30', '王芳', 'A1',
  '6f0c3a1e-0000-4000-8000-000000000001', '{"a": 1}', '{1,2}', '\\x00'),
 (1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
"""
EXACT = {
    "id": ("int64", 2),
    "small": ("int64", 7),
    "whole": ("int64", 123456789012),
    "money": ("decimal128(12, 2)", decimal.Decimal("0.10")),
    "any_numeric": ("string", "1234567890.123456789"),
    "real": ("double", 0.1),
    "ok": ("bool", True),
    "day": ("date32[day]", dt.date(2024, 2, 29)),
    "moment": ("timestamp[us]", dt.datetime(2024, 2, 29, 7, 30, 0, 123456)),
    "clock": ("string", "07:30:00"),
    "said": ("string", "王芳"),
    "code": ("string", "A1"),
    "uid": ("string", "6f0c3a1e-0000-4000-8000-000000000001"),
    "doc": ("string", '{"a": 1}'),
    "many": ("string", "{1,2}"),
}


@pytest.fixture
def hospital(cluster):
    """A fresh database, a connection of its owner, and the address a read-only role reads it by."""
    name = f"hospital_{os.getpid()}"
    with psycopg.connect(host=str(cluster), user="factory", dbname="postgres", autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        admin.execute(f'CREATE DATABASE "{name}"')
        if not admin.execute("SELECT 1 FROM pg_roles WHERE rolname = 'reader'").fetchone():
            admin.execute("CREATE ROLE reader LOGIN")
    with psycopg.connect(host=str(cluster), user="factory", dbname=name, autocommit=True) as owner:
        owner.execute("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader")
        yield owner, f"postgresql://reader@/{name}?host={cluster}"
    with psycopg.connect(host=str(cluster), user="factory", dbname="postgres", autocommit=True) as admin:
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_postgresql_types_are_exact_and_rows_in_the_order_of_the_key(hospital, capsys):
    owner, address = hospital
    owner.execute(KINDS)
    owner.execute(VALUES)
    read = open_source(f"{address}&options=-c TimeZone=Asia/Hong_Kong").read("kinds", ("",))
    assert read["id"].to_pylist() == [1, 2]
    rows = read.to_pylist()
    assert set(rows[0]) == {*EXACT, "zoned"} and all(value is None for name, value in rows[0].items() if name != "id")
    assert {name: (str(read.schema.field(name).type), rows[1][name]) for name in EXACT} == EXACT
    assert rows[1]["zoned"].isoformat() == "2024-02-29T15:30:00+08:00"
    said = capsys.readouterr().err
    assert "kinds.scan holds bytes" in said and "clock of Asia/Hong_Kong" in said


def test_all_tables_are_of_one_moment(hospital):
    owner, address = hospital
    for table in ("first", "second"):
        owner.execute(f"CREATE TABLE {table} AS SELECT 1 AS id")
    source = open_source(address)
    assert source.read("first", ("",)).num_rows == 1
    for table in ("first", "second"):
        owner.execute(f"INSERT INTO {table} VALUES (2)")
    assert source.read("second", ("",)).num_rows == 1
    assert source.read("first", ("",)).num_rows == 1
    assert open_source(address).read("second", ("",)).num_rows == 2


def test_our_session_refuses_to_write_and_ends_with_its_source(hospital, cluster):
    owner, address = hospital
    owner.execute("CREATE TABLE first AS SELECT 1 AS id")
    # As the owner, who may write: it is the session that refuses.
    source = open_source(address.replace("reader@", "factory@"))
    assert source.read("first", ("",)).num_rows == 1
    with pytest.raises(sa.exc.InternalError, match="read-only"):
        source._connection.exec_driver_sql("INSERT INTO first VALUES (2)")
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    assert owner.execute(others).fetchone() == (1,)
    del source
    deadline = 200
    while owner.execute(others).fetchone() != (0,) and (deadline := deadline - 1):
        owner.execute("SELECT pg_sleep(0.05)")
    assert deadline


def test_rows_come_in_batches(hospital, monkeypatch):
    owner, address = hospital
    owner.execute("CREATE TABLE long (id integer PRIMARY KEY, half numeric(8,1))")
    owner.execute("INSERT INTO long SELECT n, n / 2.0 FROM generate_series(1000, 1, -1) AS n")
    monkeypatch.setattr(database, "BATCH", 64)
    read = open_source(address).read("long", ("",))
    assert read["id"].to_pylist() == list(range(1, 1001))
    assert read["half"].num_chunks == 16


def test_a_schema_views_and_what_is_missing(hospital):
    owner, address = hospital
    owner.execute("CREATE SCHEMA emr")
    owner.execute("GRANT USAGE ON SCHEMA emr TO reader")
    owner.execute("CREATE TABLE emr.patients AS SELECT 1 AS id")
    owner.execute("CREATE VIEW emr.adults AS SELECT id FROM emr.patients")
    owner.execute("CREATE TABLE emr.none (id integer)")
    owner.execute('CREATE TABLE emr.case (id integer, "ID" integer)')
    owner.execute("CREATE TABLE emr.never (at timestamp)")
    owner.execute("INSERT INTO emr.never VALUES ('infinity')")
    owner.execute("CREATE TABLE emr.secret AS SELECT 1 AS id")
    owner.execute("REVOKE ALL ON emr.secret FROM reader")
    assert open_source(address).tables() == ()
    source = open_source(f"{address}&schema=emr")
    assert set(source.tables()) == {"adults", "case", "never", "none", "patients", "secret"}
    for table, error, said in (
        ("nobody", TableMissing, "is not in the schema emr"),
        ("none", EmptyTable, "no rows"),
        ("case", BrokenFile, "column 2 as an earlier one, but for case"),
        ("never", BrokenFile, "cannot give the table never"),
        ("secret", StorageError, "may not read the table secret"),
    ):
        with pytest.raises(error, match=said):
            source.read(table, ("",))
    # What failed before leaves the snapshot to the others.
    assert source.read("adults", ("",)).to_pydict() == {"id": [1]}


def test_a_password_comes_from_the_environments_service(hospital, cluster, tmp_path, monkeypatch):
    owner, _ = hospital
    owner.execute("CREATE TABLE first AS SELECT 1 AS id")
    services = tmp_path / "services.conf"
    services.write_text(f"[emr]\nhost={cluster}\ndbname={owner.info.dbname}\nuser=reader\npassword=hunter2\n")
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    assert open_source("postgresql:///?service=emr").read("first", ("",)).num_rows == 1


def test_sqlite_is_read_at_one_moment_and_never_made(tmp_path):
    path = tmp_path / "ward.db"
    with pytest.raises(StorageError, match="no SQLite file"):
        open_source(f"sqlite:///{path}").tables()
    assert not path.exists()
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("CREATE TABLE a (id INTEGER PRIMARY KEY, day DATE, cost NUMERIC(8,2), said TEXT, ok BOOLEAN)")
    writer.execute("INSERT INTO a VALUES (2, '2024-02-29', 0.1, '王芳', 1), (1, NULL, NULL, NULL, NULL)")
    source = open_source(f"sqlite:///{path}")
    expected = {"id": 2, "day": dt.date(2024, 2, 29), "cost": decimal.Decimal("0.10"), "said": "王芳", "ok": True}
    assert source.read("a", ("",)).to_pylist()[1] == expected
    writer.execute("INSERT INTO a (id) VALUES (3)")
    assert source.read("a", ("",)).num_rows == 2
    with pytest.raises(sa.exc.OperationalError, match="readonly"):
        source._connection.exec_driver_sql("DELETE FROM a")
    writer.execute("UPDATE a SET day = 'yesterday' WHERE id = 2")
    with pytest.raises(BrokenFile) as caught:
        open_source(f"sqlite:///{path}").read("a", ("",))
    assert "yesterday" not in str(caught.value)
    writer.close()


def test_duckdb_is_read_exactly_and_never_written(tmp_path):
    path = tmp_path / "ward.duckdb"
    (tmp_path / "beside.csv").write_text("id\n1\n")
    with duckdb.connect(str(path)) as made:
        made.execute("CREATE TABLE a (id INTEGER, cost DECIMAL(8,2), said VARCHAR, big HUGEINT)")
        made.execute(f"INSERT INTO a VALUES (2, 0.10, '王芳', {2**100}), (1, NULL, NULL, {2**100})")
        made.execute("CREATE TABLE none (id INTEGER)")
        made.execute(f"CREATE VIEW outside AS SELECT * FROM read_csv('{tmp_path / 'beside.csv'}')")
    before = path.read_bytes()
    source = open_source(str(path))
    assert source.tables() == ("a", "none", "outside")
    big = str(2**100)
    assert source.read("a", ("",)).to_pydict() == {
        "id": [2, 1],
        "cost": [decimal.Decimal("0.10"), None],
        "said": ["王芳", None],
        "big": [big, big],
    }
    assert list(source.digests(("a",))) == ["ward.duckdb"]
    for table, error in (("none", EmptyTable), ("nobody", TableMissing), ("outside", BrokenFile)):
        with pytest.raises(error):
            source.read(table, ("",))
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 2
    path.write_bytes(before[: len(before) // 3])
    with pytest.raises((StorageError, BrokenFile)):
        source.read("a", ("",))


def test_decimals_become_the_numbers_that_text_would():
    from factory.contract.columns import Column
    from factory.intake.typing import typed

    column = Column(role="clinical", type="number")
    exact = pa.chunked_array([pa.array([decimal.Decimal("0.10"), None, decimal.Decimal("7.35")], pa.decimal128(8, 2))])
    made, wrong = typed(exact, column, ("",))
    assert made.tolist()[0::2] == [0.1, 7.35] and made.isna().tolist() == [False, True, False] and not wrong


def test_long_identity_numbers_beside_a_gap_keep_every_digit():
    from factory.contract.columns import Column
    from factory.intake.typing import typed

    long = pa.chunked_array([pa.array([2**53 + 1, None, 2**53], pa.int64())])
    made, wrong = typed(long, Column(role="key", type="string", **{"as": "row"}), ("",))
    assert made.tolist() == [str(2**53 + 1), None, str(2**53)] and not wrong

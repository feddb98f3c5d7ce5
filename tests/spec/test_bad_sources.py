"""Sources that cannot be read: one sentence, an exit code, nothing written, neither memory nor disk filled."""

from __future__ import annotations

import gzip
import os
import socket
import subprocess
import sys
import zipfile

import openpyxl
import pandas as pd
import psycopg
import pyarrow as pa
import pytest

from factory.cli.main import main

SECRET = "Zyxwvut-Secret-Value"
GIGABYTE = 1 << 30
MOST_MORE = 150
"""MB that a bomb of a gigabyte may take beyond what the small file does that it stands for."""


def _table(export):
    return pd.read_csv(export / "patients.csv", dtype=str, keep_default_na=False)


def _instead(export, name, data):
    (export / "patients.csv").unlink()
    (export / name).write_bytes(data)


def _gzip_bomb(export):
    piece = 1 << 24
    first = gzip.compress(b"mrn,sex\n" + b"0,0\n" * (piece // 4), 9)
    rest = gzip.compress(b"0,0\n" * (piece // 4), 9)
    _instead(export, "patients.csv.gz", first + rest * (GIGABYTE // piece))


def _zeros_bomb(export):
    zeros = gzip.compress(bytes(1 << 24), 9)
    _instead(export, "patients.csv.gz", zeros * (GIGABYTE >> 24))


def _zstd_bomb(export):
    rows = pa.compress(b"mrn,sex\n" + b"0,0\n" * (1 << 24), codec="zstd", asbytes=True)
    _instead(export, "patients.csv.zst", rows * (GIGABYTE >> 26))


def _zip_bomb(export):
    _instead(export, "patients.xlsx", b"")
    book = openpyxl.Workbook()
    book.active.append(["mrn"])
    book.save(export / "patients.xlsx")
    with zipfile.ZipFile(export / "patients.xlsx", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", bytes(1 << 28))


def _cut(export):
    data = gzip.compress((export / "patients.csv").read_bytes())
    _instead(export, "patients.csv.gz", data[: len(data) // 2])


def _not_gzip(export):
    _instead(export, "patients.csv.gz", SECRET.encode())


def _wide(export):
    names = ["mrn", *(f"c{number}" for number in range(9_999))]
    _instead(export, "patients.csv", "\n".join([",".join(names), *[",".join("1" * len(names))] * 50]).encode())


def _case(export):
    frame = _table(export)
    frame["SEX"] = SECRET
    frame.to_csv(export / "patients.csv", index=False)


def _other_case(export):
    _table(export).rename(columns={"sex": "Sex"}).to_csv(export / "patients.csv", index=False)


def _excel(change):
    def spoil(export):
        frame = _table(export)
        _instead(export, "patients.xlsx", b"")
        book = openpyxl.Workbook()
        for line in ([*frame], *frame.itertuples(index=False)):
            book.active.append(list(line))
        change(book.active)
        book.save(export / "patients.xlsx")

    return spoil


def _formula(sheet):
    sheet["B3"] = f'="{SECRET}"'


CASES = {
    "gzip bomb": (_gzip_bomb, 18, "more than 200 times"),
    "a gigabyte of zeros": (_zeros_bomb, 17, "NUL"),
    "zstd bomb": (_zstd_bomb, 18, "more than 200 times"),
    "zip bomb": (_zip_bomb, 18, "more than 200 times"),
    "cut short": (_cut, 18, "not a whole compressed file"),
    "not gzip": (_not_gzip, 18, "not a whole compressed file"),
    "10,000 columns": (_wide, 18, "10,000 columns"),
    "two columns that differ in case": (_case, 18, "but for case"),
    "a column in other case": (_other_case, 12, "differs only in case"),
    "a formula": (_excel(_formula), 18, "formula in row 3, column 2"),
    "a merged header": (_excel(lambda sheet: sheet.merge_cells("A1:B1")), 18, "merged cells"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_file_that_cannot_be_read(case, export, tmp_path, capsys):
    spoil, code, said = CASES[case]
    spoil(export)
    run, out = tmp_path / "run", tmp_path / "out"
    contract = str(export / "contract.yaml")
    assert main(["produce", contract, "--data", str(export), "--run", str(run), "--plain"]) == code
    heard = [capsys.readouterr().err]
    assert not (run / "source" / "intake").exists() and not (run / "release").exists()
    assert not list((run / "source").glob(".part-*"))
    if code != 12:  # a name is wrong only where a contract says another
        assert main(["contract", "draft", str(export), "--tables", "patients"]) == code
        heard.append(capsys.readouterr().err)
        assert main(["convert", str(export), str(out), "--tables", "patients"]) == code
        heard.append(capsys.readouterr().err)
    for text in heard:
        complaint = [line for line in text.splitlines() if line.startswith("factory: ")]
        assert len(complaint) == 1 and said in complaint[0] and "patients" in complaint[0], text
        assert "Traceback" not in text and SECRET not in text
    assert {path.name for path in tmp_path.iterdir()} == {"export", "run"}


# A process of its own between: a child begins with the peak of the one it is forked from.
WATCHED = """
import resource, subprocess, sys
done = subprocess.run([sys.executable, "-m", "factory.cli", *sys.argv[1:]], check=False)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
sys.exit(done.returncode)
"""


@pytest.mark.parametrize("spoil", [_gzip_bomb, _zstd_bomb, _zip_bomb])
def test_a_bomb_fills_no_memory(spoil, export):
    command = [sys.executable, "-c", WATCHED, "contract", "check", export / "contract.yaml"]
    plain = subprocess.run(command, capture_output=True, text=True, check=True)
    spoil(export)
    bomb = subprocess.run(command, capture_output=True, text=True, check=False)
    megabytes = [int(done.stdout.splitlines()[-1]) for done in (plain, bomb)]
    print(f"{spoil.__name__}: {megabytes[1]} MB, and {megabytes[0]} MB without it")
    assert bomb.returncode == 18 and "more than 200 times" in bomb.stdout
    assert megabytes[1] < megabytes[0] + MOST_MORE


@pytest.fixture
def closed(cluster):
    """The address of a database with a table that its role may not read."""
    name = f"closed_{os.getpid()}"
    with psycopg.connect(host=str(cluster), user="factory", dbname="postgres", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        if not admin.execute("SELECT 1 FROM pg_roles WHERE rolname = 'stranger'").fetchone():
            admin.execute("CREATE ROLE stranger LOGIN")
        with psycopg.connect(host=str(cluster), user="factory", dbname=name, autocommit=True) as owner:
            owner.execute("CREATE TABLE patients AS SELECT 1 AS mrn")
        yield f"postgresql://stranger@/{name}?host={cluster}"
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def silent():
    """The address of something that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"postgresql://reader@127.0.0.1:{server.getsockname()[1]}/hospital?connect_timeout=2"


def _refused(address, code, said, export, tmp_path, capsys):
    run = tmp_path / "run"
    produced = main(["produce", str(export / "contract.yaml"), "--data", address, "--run", str(run), "--plain"])
    text = capsys.readouterr().err
    assert produced == code and said in text, text
    assert sum(line.startswith("factory: ") for line in text.splitlines()) == 1
    assert main(["convert", address, str(tmp_path / "out"), "--tables", "patients"]) == code
    assert "Traceback" not in text + capsys.readouterr().err
    assert not (run / "source" / "intake").exists() and not (tmp_path / "out").exists()
    return run


def test_a_role_without_the_right_to_read(closed, export, tmp_path, capsys):
    _refused(closed, 20, "may not read the table patients", export, tmp_path, capsys)


def test_a_table_that_is_not_in_the_database(closed, export, tmp_path, capsys):
    _refused(f"{closed}&schema=other", 11, "patients is not in the schema other", export, tmp_path, capsys)


def test_a_database_that_does_not_answer_is_asked_once(silent, export, tmp_path, capsys):
    run = _refused(silent, 20, "The database hospital does not answer.", export, tmp_path, capsys)
    assert "2" in silent and not (run / "release").exists()


def test_a_scheme_that_nothing_reads(export, tmp_path, capsys):
    run = _refused("gopher://hospital/tables", 20, "reads gopher:// addresses", export, tmp_path, capsys)
    assert not run.exists()


def test_a_password_is_kept_nowhere(export, tmp_path, capsys):
    address = f"postgresql://reader:{SECRET}@127.0.0.1/hospital"
    run = _refused(address, 20, "holds a password", export, tmp_path, capsys)
    assert not run.exists()

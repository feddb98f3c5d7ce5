"""Bad input gets one sentence naming file, column and row count, an exit code of its own, and writes nothing half."""

import os
import subprocess

import pandas as pd
import pytest
from quick import QUICK

SECRET = "Zyxwvut-Secret-Value"


def _edit(path, change):
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    change(frame).to_csv(path, index=False)


def _set(column, row, value):
    def change(frame):
        frame.loc[row, column] = value
        return frame

    return change


def _repeat(row):
    return lambda frame: pd.concat([frame, frame.iloc[[row]]])


def _truncated(export):
    path = export / "patients.csv"
    parquet = export / "patients.parquet"
    pd.read_csv(path, dtype=str).to_parquet(parquet)
    path.unlink()
    parquet.write_bytes(parquet.read_bytes()[:-50])


def _not_utf8(export):
    path = export / "patients.csv"
    path.write_bytes(path.read_bytes() + "陳大文,x\n".encode("big5"))


def _ragged(export):
    with (export / "patients.csv").open("a") as handle:
        handle.write(f"{SECRET},1,2\n")


CASES = {
    "missing table": (lambda e: (e / "notes.csv").unlink(), 11, "notes"),
    "missing column": (lambda e: _edit(e / "patients.csv", lambda f: f.drop(columns="sex")), 12, "sex"),
    "wrong type": (lambda e: _edit(e / "encounters.csv", _set("num_medications", 3, SECRET)), 13, "num_medications"),
    "not a date": (lambda e: _edit(e / "patients.csv", _set("birth_date", 3, "31/12/1950")), 13, "birth_date"),
    "outside the codes": (lambda e: _edit(e / "patients.csv", _set("sex", 3, SECRET)), 13, "sex"),
    "duplicate key": (lambda e: _edit(e / "patients.csv", _repeat(5)), 14, "mrn"),
    "orphan row": (lambda e: _edit(e / "encounters.csv", _set("mrn", 3, SECRET)), 15, "mrn"),
    "empty file": (lambda e: (e / "patients.csv").write_bytes(b""), 16, "patients.csv"),
    "header only": (lambda e: _edit(e / "notes.csv", lambda f: f.iloc[:0]), 16, "notes.csv"),
    "not UTF-8": (_not_utf8, 17, "patients.csv"),
    "truncated Parquet": (_truncated, 18, "patients.parquet"),
    "ragged CSV": (_ragged, 18, "patients.csv"),
    "too few people": (
        lambda e: (
            _edit(e / "patients.csv", lambda f: f.iloc[:30]),
            _edit(e / "encounters.csv", lambda f: f[f.mrn.isin(pd.read_csv(e / "patients.csv", dtype=str).mrn)]),
            _edit(
                e / "notes.csv",
                lambda f: f[f.encounter_id.isin(pd.read_csv(e / "encounters.csv", dtype=str).encounter_id)],
            ),
        ),
        19,
        "30",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_data(case, export, factory, tmp_path):
    spoil, code, named = CASES[case]
    spoil(export)
    run = tmp_path / "run"
    done = factory("produce", export / "contract.yaml", "--data", export, "--run", run, "--plain")
    said = done.stderr + done.stdout
    assert done.returncode == code, said
    assert named in said
    assert "Traceback" not in said
    assert SECRET not in said
    assert not (run / "source" / "intake").exists()
    assert not (run / "release").exists()
    assert not list((run / "source").glob(".part-*"))
    checked = factory("contract", "check", export / "contract.yaml", "--data", export)
    assert checked.returncode == code
    assert named in checked.stdout
    assert SECRET not in checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("licensor:", "licenser: x\nlicensor:", "licenser"),
        ("role: free-text", "role: gossip", "tables.notes.columns.text"),
        ("name: sample-hospital", "name: sample-hospital\nname: again", "line"),
        ("person: patients", "person: nobody", "nobody"),
        ("earlier: admitted_at", "earlier: admitted", "admitted"),
        ("tables:", "tables: [", "YAML"),
    ],
)
def test_bad_contract(old, new, named, export, factory, tmp_path):
    path = export / "contract.yaml"
    path.write_text(path.read_text().replace(old, new, 1))
    run = tmp_path / "run"
    done = factory("produce", path, "--data", export, "--run", run, "--plain")
    assert done.returncode == 10, done.stderr
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert not run.exists()


def test_unwritable_run_folder(export, factory, tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = factory("produce", export / "contract.yaml", "--data", export, "--run", tmp_path / "file" / "run", "--plain")
    assert done.returncode == 20
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("kilobytes", [16, 200, 500])
def test_full_disk_then_room(kilobytes, hospital, factory, tmp_path):
    """A real, small file system fills in mid-stage; with room again, the same command completes."""
    small = tmp_path / "small"
    small.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", small], check=False)
    if made.returncode:
        if os.environ.get("FACTORY_CI"):
            pytest.fail("CI needs to mount a small file system")
        pytest.skip("this machine may not mount a small file system")
    try:
        command = (
            "produce",
            hospital / "contract.yaml",
            "--data",
            hospital,
            "--run",
            small / "run",
            "--seed",
            3,
            "--plain",
            *QUICK,
        )
        done = factory(*command)
        assert done.returncode == 21, done.stderr
        assert "disk is full" in done.stderr
        assert "Traceback" not in done.stderr
        assert not list(small.rglob(".part-*"))
        assert not (small / "run" / "release").exists()
        subprocess.run(["mount", "-o", "remount,size=200m", small], check=True)
        again = factory(*command)
        assert again.returncode == 0, again.stderr
    finally:
        subprocess.run(["umount", small], check=True)


def test_two_at_once_on_one_run(export, factory, tmp_path):
    import fcntl

    run = tmp_path / "run"
    run.mkdir()
    handle = os.open(run / ".lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(handle, fcntl.LOCK_EX)
    done = factory("produce", export / "contract.yaml", "--data", export, "--run", run, "--plain")
    os.close(handle)
    assert done.returncode == 31

"""`factory synth` as a process: files in, files out, exit codes, and no cell value in anything it says."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pandas as pd
import pytest
import yaml
from synth_tables import a_contract, linked, links_are_whole, patients

SECRET = "zq-secret"
LIGHT = {"kind": "range", "id": "light", "table": "patients", "column": "weight", "maximum": 75.0}


@pytest.fixture(scope="module")
def trial(tmp_path_factory):
    """One file: 120 rows, one of whose categories is a word that must never be said."""
    path = tmp_path_factory.mktemp("trial") / "trial.csv"
    frame = patients(120)
    frame["site"] = frame["site"].where(frame["site"] != "south", SECRET)
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def ward(tmp_path_factory):
    """A folder of four linked tables and a contract of them."""
    folder = tmp_path_factory.mktemp("ward") / "tables"
    folder.mkdir()
    for name, frame in linked(120, 4).items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    given = a_contract(4, [LIGHT]).model_dump(mode="json", by_alias=True, exclude_none=True)
    (folder.parent / "contract.yaml").write_text(yaml.safe_dump(given))
    return folder


@pytest.fixture(scope="module")
def kept(trial, factory, tmp_path_factory):
    """A model kept of the file, and the rows drawn as it was kept."""
    folder = tmp_path_factory.mktemp("kept")
    model, out = folder / "trial.model", folder / "out"
    done = _synth(factory, trial, "--engine", "trees", "--seed", 7, "--out", out, "--keep-model", model)
    assert done.returncode == 0, done.stderr
    return model, out


def _synth(factory, *words):
    done = factory("synth", *words)
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert SECRET not in said
    assert done.returncode != 70, said
    return done


def _bytes(out):
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


def test_a_file_comes_out_as_a_file_with_what_it_is_beside_it(trial, factory, tmp_path):
    done = _synth(factory, trial, "--engine", "trees", "--rows", 90, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / "out")
    assert "no contract was given" in done.stderr and "trial: 90 rows" in done.stderr
    drawn = pd.read_csv(tmp_path / "out" / "trial.csv")
    assert drawn["subject_id"].tolist() == list(range(1, 91))
    assert list(drawn.columns) == list(pd.read_csv(trial).columns)
    said = json.loads((tmp_path / "out" / "synth.json").read_text())
    assert said["engine"]["name"] == "trees" and said["drafted"] and said["rows"] == {"trial": 90}
    assert "seed" not in json.dumps(said)


def test_a_folder_of_linked_tables_needs_no_contract(ward, factory, tmp_path):
    done = _synth(factory, ward, "--engine", "trees", "--rows", 70, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    drawn = {name: pd.read_csv(tmp_path / "out" / f"{name}.csv") for name in linked(1, 4)}
    assert len(drawn["patients"]) == 70 and len(drawn["charted"])
    links_are_whole(a_contract(4), drawn)


def test_a_contract_is_kept_and_what_was_drawn_again_is_said(ward, factory, tmp_path):
    contract = ward.parent / "contract.yaml"
    words = ("--contract", contract, "--engine", "trees", "--seed", 3, "--format", "parquet")
    done = _synth(factory, ward, *words, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "drafted" not in done.stderr and "people were drawn again for rule light" in done.stderr
    drawn = {name: pd.read_parquet(tmp_path / "out" / f"{name}.parquet") for name in linked(1, 4)}
    assert drawn["patients"]["weight"].max() <= 75
    assert pd.api.types.is_datetime64_any_dtype(drawn["stays"]["intime"])
    assert json.loads((tmp_path / "out" / "synth.json").read_text())["redrawn"]["rule light"] > 0


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_pieces_make_one_table_with_keys_and_links_whole(ward, factory, tmp_path, form):
    contract = ward.parent / "contract.yaml"
    words = ("--contract", contract, "--engine", "trees", "--seed", 3, "--most-rows-at-once", 25)
    done = _synth(factory, ward, *words, "--rows", 110, "--format", form, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    reader = {"parquet": pd.read_parquet, "csv": pd.read_csv}[form]
    drawn = {name: reader(tmp_path / "out" / f"{name}.{form}") for name in linked(1, 4)}
    # Keys have the type of the source's, which is text here; only what they say is looked at.
    for frame in drawn.values():
        for column in frame.columns[frame.columns.str.endswith("_id")]:
            frame[column] = frame[column].astype("int64")
    assert len(drawn["patients"]) == 110
    links_are_whole(a_contract(4), drawn)
    # The second piece is not the first again.
    first, second = (drawn["patients"]["weight"].iloc[a : a + 25].tolist() for a in (0, 25))
    assert first != second


def test_a_seed_gives_the_same_bytes_and_none_gives_others(trial, factory, tmp_path):
    words = (trial, "--engine", "trees", "--most-rows-at-once", 50)
    for out, seed in (("a", ("--seed", 5)), ("b", ("--seed", 5)), ("c", ()), ("d", ())):
        assert _synth(factory, *words, *seed, "--out", tmp_path / out).returncode == 0
    made = [_bytes(tmp_path / out) for out in "abcd"]
    assert made[0] == made[1]
    assert len({one["trial.csv"] for one in made}) == 3


def test_where_gives_a_share_of_the_people_drawn(trial, factory, tmp_path):
    words = ("--where", f"trial.site={SECRET}:0.5", "--where", "trial.sex=male", "--rows", 40)
    done = _synth(factory, trial, "--engine", "trees", *words, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    drawn = pd.read_csv(tmp_path / "out" / "trial.csv")
    assert (drawn["site"] == SECRET).sum() == 20 and (drawn["sex"] == "male").all()
    assert SECRET not in (tmp_path / "out" / "synth.json").read_text()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--engine", "nonsense"), 10),
        (("--where", f"{SECRET}"), 10),
        (("--where", "trial.nothing=1"), 10),
        (("--where", f"trial.site={SECRET}-none"), 10),
        (("--where", "trial.sex=male:1.5"), 10),
        (("--rows", "0"), 1),
        (("--most-rows-at-once", "0"), 1),
        (("--contract", "nowhere.yaml"), 20),
        (("--format", "xml"), 2),
        (("--model", "x.model"), 1),
    ],
)
def test_what_cannot_be_done_has_its_exit_code_and_leaves_nothing(trial, factory, tmp_path, words, code):
    engine = () if "--engine" in words else ("--engine", "trees")
    done = _synth(factory, trial, *engine, *words, "--out", tmp_path / "out")
    assert done.returncode == code, done.stderr
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("absent.csv", None, 11),
        ("notes.txt", b"a,b\n1,2\n", 11),
        ("empty.csv", b"", 16),
        ("header.csv", b"a,b\n", 16),
        ("latin.csv", f"a,b\n{SECRET}é,1\n".encode("latin-1"), 17),
        ("ragged.csv", f"a,b\n{SECRET},1\n{SECRET},1,2\n".encode(), 18),
        ("cut.parquet", b"PAR1" + SECRET.encode(), 18),
    ],
)
def test_a_bad_file_has_its_exit_code(factory, tmp_path, name, content, code):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    done = _synth(factory, tmp_path / name, "--engine", "trees", "--out", tmp_path / "out")
    assert done.returncode == code, done.stderr
    assert not (tmp_path / "out").exists()


def test_an_empty_folder_and_no_arguments_are_said(factory, tmp_path):
    (tmp_path / "none").mkdir()
    assert _synth(factory, tmp_path / "none", "--out", tmp_path / "out").returncode == 11
    assert _synth(factory).returncode == 1


def test_values_that_do_not_fit_the_contract_are_counted_never_shown(ward, factory, tmp_path):
    folder = tmp_path / "tables"
    folder.mkdir()
    for name, frame in linked(40, 4).items():
        odd = frame.astype({"weight": object}) if name == "patients" else frame
        if name == "patients":
            odd.loc[3, "weight"] = SECRET
        odd.to_csv(folder / f"{name}.csv", index=False)
    words = ("--contract", ward.parent / "contract.yaml", "--engine", "trees", "--out", tmp_path / "out")
    done = _synth(factory, folder, *words)
    assert done.returncode == 13, done.stderr
    assert "weight" in done.stderr and "1 of 40 rows" in done.stderr


@pytest.mark.parametrize("what", ["orphan", "twice"])
def test_links_that_are_broken_in_the_source_are_refused_by_their_code(ward, factory, tmp_path, what):
    folder = tmp_path / "tables"
    folder.mkdir()
    tables = linked(40, 4)
    if what == "orphan":
        tables["stays"].loc[0, "hadm_id"] = SECRET
    else:
        tables["stays"].loc[1, "stay_id"] = tables["stays"].loc[0, "stay_id"]
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    words = ("--contract", ward.parent / "contract.yaml", "--engine", "trees", "--out", tmp_path / "out")
    done = _synth(factory, folder, *words)
    assert done.returncode == (15 if what == "orphan" else 14), done.stderr


def test_a_folder_that_is_not_empty_is_kept_as_it_is(trial, factory, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    done = _synth(factory, trial, "--engine", "trees", "--out", out)
    assert done.returncode == 22
    assert [path.name for path in out.iterdir()] == ["mine.txt"]
    assert "begin learn" not in done.stderr


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_stopped_while_it_writes_it_leaves_no_output(trial, factory, tmp_path, stop):
    out = tmp_path / "out"
    words = ["synth", trial, "--engine", "trees", "--rows", "200000", "--most-rows-at-once", "500", "--out", out]
    command = [sys.executable, "-m", "factory.cli", *map(str, words)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line.startswith("begin draw"):
            break
    # The first pieces are on disk when the file has a size.
    while not any(path.stat().st_size for path in tmp_path.rglob("trial.csv")):
        assert process.poll() is None
    os.kill(process.pid, stop)
    process.communicate(timeout=60)
    assert process.returncode == (130 if stop is signal.SIGINT else -signal.SIGKILL)
    assert not out.exists()
    if stop is signal.SIGINT:
        assert not list(tmp_path.iterdir())
    done = _synth(factory, trial, "--engine", "trees", "--rows", 20, "--out", out)
    assert done.returncode == 0 and len(pd.read_csv(out / "trial.csv")) == 20


def test_a_kept_model_draws_the_same_again_without_the_data(kept, factory, tmp_path):
    model, first = kept
    done = _synth(factory, "--model", model, "--seed", 7, "--format", "csv", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert _bytes(tmp_path / "out") == _bytes(first)


def test_a_kept_model_draws_as_many_as_asked_and_takes_conditions(kept, factory, tmp_path):
    words = ("--model", kept[0], "--rows", 30, "--where", "trial.sex=male:0.5", "--format", "csv")
    assert _synth(factory, *words, "--out", tmp_path / "out").returncode == 0
    assert (pd.read_csv(tmp_path / "out" / "trial.csv")["sex"] == "male").sum() == 15


def test_a_kept_model_is_marked_and_its_owners_alone(kept):
    assert kept[0].stat().st_mode & 0o777 == 0o600
    assert kept[0].read_bytes().startswith(b"CLINICAL DATA FACTORY: FITTED MODEL, SOURCE ZONE ONLY, NEVER RELEASE\n")


@pytest.mark.parametrize("where", [90, 400, -1])
def test_a_kept_model_with_a_changed_byte_is_refused(kept, factory, tmp_path, where):
    data = bytearray(kept[0].read_bytes())
    data[where] ^= 1
    (tmp_path / "changed.model").write_bytes(data)
    done = _synth(factory, "--model", tmp_path / "changed.model", "--out", tmp_path / "out")
    assert done.returncode == 18
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x05K\x01."])
def test_another_file_is_no_model_and_is_never_unpickled(factory, tmp_path, content):
    (tmp_path / "other").write_bytes(content)
    assert _synth(factory, "--model", tmp_path / "other", "--out", tmp_path / "out").returncode == 18
    assert _synth(factory, "--model", tmp_path / "absent", "--out", tmp_path / "out").returncode == 20


def test_a_model_that_is_there_is_not_written_over_and_that_is_said_first(kept, trial, factory, tmp_path):
    before = kept[0].read_bytes()
    done = _synth(factory, trial, "--engine", "trees", "--out", tmp_path / "out", "--keep-model", kept[0])
    assert done.returncode == 22
    assert kept[0].read_bytes() == before
    assert "begin learn" not in done.stderr


@pytest.mark.parametrize("name", ["sdv-gaussian-copula"])
def test_a_model_of_sdvs_can_be_kept(name, trial, factory, tmp_path):
    model = tmp_path / "kept.model"
    words = ("--engine", name, "--seed", 2, "--rows", 25)
    done = _synth(factory, trial, *words, "--out", tmp_path / "a", "--keep-model", model)
    assert done.returncode == 0, done.stderr
    words = ("--model", model, "--seed", 2, "--rows", 25, "--format", "csv")
    assert _synth(factory, *words, "--out", tmp_path / "b").returncode == 0
    assert _bytes(tmp_path / "a") == _bytes(tmp_path / "b")


def test_the_engines_are_listed_with_what_they_can_do(factory):
    done = _synth(factory, "--engines")
    assert done.returncode == 0, done.stderr
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert {"auto", "trees", "trees-cautious", "sdv-gaussian-copula", "sdv-hma", "dp"} <= set(lines)
    assert "any depth, time" in lines["trees"]
    assert "2 levels" in lines["sdv-hma"] and "BUSL" in lines["sdv-hma"]
    assert "differential privacy" in lines["dp"]

"""Engine `argn`: what it hides from the network always; the network itself where mostlyai-engine is installed."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import traceback
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from synth_tables import a_contract, linked, links_are_whole, patients
from test_synth_edges import CASES

from factory.core.errors import ColumnMissing, ContractError, EmptyTable, FactoryError, InternalError, NotReady
from factory.synth import auto
from factory.synth.alone import synthesize
from factory.synth.argn import process, rows
from factory.synth.argn.coding import Coding
from factory.synth.argn.engine import Argn
from factory.synth.argn.rows import ArgnRows, batch_for
from factory.synth.protocol import engine, names
from factory.synth.rows import Field

CELL = 11
SECRET = "zq-secret"
INSTALLED = process.version() != process.ABSENT
needs_it = pytest.mark.skipif(not INSTALLED, reason=f"no Python has {process.PACKAGE} ({process.PYTHON} may name one)")
FIELDS = {
    "lab": Field("number", minimum=0, maximum=40),
    "血壓": Field("integer"),
    "病區": Field("category", levels=("內科", "外科", "兒科")),
    "same": Field("category"),
    "never": Field("category"),
    "never measured": Field("number"),
    "months": Field("integer"),
}


def a_frame(count: int = 300, seed: int = 0) -> pd.DataFrame:
    dice = np.random.default_rng(seed)
    ward = dice.choice(np.array(["內科", "外科", None], dtype=object), count)
    return pd.DataFrame(
        {
            "lab": np.where(ward == "內科", 0, dice.lognormal(0, 1, count).clip(0, 40).round(2)),
            "血壓": dice.integers(80, 200, count),
            "病區": ward,
            "same": np.array(["x"] * count, dtype=object),
            "never": np.array([None] * count, dtype=object),
            "never measured": np.full(count, np.nan),
            "months": pd.array(np.where(dice.random(count) < 0.3, None, dice.integers(0, 50, count)), dtype="Int64"),
        }
    )


def coded(frame, fields=FIELDS, people=None, cell=CELL):
    return Coding(frame, fields, np.arange(len(frame)) if people is None else people, 1, cell)


@pytest.fixture
def nowhere(monkeypatch):
    """No Python has mostlyai-engine, whatever is installed here."""
    monkeypatch.delenv(process.PYTHON, raising=False)
    monkeypatch.setattr(process, "package_version", lambda _: process.ABSENT)


# What needs no network.


def test_it_is_an_engine_like_the_others():
    assert "argn" in names()
    made = engine("argn")
    assert isinstance(made, Argn)
    assert (made.info.name, made.info.package, made.info.licence) == ("argn", "mostlyai-engine", "Apache-2.0")
    assert made.info.version == process.version()
    assert made.info.abilities.depth is None and not made.info.abilities.private


def test_where_it_is_not_installed_one_sentence_says_so(nowhere):
    made = Argn()
    assert made.info.version == "absent"
    with pytest.raises(ContractError, match=r"needs mostlyai-engine.*clinical-data-factory.argn.*FACTORY_ARGN_PYTHON"):
        made.fit({"patients": patients(40)}, a_contract(), 1)


def test_a_python_that_has_it_not_is_no_python_of_its(monkeypatch, tmp_path):
    monkeypatch.setenv(process.PYTHON, str(tmp_path / "none" / "python"))
    assert process.version() == process.ABSENT
    with pytest.raises(ContractError, match="needs mostlyai-engine"):
        process.check_there()


def test_the_tournament_has_it_where_it_is_installed(nowhere, monkeypatch):
    assert "argn" not in [one.name for one in auto.candidates()]
    monkeypatch.setattr(auto, "argn_version", lambda: "2.7.3")
    entry = auto.candidates()[-1]
    assert entry.name == "argn" and entry.start > 0


def test_frames_come_back_from_their_classes():
    frame = a_frame()
    made = coded(frame)
    given = made.take()
    back = made.decoded(given, len(frame), 2)
    assert list(back.columns) == list(frame.columns)
    assert (back["病區"].dropna() == frame["病區"].dropna()).all()
    assert (back["病區"].isna() == frame["病區"].isna()).all()
    assert (back["months"].isna() == frame["months"].isna()).all()
    assert ((back["lab"] == 0) == (frame["lab"] == 0)).all()
    assert np.corrcoef(back["血壓"], frame["血壓"])[0, 1] > 0.99
    assert np.allclose(back["lab"], back["lab"].round(2)) and back["lab"].between(0, 40).all()
    assert (back["same"] == "x").all() and back["never"].isna().all() and back["never measured"].isna().all()


def test_the_network_is_given_class_numbers_and_nothing_else():
    given = coded(a_frame()).take()
    assert set(given.columns) == {"c0", "c1", "c2", "c6"}
    assert all(kind == np.int64 for kind in given.dtypes)
    assert (given >= 0).all(axis=None) and given.max().max() < 150


def test_what_few_people_hold_is_never_given_and_never_drawn():
    wards = ["a"] * 60 + ["b"] * 40 + [SECRET] * (CELL - 1)
    numbers = np.r_[np.linspace(1, 2, 109).round(2), 9_999]
    frame = pd.DataFrame({"ward": np.array(wards, dtype=object), "n": numbers})
    made = coded(frame, {"ward": Field("category"), "n": Field("number")})
    given = made.take()
    assert given["c0"].nunique() == 2
    back = made.decoded(given, len(frame), 1)
    assert set(back["ward"]) == {"a", "b"}
    assert back["n"].max() < 3 and back["n"].min() > 0


def test_people_are_counted_and_not_rows():
    frame = pd.DataFrame({"ward": np.array(["a"] * 60 + [SECRET] * 60, dtype=object)})
    people = np.r_[np.arange(60), np.repeat([60, 61], 30)]
    made = coded(frame, {"ward": Field("category")}, people)
    assert made.names == []
    assert set(made.decoded(made.take(), 9, 1)["ward"]) == {"a"}


def test_a_column_of_rare_values_alone_is_missing_throughout():
    frame = pd.DataFrame({"name": np.array([f"{SECRET}{i}" for i in range(50)], dtype=object)})
    made = coded(frame, {"name": Field("category")})
    assert made.names == [] and made.decoded(made.take(), 5, 1)["name"].isna().all()


def test_a_numbers_pieces_hold_k_rows_on_average():
    counts = coded(a_frame(200)).take()["c1"].value_counts()
    assert counts.mean() >= CELL and counts.min() > 1


def test_columns_and_rows_must_be_there():
    with pytest.raises(EmptyTable):
        coded(a_frame().iloc[:0])
    with pytest.raises(ColumnMissing, match="lab"):
        coded(a_frame(), {})


def test_sampling_before_fitting_is_refused():
    with pytest.raises(NotReady):
        ArgnRows(CELL).sample(3, 1)


def test_steps_grow_with_the_rows():
    assert [batch_for(count) for count in (2, 1_000, 10_000, 10_000_000)] == [32, 32, 64, 512]


def a_worker(monkeypatch, tmp_path, text: str) -> None:
    """Stand another program in for the worker, and this Python for the one that has the engine."""
    path = tmp_path / "worker.py"
    path.write_text(text)
    monkeypatch.setattr(process, "WORKER", path)
    monkeypatch.delenv(process.PYTHON, raising=False)
    monkeypatch.setattr(process, "package_version", lambda _: "2.7.3")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"raise ValueError('the value {SECRET} is unseen')", "ValueError"),
        (f"import json; json.loads('{SECRET}')", "JSONDecodeError"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "signal 9"),
        ("import sys; sys.exit(3)", "exit code 3"),
    ],
)
def test_its_errors_come_out_without_their_words(text, said, monkeypatch, tmp_path):
    a_worker(monkeypatch, tmp_path, text)
    with pytest.raises(InternalError, match=f"mostlyai-engine stopped with {said}") as caught:
        process.run("fit", tmp_path, {})
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_its_process_is_offline_seeded_and_at_home_in_its_folder(monkeypatch, tmp_path, capfd):
    a_worker(
        monkeypatch,
        tmp_path,
        "import json, os, sys, tempfile\n"
        "print('noise'); print('noise', file=sys.stderr)\n"
        "where = {name: os.environ[name] for name in ('HOME', 'HF_HOME', 'XDG_CACHE_HOME', 'JOBLIB_TEMP_FOLDER')}\n"
        "where['temp'] = tempfile.gettempdir()\n"
        "offline = [os.environ['HF_HUB_OFFLINE'], os.environ['HF_DATASETS_OFFLINE'], os.environ['PYTHONHASHSEED']]\n"
        "json.dump([where, offline], open(os.path.join(sys.argv[2], 'said.json'), 'w'))\n",
    )
    process.run("fit", tmp_path, {})
    where, offline = json.loads((tmp_path / "said.json").read_text())
    assert all(Path(folder).is_relative_to(tmp_path) for folder in where.values())
    assert offline == ["1", "1", "0"]
    assert capfd.readouterr() == ("", "")


def test_the_folder_is_gone_even_when_it_fails(monkeypatch, tmp_path):
    a_worker(monkeypatch, tmp_path, "raise KeyError")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(rows.tempfile, "tempdir", str(scratch))
    with pytest.raises(InternalError, match="KeyError"):
        ArgnRows(CELL).fit(a_frame(), FIELDS, np.arange(300), 1)
    assert list(scratch.iterdir()) == []


# The network, for an epoch or two.


@pytest.fixture(scope="module")
def fitted():
    frame = a_frame(400)
    model = ArgnRows(CELL, epochs=20)
    model.fit(frame, FIELDS, np.arange(len(frame)), 3)
    return frame, model


@needs_it
def test_rows_have_the_columns_order_types_and_dependence_of_the_frame(fitted):
    frame, model = fitted
    drawn = model.sample(300, 4)
    assert len(drawn) == 300 and list(drawn.columns) == list(frame.columns)
    assert dict(drawn.dtypes) == dict(frame.dtypes)
    assert set(drawn["病區"]) <= {"內科", "外科", None}
    assert drawn["lab"].between(0, 40).all() and np.allclose(drawn["lab"], drawn["lab"].round(2))
    assert 0.15 < drawn["months"].isna().mean() < 0.45
    zero = (drawn["lab"] == 0).to_numpy()
    inside = (drawn["病區"] == "內科").to_numpy()
    assert zero[inside].mean() > zero[~inside].mean() + 0.3


@needs_it
def test_a_seed_gives_the_same_rows_and_another_others(fitted):
    _, model = fitted
    first, again, other = model.sample(40, 7), model.sample(40, 7), model.sample(40, 8)
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


@needs_it
def test_a_kept_model_draws_the_same_rows_and_is_the_networks_alone(fitted):
    _, model = fitted
    again = pickle.loads(pickle.dumps(model))
    pd.testing.assert_frame_equal(model.sample(20, 7), again.sample(20, 7))
    held = b"".join(model._store.values())
    for word in (*FIELDS, "內科", "OriginalData"):
        assert word.encode() not in held
    assert model._coding.given is None


@needs_it
def test_fitting_again_from_the_same_seed_gives_the_same_rows():
    frame = a_frame(80)
    drawn = []
    for _ in range(2):
        model = ArgnRows(CELL, epochs=1)
        model.fit(frame, FIELDS, np.arange(len(frame)), 5)
        drawn.append(model.sample(15, 1))
    pd.testing.assert_frame_equal(*drawn)


@needs_it
def test_linked_tables_are_drawn_and_linked(capfd):
    contract = a_contract(2)
    made = Argn(epochs=1)
    made.fit(linked(80, 2), contract, 1)
    drawn = made.sample(30, 2)
    assert list(drawn) == ["patients", "admissions"] and len(drawn["patients"]) == 30
    links_are_whole(contract, drawn)
    assert capfd.readouterr().out == ""


@needs_it
@pytest.mark.parametrize(
    "case",
    ["one row", "twelve rows", "only missing", "huge numbers", "huge integers", "Chinese names", "duplicated rows",
     "dates before 1900", "one person apart", "5,000 categories"],
)  # fmt: skip
def test_tables_at_the_edge(case, monkeypatch):
    monkeypatch.setattr("factory.synth.argn.engine.MOST_EPOCHS", 1)
    frame = CASES[case].iloc[:3_000]
    try:
        drawn = synthesize(frame, "argn", people=20, seed=3)
    except FactoryError as error:
        assert SECRET not in str(error) and "\n" not in str(error)
        assert not isinstance(error, InternalError), error
        return
    assert len(drawn) == 20
    if case == "one person apart":
        assert SECRET not in set(drawn["t"])


WATCHED = """
import os, sys
watched = []
def hook(event, args):
    if event in ("socket.connect", "socket.getaddrinfo"):
        watched.append(event)
    opened = event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+")
    if opened or event in ("os.mkdir", "os.rename"):
        path = os.path.abspath(os.fsdecode(args[0])) if isinstance(args[0], (str, bytes, os.PathLike)) else ""
        if path and path != os.devnull and not path.startswith((sys.argv[2], "/proc/", "/dev/shm/")):
            watched.append(path)
sys.addaudithook(hook)
import runpy
runpy.run_path(os.environ["THE_WORKER"], run_name="__main__")
open(os.path.join(sys.argv[2], "watched.txt"), "w").write("\\n".join(watched))
assert not watched
"""


@needs_it
def test_nothing_is_written_beside_its_folder_and_no_connection_opened(monkeypatch, tmp_path):
    monkeypatch.setenv("THE_WORKER", str(process.WORKER))
    watched = tmp_path / "watched.py"
    watched.write_text(WATCHED)
    folder = tmp_path / "folder"
    folder.mkdir()
    given = coded(a_frame(60)).take()
    given.assign(person=np.arange(60)).to_parquet(folder / "rows.parquet", index=False)
    monkeypatch.setattr(process, "WORKER", watched)
    process.run("fit", folder, {"seed": 1, "epochs": 1, "batch": 32})
    assert (folder / "watched.txt").read_text() == ""


@needs_it
def test_the_tournament_tries_it(monkeypatch):
    only = [one for one in auto.candidates() if one.name in ("trees", "argn")]
    monkeypatch.setattr(auto, "candidates", lambda: only)
    monkeypatch.setattr("factory.synth.argn.engine.MOST_EPOCHS", 1)
    made = auto.Auto(seconds=60.0)
    made.fit({"patients": patients(200)}, a_contract(), 1)
    entry = next(entry for entry in made.scoreboard if entry["engine"] == "argn")
    assert entry["c2st"] is not None and entry["note"] == ""


def test_it_is_listed_by_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "factory.cli", "synth", "--engines"],
        capture_output=True,
        text=True,
        env=dict(os.environ),
        check=True,
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("argn "))
    assert "mostlyai-engine" in line and "Apache-2.0" in line

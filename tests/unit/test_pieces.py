"""Intake and de-identification in pieces by person: their number, and who works, change nothing in what is made."""

import os
import signal
import threading
import time

import pandas as pd
import pyarrow as pa
import pytest
from dask_cluster import cluster

from factory.contract import load, released
from factory.core.spread import ALONE, Spread
from factory.core.tables import load_ref, of_pieces, read_piece, read_table, write_piece
from factory.deid import deidentify
from factory.deid.stage import deidentify_frames
from factory.intake import arrange, intake
from factory.intake.validate import examine
from factory.synth.split import PARTS, split

ROWS = 40
SEED = 5


@pytest.fixture(scope="module")
def contract(hospital):
    return load(hospital / "contract.yaml")


@pytest.fixture(scope="module")
def raw(hospital, contract, tmp_path_factory):
    """The hospital's raw tables in one piece, and in several."""
    folder = tmp_path_factory.mktemp("raw")
    made = {"one": folder / "one", "many": folder / "many"}
    intake(contract, str(hospital), made["one"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrange, "ROWS", ROWS)
        intake(contract, str(hospital), made["many"])
    assert load_ref(made["one"]).pieces == 1 and load_ref(made["many"]).pieces > 5
    return made


@pytest.fixture(scope="module")
def alone(contract, raw, tmp_path_factory):
    """What one process makes of several pieces."""
    out = tmp_path_factory.mktemp("deid") / "out"
    out.mkdir()
    deidentify(contract, raw["many"], out, SEED, ALONE)
    return _bytes(out)


def _bytes(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _made(contract, raw, out, spread=ALONE):
    out.mkdir()
    deidentify(contract, raw, out, SEED, spread)
    return _bytes(out)


def test_every_row_is_in_the_piece_of_its_person_and_in_one_only(contract, raw):
    ref = load_ref(raw["many"])
    for at in range(ref.pieces):
        people, stays, notes = (
            read_piece(raw["many"], ref.tables[name], at) for name in ("patients", "encounters", "notes")
        )
        assert set(stays["mrn"]) <= set(people["mrn"]) and set(notes["encounter_id"]) <= set(stays["encounter_id"])
        assert people["mrn"].is_monotonic_increasing and stays["encounter_id"].is_monotonic_increasing
    whole = load_ref(raw["one"])
    for name, table in contract.tables.items():
        one, many = read_table(raw["one"], whole.tables[name]), read_table(raw["many"], ref.tables[name])
        pd.testing.assert_frame_equal(one, many.sort_values(table.key, ignore_index=True))


def test_a_piece_has_the_types_of_the_whole_table(tmp_path):
    """One gap anywhere makes whole numbers floats and truth values objects, in every piece."""
    full = pa.table({"n": [1, 2], "b": [True, False], "m": [1, 2]})
    gaps = pa.table({"n": pa.array([3, None]), "b": pa.array([None, True]), "m": [3, 4]})
    ref = of_pieces([write_piece(full, tmp_path), write_piece(gaps, tmp_path)], 3)
    whole = read_table(tmp_path, ref)
    assert whole.dtypes.astype(str).to_dict() == {"n": "float64", "b": "object", "m": "int64"}
    pieces = [read_piece(tmp_path, ref, at) for at in range(2)]
    pd.testing.assert_frame_equal(pd.concat(pieces, ignore_index=True), whole)


def test_pieces_are_de_identified_as_the_whole_is(contract, raw, tmp_path):
    """The same operators, fitted on the same people: all but random numbers and the order of rows."""
    frames, decisions = [], []
    for name in raw:
        _made(contract, raw[name], tmp_path / name)
        ref = load_ref(tmp_path / name)
        frames.append({table: _without_ids(contract, ref, tmp_path / name, table) for table in ref.tables})
        decisions.append((tmp_path / name / "deid_decisions.json").read_bytes())
    assert decisions[0] == decisions[1]
    for table, frame in frames[0].items():
        pd.testing.assert_frame_equal(frame, frames[1][table])


def _without_ids(contract, ref, folder, table):
    shape = released(contract)[table]
    frame = read_table(folder, ref.tables[table]).drop(columns=[n for n in (shape.key, shape.parent_id) if n])
    return frame.sort_values(list(frame.columns), ignore_index=True)


def test_links_hold_and_row_ids_are_drawn_over_all_pieces(contract, raw, tmp_path):
    _made(contract, raw["many"], tmp_path / "out")
    ref = load_ref(tmp_path / "out")
    people, stays = (read_table(tmp_path / "out", ref.tables[name]) for name in ("patients", "encounters"))
    assert sorted(people["patient_id"]) == list(range(1, len(people) + 1))
    assert set(stays["patient_id"]) <= set(people["patient_id"])
    assert not people["patient_id"].is_monotonic_increasing
    original = read_table(raw["many"], load_ref(raw["many"]).tables["encounters"])
    assert stays["patient_id"].groupby(original["mrn"]).nunique().max() == 1


def test_frames_in_memory_are_de_identified_alike(contract, hospital, raw, tmp_path):
    made, decisions = deidentify_frames(contract, examine(contract, str(hospital))[0], SEED)
    _made(contract, raw["one"], tmp_path / "out")
    ref = load_ref(tmp_path / "out")
    assert [decision.operator for decision in decisions].count("random row id") == 3
    for name, frame in made.items():
        assert sorted(frame.iloc[:, 0]) == sorted(read_table(tmp_path / "out", ref.tables[name]).iloc[:, 0])


def test_rules_are_counted_over_pieces_as_over_the_whole(export, tmp_path, monkeypatch, capsys):
    path = export / "encounters.csv"
    stays = pd.read_csv(path, dtype=str, keep_default_na=False)
    stays.loc[::7, "gender"] = stays.loc[::7, "gender"].map({"Male": "Female"}).fillna("Male")
    stays.loc[::9, "time_in_hospital"] = "14"
    stays.to_csv(path, index=False)
    contract = load(export / "contract.yaml")
    _, findings = examine(contract, str(export))
    whole = [f"note {finding.error.message}" for finding in findings]
    assert len(whole) >= 2
    monkeypatch.setattr(arrange, "ROWS", ROWS)
    intake(contract, str(export), tmp_path / "out")
    assert [line for line in capsys.readouterr().err.splitlines() if line.startswith("note ")] == whole


def test_two_processes_make_the_same_bytes(contract, raw, alone, tmp_path):
    assert _made(contract, raw["many"], tmp_path / "out", Spread(2)) == alone


def test_a_dask_worker_killed_in_mid_task_changes_no_byte(contract, raw, alone, tmp_path):
    (tmp_path / "dask").mkdir()
    with cluster(2, tmp_path / "dask") as dask:
        killed = []
        watcher = threading.Thread(target=_kill_one_at_work, args=(dask.address, killed))
        watcher.start()
        made = _made(contract, raw["many"], tmp_path / "out", Spread(scheduler=dask.address))
        watcher.join()
        assert killed, "no worker was found in mid-task"
        assert made == alone


def _kill_one_at_work(address, killed):
    """Stop a worker, see that it has not finished what it works on, and kill it."""
    from distributed import Client

    until = time.monotonic() + 60
    with Client(address, set_as_default=False) as client:
        pids = client.run(os.getpid)
        while not killed and time.monotonic() < until:
            for worker in [worker for worker, tasks in client.processing().items() if tasks]:
                os.kill(pids[worker], signal.SIGSTOP)
                time.sleep(0.5)
                if client.processing().get(worker):
                    os.kill(pids[worker], signal.SIGKILL)
                    killed.append(worker)
                    return
                os.kill(pids[worker], signal.SIGCONT)


def test_no_work_is_left_behind_by_an_error(contract, raw, tmp_path):
    broken = tmp_path / "raw"
    broken.mkdir()
    for name, data in _bytes(raw["many"]).items():
        (broken / name).write_bytes(data[:-20] if name.endswith(".parquet") else data)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(Exception, match="has been changed"):
        deidentify(contract, broken, out, SEED, Spread(2))
    assert not list(out.iterdir())


def test_people_are_split_alike_in_one_piece_and_in_many(contract, raw, tmp_path):
    """Who is held out follows from the seed and the random ids; no row is lost, none is in both parts."""
    _made(contract, raw["many"], tmp_path / "deid")
    split(contract, tmp_path / "deid", tmp_path / "split", SEED)
    ref = load_ref(tmp_path / "deid")
    parts = {part: load_ref(tmp_path / "split" / part) for part in PARTS}
    assert all(part.pieces == ref.pieces for part in parts.values())
    for name, table in ref.tables.items():
        frames = [read_table(tmp_path / "split" / part, parts[part].tables[name]) for part in PARTS]
        assert sorted(pd.concat(frames).iloc[:, 0]) == sorted(read_table(tmp_path / "deid", table).iloc[:, 0])
        train, holdout = (set(frame["patient_id"]) for frame in frames)
        assert not train & holdout
    assert parts["holdout"].tables["patients"].rows == round(200 * contract.policy.holdout_share)

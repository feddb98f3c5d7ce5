"""A whole batch: order, links, bytes, keys, what is written beside, and what a killed run leaves."""

import json
import signal
import stat
import subprocess
import sys

import pandas as pd
import pyarrow.parquet as pq
import pytest
import sqlalchemy
from addresses import KINDS, written
from deid_tables import CATEGORY, contract, deid, hospital, people

from factory.audit import Act, read, verify
from factory.contract import load
from factory.core.errors import EmptyTable, FactoryError, OutputExists, RunBusy
from factory.core.tables import Zone, read_dataset
from factory.deid import deidentify_frame, deidentify_hospital, deidentify_table
from factory.deid.anonymity import equivalence_classes, k_anonymity
from factory.deid.custody import held, keys_of

SH, ED, GDPR, PIPL = "hipaa-safe-harbor", "hipaa-expert-determination", "gdpr-anonymous", "pipl-anonymised"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deid") / "data"
    hospital(folder)
    return folder


def _raw(data):
    return {name: pd.read_csv(data / f"{name}.csv", dtype=str) for name in ("people", "visits")}


def _run(data, out, *profiles, **more):
    deidentify_hospital(load(data / "contract.yaml"), data, out, profiles, more.pop("seed", 1), **more)
    return read_dataset(out)


def _bytes(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.parquet")}


@pytest.mark.parametrize("kind", KINDS)
def test_any_address_gives_what_plain_files_give(kind, data, tmp_path):
    address = written(kind, _raw(data), tmp_path / "there")
    _run(data, tmp_path / "plain", SH, GDPR)
    deidentify_hospital(load(data / "contract.yaml"), address, tmp_path / "out", [SH, GDPR], 1)
    assert _bytes(tmp_path / "out") == _bytes(tmp_path / "plain")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        path.name for path in (tmp_path / "plain").iterdir()
    }


def test_postgresql_gives_what_plain_files_give(data, store_url, tmp_path):
    engine = sqlalchemy.create_engine(store_url.replace("postgresql://", "postgresql+psycopg://"))
    for name, frame in _raw(data).items():
        frame.to_sql(name, engine, index=False)
    engine.dispose()
    _run(data, tmp_path / "plain", SH)
    deidentify_hospital(load(data / "contract.yaml"), store_url, tmp_path / "out", [SH], 1)
    assert _bytes(tmp_path / "out") == _bytes(tmp_path / "plain")


def test_messages_call_a_table_by_its_own_name(data, tmp_path):
    frames = _raw(data)
    frames["visits"] = frames["visits"].drop(columns=frames["visits"].columns[1])
    with pytest.raises(FactoryError) as error:
        deidentify_hospital(
            load(data / "contract.yaml"), written("sqlite", frames, tmp_path / "db"), tmp_path / "out", [SH], 1
        )
    assert "visits" in str(error.value) and ".parquet" not in str(error.value)


def test_an_address_that_ends_half_way_leaves_nothing(data, tmp_path):
    frames = _raw(data)
    frames["visits"] = frames["visits"].iloc[:0]
    address = written("sqlite", frames, tmp_path / "there")
    with pytest.raises(EmptyTable):
        deidentify_hospital(load(data / "contract.yaml"), address, tmp_path / "out", [SH], 1)
    assert [left.name for left in tmp_path.iterdir()] == ["there"]


@pytest.mark.parametrize("profile", [SH, ED, GDPR, PIPL])
def test_rows_keep_their_order_and_keys_their_links(profile, data, tmp_path):
    ref, made = _run(data, tmp_path / "out", profile)
    raw = _raw(data)
    assert ref.zone is Zone.DEIDENTIFIED
    assert {name: len(frame) for name, frame in made.items()} == {"people": 300, "visits": 900}
    assert made["people"].person.is_unique
    renamed = dict(zip(raw["people"].id, made["people"].person, strict=True))
    assert (raw["visits"].id.map(renamed) == made["visits"].person).all()
    assert sorted(made["people"].person) == list(range(1, 301))


def test_the_same_seed_gives_the_same_bytes_whatever_the_workers(data, tmp_path, monkeypatch):
    monkeypatch.setattr("factory.deid.batch.partitions._BLOCK", 1 << 12)
    for profile in (SH, ED, GDPR):
        folders = []
        for workers in (1, 2, 3):
            folders.append(tmp_path / f"{profile}-{workers}")
            _run(data, folders[-1], profile, workers=workers)
        assert pq.ParquetFile(folders[0] / "visits.parquet").num_row_groups > 3
        assert _bytes(folders[0]) == _bytes(folders[1]) == _bytes(folders[2])
        assert (folders[0] / "deid_decisions.json").read_bytes() == (folders[2] / "deid_decisions.json").read_bytes()


def test_how_rows_are_parted_changes_no_value(data, tmp_path, monkeypatch):
    _, whole = _run(data, tmp_path / "whole", SH, GDPR)
    monkeypatch.setattr("factory.deid.batch.partitions._BLOCK", 1 << 11)
    _, parted = _run(data, tmp_path / "parted", SH, GDPR)
    for name, frame in whole.items():
        pd.testing.assert_frame_equal(frame, parted[name])


def test_another_or_no_seed_gives_other_row_ids(data, tmp_path):
    ids = [
        _run(data, tmp_path / str(n), SH, seed=seed)[1]["people"].person.tolist()
        for n, seed in enumerate((1, 2, None, None))
    ]
    assert len({tuple(one) for one in ids}) == 4


@pytest.mark.parametrize("profile", [ED, GDPR, PIPL])
def test_classes_of_k_people_are_reached_and_what_they_cost_is_said(profile, data, tmp_path):
    _, made = _run(data, tmp_path / "out", profile)
    decisions = json.loads((tmp_path / "out" / "deid_decisions.json").read_bytes())
    searched = [row for row in decisions if row["level"] is not None]
    assert {"born", "sex", "age"} <= {row["column"] for row in searched}
    assert all(0 <= row["loss"] <= 1 and profile in row["profiles"] for row in searched)
    own = {name: [r["released_as"][0] for r in searched if r["table"] == name] for name in made}
    shown = made["people"].dropna(subset=own["people"])
    assert k_anonymity(equivalence_classes(shown[own["people"]])) >= 11
    both = made["visits"].merge(made["people"], on="person")
    both = both.dropna(subset=own["visits"] + own["people"])
    assert k_anonymity(equivalence_classes(both[own["visits"] + own["people"]]), both.person) >= 11


def test_fewer_than_k_people_share_no_value_of_any_category_or_count(data, tmp_path):
    for profile in (SH, ED, GDPR):
        _, made = _run(data, tmp_path / profile, profile)
        for column in ("code", "count"):
            assert made["visits"].groupby(column).person.nunique().min() >= 11
    assert made["visits"].groupby("lab").person.nunique().min() >= 11


def test_intervals_survive_a_shift_and_codes_get_surrogates_that_agree(data, tmp_path):
    _, made = _run(data, tmp_path / "out", ED)
    raw = _raw(data)["visits"]
    stay = pd.to_datetime(raw["left"]) - pd.to_datetime(raw["at"])
    shifted = pd.to_datetime(made["visits"]["left"]) - pd.to_datetime(made["visits"]["at"])
    assert (stay == shifted).all()
    moved = pd.to_datetime(made["visits"]["at"]) - pd.to_datetime(raw["at"])
    assert moved.groupby(made["visits"].person).nunique().max() == 1
    assert moved.abs().max() <= pd.Timedelta(days=182)
    assert made["people"].account.is_unique
    assert not set(made["people"].account) & set(_raw(data)["people"].account)


def test_every_column_has_a_decision_with_paragraph_and_profiles(data, tmp_path):
    _run(data, tmp_path / "out", SH, PIPL)
    rows = json.loads((tmp_path / "out" / "deid_decisions.json").read_bytes())
    held_ = load(data / "contract.yaml").tables
    assert [(r["table"], r["column"]) for r in rows] == [(t, c) for t, one in held_.items() for c in one.columns]
    assert all(row["because"] and row["profiles"] for row in rows if row["operator"] != "kept")
    by = {row["column"]: row for row in rows if row["table"] == "visits"}
    assert by["at"]["released_as"] == ["at_year"]
    assert by["at"]["profiles"] == [PIPL]
    assert "PIPL Art. 73(4)" in by["at"]["because"]
    assert {row["class"] for row in rows if row["table"] == "people"} == {None, "name", "account"}


def test_the_key_is_gone_and_its_receipt_is_in_the_log(data, tmp_path):
    out = tmp_path / "out"
    _run(data, out, ED, seed=None)
    assert not keys_of(out).exists()
    assert not list(tmp_path.glob(".*"))
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    receipt = json.loads((out / "key_receipt.json").read_bytes())
    assert receipt["created"] <= receipt["destroyed"]
    assert not receipt["from_seed"]
    assert set(receipt["operators"]) == {
        "random row id",
        "surrogate, the same within a person",
        "dates shifted, as far within a person",
    }
    (entry,) = read(out / "audit.jsonl")
    assert entry.act is Act.DESTROY_KEYS
    assert verify(out / "audit.jsonl").startswith("1:")


def test_a_full_folder_is_refused_and_two_at_once_too(data, tmp_path):
    _run(data, tmp_path / "out", SH)
    with pytest.raises(OutputExists):
        _run(data, tmp_path / "out", SH)
    with held(tmp_path / "busy"), pytest.raises(RunBusy):
        _run(data, tmp_path / "busy", SH)


HANG = """
import sys, time
from pathlib import Path
import factory.deid.hospital as h
from factory.contract import load
def wait(*args):
    print("working", flush=True)
    time.sleep(60)
h.transform = wait
data = Path(sys.argv[1])
h.deidentify_hospital(load(data / "contract.yaml"), data, Path(sys.argv[2]), ["hipaa-safe-harbor"])
"""


def test_what_a_killed_run_leaves_is_destroyed_by_the_next(data, tmp_path):
    out = tmp_path / "out"
    with subprocess.Popen([sys.executable, "-c", HANG, data, out], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout.readline() == "working\n"
        key = keys_of(out) / "batch.key"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        secret = key.read_bytes()
        running.send_signal(signal.SIGKILL)
    assert key.exists()
    done = deid("run", data / "contract.yaml", "--out", out, "--profile", SH)
    assert done.returncode == 0, done.stderr
    assert "a killed run left its key; it was destroyed" in done.stderr
    assert not list(tmp_path.glob(".*"))
    assert json.loads((out / "key_receipt.json").read_bytes())["leftover_destroyed"]
    assert secret.hex() not in (out / "key_receipt.json").read_text()


def test_a_table_through_pipes(data, tmp_path):
    text = (data / "people.csv").read_text()
    done = deid("table", "-", "--profile", SH, "--seed", 4, stdin=text)
    assert done.returncode == 0, done.stderr
    assert "one was drafted" in done.stderr
    (tmp_path / "made.csv").write_text(done.stdout)
    made = pd.read_csv(tmp_path / "made.csv")
    assert list(made) == ["id_row", "born_year", "sex"]
    assert len(made) == 300
    assert "Name 7" not in done.stdout + done.stderr
    again = deid("table", data / "people.csv", "--profile", SH, "--seed", 4, "--out", tmp_path / "file.csv")
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "file.csv").read_text() == done.stdout
    assert {path.name for path in (tmp_path / "file.csv.log").iterdir()} == {
        "audit.jsonl",
        "deid_decisions.json",
        "key_receipt.json",
    }


def test_a_child_table_alone_has_the_people_its_contract_links_it_to(data, tmp_path):
    done = deidentify_table(
        data / "visits.csv", tmp_path / "v.parquet", load(data / "contract.yaml"), profiles=[SH], seed=2
    )
    made = pd.read_parquet(tmp_path / "v.parquet")
    raw = _raw(data)["visits"]
    assert made.groupby("person").size().tolist().count(1) < 300
    assert (made.groupby("person").ngroup().groupby(raw.id).nunique() == 1).all()
    assert (made.groupby("person").at_day.min() == 0).all()
    assert {decision.table for decision in done.decisions} == {"visits"}


def test_a_table_without_a_key_and_of_odd_cells_is_done():
    frame = pd.DataFrame({"sex": ["F", "M", None] * 40, "ward": ["A", 1, 2.0] * 40, "n": [1, 2, 3] * 40})
    made, done = deidentify_frame(frame, profiles=[SH], seed=1)
    assert done.drafted
    assert list(made) == ["sex", "ward", "n"]
    assert made.n.tolist() == frame.n.tolist()


def test_words_for_yes_and_no_are_not_a_change():
    made, done = deidentify_frame(
        people(60, ok=lambda i: i % 2 == 0), contract({"ok": {"role": "clinical", "type": "boolean"}}), profiles=[SH]
    )
    assert set(made.ok) == {"yes", "no"}
    assert done.decisions[1].operator == "kept"


def test_a_column_of_nothing_passes():
    made, _ = deidentify_frame(people(60, ward=lambda i: None), contract({"ward": CATEGORY}), profiles=[SH, GDPR])
    assert made.ward.isna().all()


def test_no_key_outlives_a_batch_that_fails(data, tmp_path):
    broken = tmp_path / "data"
    hospital(broken)
    (broken / "visits.csv").write_text((broken / "visits.csv").read_text() + "V1,P1,2001-01-01\n")
    done = deid("run", broken / "contract.yaml", "--out", tmp_path / "out")
    assert done.returncode == 18
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_free_text_is_searched_with_the_identifiers_of_its_row():
    frame = people(
        40,
        name=lambda i: "CHAN Tai Man" if i == 3 else f"WONG Siu {'ABCDEFGH'[i % 8]}ing",
        note=lambda i: "Mr Chan Tai Man came, HKID G123456(A)." if i == 3 else "Stable, home tomorrow.",
    )
    columns = {
        "name": {"role": "identifier", "type": "string", "class": "name"},
        "note": {"role": "free-text", "type": "string"},
    }
    for keyless in (False, True):
        given = frame.drop(columns="id") if keyless else frame
        made, done = deidentify_frame(given, contract(columns), profiles=[GDPR], seed=1)
        assert "Chan" not in made.note[3]
        assert "G123456" not in made.note[3]
        assert made.note[4] == frame.note[4]
        decision = next(one for one in done.decisions if one.column == "note")
        assert decision.found == {"ID": 1, "NAME": 1}
        assert "gate of its own" in decision.notes[0]


def test_leftovers_of_another_output_are_left_alone(data, tmp_path):
    other = tmp_path / ".part-out-b-abcdefgh"
    other.mkdir()
    mine = tmp_path / ".part-out-abcdefgh"
    mine.mkdir()
    _run(data, tmp_path / "out", SH)
    assert other.exists()
    assert not mine.exists()

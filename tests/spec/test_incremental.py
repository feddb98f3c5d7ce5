"""A second batch learns from who is new or changed, is assessed with the first, and counts nobody twice."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from quick import QUICK

from factory.audit import Act, Outcome, append
from factory.batches.ledger import Ledger
from factory.batches.register import open_register
from factory.batches.sides import ids_of, sides_of
from factory.core.errors import GateFailed, NotReady
from factory.core.run import Run, RunState
from factory.core.tables import read_dataset
from factory.line.produce import prepare
from factory.line.releasing import checked_release
from factory.line.stages import run_stage
from factory.simulate import simulate

FIRST, ALL = 200, 330
GONE, CHANGED = 15, 60
LIMITS = "{release: data-use-agreement, membership_auc: 0.9, transfer_sensitive: 100000}"


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    """Two exports of one hospital: people come, go and change in between."""
    out = tmp_path_factory.mktemp("exports")
    simulate(ALL, 11, out / "all")
    text = (out / "all" / "contract.yaml").read_text()
    text = text.replace("{release: data-use-agreement}", LIMITS)
    text = text.replace("[hipaa-safe-harbor, gdpr-anonymous]", "[hipaa-safe-harbor, pipl-anonymised]")
    text = text.replace("route: not-from-mainland", "route: standard-contract")
    everybody = pd.read_csv(out / "all" / "patients.csv", dtype=str, keep_default_na=False)["mrn"].tolist()
    first, second = everybody[:FIRST], everybody[GONE:]
    _export(out / "all", out / "first", text, first, [])
    _export(out / "all", out / "second", text, second, first[GONE : GONE + CHANGED])
    return out


def _export(source, out, contract, people, changed):
    out.mkdir()
    (out / "contract.yaml").write_text(contract)
    read = {name: pd.read_csv(source / f"{name}.csv", dtype=str, keep_default_na=False) for name in TABLES}
    patients, stays, notes = (read[name] for name in TABLES)
    stays = stays[stays["mrn"].isin(people)].copy()
    hit = stays["mrn"].isin(changed)
    stays.loc[hit, "num_lab_procedures"] = (stays.loc[hit, "num_lab_procedures"].astype(int) + 1).astype(str)
    patients[patients["mrn"].isin(people)].to_csv(out / "patients.csv", index=False)
    stays.to_csv(out / "encounters.csv", index=False)
    notes[notes["encounter_id"].isin(stays["encounter_id"])].to_csv(out / "notes.csv", index=False)


TABLES = ("patients", "encounters", "notes")


def produced(factory, export, run, *more):
    words = ("produce", export / "contract.yaml", "--data", export, "--run", run, "--seed", "4242", "--plain")
    return factory(*words, *QUICK, *more)


@pytest.fixture(scope="module")
def runs(exports, factory, tmp_path_factory):
    """A run of the first export, and one of the second since the first."""
    home = tmp_path_factory.mktemp("runs")
    done = produced(factory, exports / "first", home / "one")
    assert done.returncode == 0, done.stderr
    done = produced(factory, exports / "second", home / "two", "--since", home / "one")
    assert done.returncode == 0, done.stderr
    return home


def dossier(run):
    return json.loads((run / "release" / "candidate" / "dossier.json").read_bytes())


def control(run, name):
    return next(row for row in dossier(run)["controls"] if row["id"] == name)


def test_the_second_batch_is_of_who_is_new_or_changed(runs):
    one, two = dossier(runs / "one"), dossier(runs / "two")
    assert one["batch"]["since"] is None and one["batch"]["linked"] == []
    new = ALL - FIRST
    counts = {"new": new, "changed": CHANGED, "unchanged": FIRST - GONE - CHANGED, "gone": GONE}
    assert two["batch"]["since"] == counts
    assert two["people"]["train"] + two["people"]["holdout"] == new + CHANGED
    assert len(read_dataset(runs / "two" / "source" / "deid")[1]["patients"]) == new + CHANGED
    page = (runs / "two" / "release" / "candidate" / "dossier.html").read_text()
    assert f"{new} new and {CHANGED} changed people since an earlier batch" in page


def test_both_releases_are_attacked_together(runs):
    assert dossier(runs / "two")["batch"]["linked"] == [CHANGED]
    names = {measure["name"] for measure in dossier(runs / "two")["measures"]}
    assert {"linked_membership_auc", "linked_membership_tpr"} <= names
    assert control(runs / "two", "RL-11")["verdict"] in ("pass", "inconclusive")
    assert control(runs / "one", "RL-11")["sentence"] == "No other release of the register holds people of this one."


def test_a_person_in_both_stays_on_their_side_of_the_split(runs):
    one, two = (sides_of(Run(runs / name)) for name in ("one", "two"))
    shared = one.keys() & two.keys()
    assert len(shared) == CHANGED
    assert {two[person] for person in shared} == {"train", "holdout"}
    assert all(one[person] == two[person] for person in shared)


def test_a_digest_of_the_register_leads_to_the_row_of_that_person(runs):
    run = Run(runs / "two")
    raw = read_dataset(run.stage("batch"))[1]["patients"]
    deid = read_dataset(run.stage("deid"))[1]["patients"].set_index("patient_id")
    register = open_register(runs / ".register")
    ids = ids_of(run)
    assert len(ids) == len(raw)
    for key, sex in zip(raw["mrn"], raw["sex"], strict=True):
        assert deid["sex"][ids[register.person("Sample Hospital", key).hex()]] == sex


def test_the_years_people_are_different_people(runs):
    sent = dossier(runs / "two")["batch"]["sent"]
    assert set(sent.values()) == {ALL}
    row = control(runs / "two", "CN-4")
    assert row["values"]["n"] == ALL


def test_nothing_of_the_register_is_on_the_release_side(runs):
    run = Run(runs / "two")
    kept = pd.read_parquet(run.stage("batch") / "people.parquet")
    secrets = {*kept["person"], *kept["rows"], open_register(runs / ".register").secret.hex()}
    for path in run.release.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not any(secret.encode() in data or bytes.fromhex(secret) in data for secret in secrets), path.name


@pytest.fixture
def copied(runs, tmp_path):
    """The two runs and their register, to be changed."""
    home = tmp_path / "runs"
    shutil.copytree(runs, home)
    for name in ("one", "two"):
        request = home / name / "source" / "request.json"
        request.write_text(request.read_text().replace(str(runs), str(home)))
    return home


def test_more_people_in_a_year_than_the_route_allows_are_refused(copied, exports, factory, tmp_path):
    # 190 people are under 250, and with those of the first batch there are 330.
    export = shutil.copytree(exports / "second", tmp_path / "second")
    contract = export / "contract.yaml"
    contract.write_text(contract.read_text().replace("transfer_sensitive: 100000", "transfer_sensitive: 250"))
    done = produced(factory, export, copied / "three", "--since", copied / "one")
    assert done.returncode == 40
    assert "CN-4" in done.stderr and "Traceback" not in done.stderr
    assert control(copied / "three", "CN-4")["verdict"] == "fail"


def begun(home, export, name, *, since=None):
    """A run as far as the stage that enters its batch, with the candidate of another for what it would say."""
    run = prepare(export / "contract.yaml", str(export), home / name, "trees", 1, "producer", None, since=since)
    for stage in ("intake", "batch"):
        run_stage(run.root, stage)
    shutil.copytree(home / "one" / "release", run.release)
    return run


def test_a_release_that_was_never_assessed_with_one_that_came_since_is_refused(copied, exports, factory):
    late = begun(copied, exports / "second", "late")
    with checked_release(late):
        pass
    assert "nothing in the register" in factory("batches", "--check", late.root).stdout
    Run(copied / "one").set_state(state=RunState.APPROVED.value)
    with pytest.raises(NotReady, match="one holds people of this run"), checked_release(late):
        pass
    done = factory("batches", "--check", late.root)
    assert done.returncode == 32 and "one holds people of this run" in done.stderr
    # The run that was assessed with it goes out; so does the one it was assessed with.
    Run(copied / "two").set_state(state=RunState.APPROVED.value)
    for name in ("one", "two"):
        with checked_release(Run(copied / name)):
            pass
    again = begun(copied, exports / "second", "again")
    with checked_release(again):
        pass


def test_a_release_beyond_the_years_limit_is_refused_on_the_day(copied):
    one, two = Run(copied / "one"), Run(copied / "two")
    for run in (one, two):
        contract = run.source / "contract.yaml"
        contract.write_text(contract.read_text().replace("transfer_sensitive: 100000", "transfer_sensitive: 250"))
    with checked_release(two):
        pass
    append(one.audit, "dan", Act.RELEASE, "0" * 64, Outcome.BEGUN)
    with pytest.raises(GateFailed, match="CN-4"), checked_release(two):
        pass


def test_two_releases_at_once_wait_for_each_other(copied):
    register = open_register(copied / ".register")
    code = (
        "import sys; from pathlib import Path; from factory.core.run import Run;"
        "from factory.line.releasing import checked_release\n"
        "print('asks', flush=True)\n"
        "with checked_release(Run(Path(sys.argv[1]))): print('holds', flush=True)"
    )
    with register.held():
        words = [sys.executable, "-c", code, str(copied / "two")]
        other = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert other.stdout.readline() == "asks\n"
        time.sleep(1.0)
        assert other.poll() is None
    assert other.stdout.readline() == "holds\n"
    assert other.wait(60) == 0


@pytest.mark.parametrize("pause", [0.02, 0.15, 0.3])
def test_a_batch_whose_stage_was_killed_is_counted_once(exports, tmp_path, pause):
    export = exports / "first"
    run = prepare(export / "contract.yaml", str(export), tmp_path / "run", "trees", 1, "producer", None)
    run_stage(run.root, "intake")
    code = (
        "import sys; from pathlib import Path; from factory.line.stages import run_stage;"
        "run_stage(Path(sys.argv[1]), 'batch')"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(run.root)], stderr=subprocess.PIPE, text=True)
    assert process.stderr.readline().startswith("begin")
    time.sleep(pause)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    run_stage(run.root, "batch")
    ledger = Ledger(tmp_path / ".register" / "ledger.sqlite")
    (batch,) = ledger.batches()
    assert ledger.people([batch.id]) == FIRST
    assert not list(run.source.glob(".part-*"))


def test_bad_questions_are_one_sentence_and_a_code(runs, exports, factory, tmp_path):
    def asked(run, *more, export=exports / "second"):
        done = produced(factory, export, run, *more)
        assert "Traceback" not in done.stderr
        return done.returncode, done.stderr

    code, said = asked(tmp_path / "a", "--since", tmp_path / "nowhere")
    assert code == 32 and "not a run folder" in said
    assert not (tmp_path / "a").exists()
    # Another register knows nobody of that run.
    code, said = asked(tmp_path / "b", "--since", runs / "one")
    assert code == 30 and "another register" in said
    # The same export again: nobody is new.
    code, said = asked(
        tmp_path / "c", "--since", runs / "one", "--register", runs / ".register", export=exports / "first"
    )
    assert code == 19 and "0 new or changed people" in said
    # A run keeps what it was begun with.
    code, said = asked(runs / "two")
    assert code == 30 and "--since" in said
    changed = shutil.copytree(exports / "second", tmp_path / "other")
    contract = changed / "contract.yaml"
    contract.write_text(contract.read_text().replace("licensor: Sample Hospital", "licensor: Another Hospital"))
    code, said = asked(tmp_path / "d", "--since", runs / "one", "--register", runs / ".register", export=Path(changed))
    assert code == 30 and "licensor" in said

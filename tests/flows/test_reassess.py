"""What stands is measured again by the code of today: a verdict that changed is an error; it costs once."""

import shutil

import pytest
from on_prefect import flow, of_flow, posted, table
from quick import QUICK

from factory.audit.log import Act, read
from factory.core.run import Run
from flows.outcomes import RETRIES


@pytest.fixture(scope="module")
def made(hospital, factory, tmp_path_factory):
    """A run that awaits review, made once."""
    run = tmp_path_factory.mktemp("runs") / "first"
    words = ("produce", hospital / "contract.yaml", "--data", hospital, "--run", run, "--seed", "7", "--plain", *QUICK)
    done = factory(*words)
    assert done.returncode == 0, done.stderr
    return run


@pytest.fixture
def run(made, tmp_path):
    return Run(shutil.copytree(made, tmp_path / "runs" / "first"))


def _measured(run):
    return [entry for entry in read(run.audit) if entry.act == Act.CHECK]


def test_the_same_code_says_the_same_and_measures_once(run, factory):
    first = factory("reassess", run.root.parent)
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("first: awaiting review; ")
    assert "measure first again" in first.stderr
    assert len(_measured(run)) == 1
    second = factory("reassess", run.root.parent)
    assert second.stdout == first.stdout
    assert "measured by this code before" in second.stderr
    assert len(_measured(run)) == 1


def test_a_run_that_would_be_refused_now_is_an_error_and_the_candidate_stays(run, factory):
    contract = run.source / "contract.yaml"
    text = contract.read_text()
    assert "membership_auc: 0.9" in text
    # The bound of today, as a stronger attack would be: what passed then does not any more.
    contract.write_text(text.replace("membership_auc: 0.9", "membership_auc: 0.501"))
    before = (run.candidate / "candidate.json").read_bytes()
    done = factory("reassess", run.root)
    assert done.returncode == 42, done.stderr
    assert "Refused now: first." in done.stderr
    assert "fail now, not met: " in done.stdout
    assert (run.candidate / "candidate.json").read_bytes() == before


def test_stages_that_hold_other_tables_than_the_candidate_are_not_measured(run, factory):
    table = next((run.candidate / "data").glob("*.parquet"))
    table.write_bytes(table.read_bytes() + b"\0")
    done = factory("reassess", run.root)
    assert done.returncode == 30
    assert "other tables than its candidate" in done.stderr
    assert not _measured(run)


def test_a_folder_nobody_relies_on_is_a_sentence(tmp_path, factory):
    done = factory("reassess", tmp_path)
    assert done.returncode == 32
    assert "no run that somebody relies on" in done.stderr


def test_runs_that_stand_are_a_table_and_one_that_falls_is_a_failed_flow(server, home, run):
    contract = run.source / "contract.yaml"
    text = contract.read_text()
    assert "membership_auc: 0.9" in text
    contract.write_text(text.replace("membership_auc: 0.9", "membership_auc: 0.501"))
    asked = f"reassess_runs(ReassessForm(runs={str(run.root.parent)!r}))"
    done = flow(asked, {**home, "PREFECT_API_URL": server})
    assert done.returncode != 0
    state, message = of_flow(server)
    assert state == "FAILED" and "Refused now: first." in message
    ((row,), said) = table(server, "reassessment-table")
    assert row["run"] == "first" and row["now"] == "fail" and said == "1 runs, 1 refused now"


def test_storage_that_does_not_answer_is_tried_again_and_said_at_last(server, home, run):
    # In the place of a file lies a folder: each try ends in an error of the file system.
    (run.source / "contract.yaml").unlink()
    (run.source / "contract.yaml").mkdir()
    asked = f"reassess_runs(ReassessForm(runs={str(run.root.parent)!r}))"
    done = flow(asked, {**home, "PREFECT_API_URL": server})
    assert done.returncode != 0
    assert of_flow(server)[0] == "FAILED"
    (task,) = posted(f"{server}/task_runs/filter", {})
    assert task["run_count"] == RETRIES + 1


def test_a_run_from_before_there_was_a_register_is_measured_as_well(run, factory):
    shutil.rmtree(run.stage("batch"))
    done = factory("reassess", run.root)
    assert done.returncode == 0, done.stderr
    assert len(_measured(run)) == 1

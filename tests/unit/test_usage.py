"""What a piece of work is said to have cost, held against work whose cost is known."""

import json
import shutil
import subprocess
import sys
import time

import pytest
from another_user import as_nobody, folder_for_all

from factory.core.run import Run
from factory.core.usage import measured
from factory.line.listing import runs
from factory.line.timings import path_of, timed, timings

MB = 1 << 20
HOLDS = "import time; held = bytearray({size}); print(1, flush=True); time.sleep(1)"


def test_a_stage_is_not_charged_for_the_one_before_it():
    with measured() as large:
        held = bytearray(300 * MB)
        del held
    with measured() as small:
        pass
    assert large.peak_of == small.peak_of == "work"
    assert large.peak_bytes - small.peak_bytes > 250 * MB


def test_what_children_hold_is_counted_with_it():
    with measured() as alone:
        pass
    with measured() as usage:
        subprocess.run([sys.executable, "-c", HOLDS.format(size=200 * MB)], check=True, capture_output=True)
    assert usage.peak_bytes - alone.peak_bytes > 150 * MB
    assert usage.wall_s >= 1


def test_seconds_of_the_processor_are_those_worked():
    with measured() as idle:
        time.sleep(0.3)
    with measured() as busy:
        until = time.process_time() + 0.3
        while time.process_time() < until:
            pass
    assert busy.cpu_s > 0.29 > idle.cpu_s


def test_a_failed_attempt_is_written_down_too_and_a_torn_line_is_passed_over(tmp_path):
    run = Run(tmp_path)
    run.create()
    with pytest.raises(ZeroDivisionError), timed(run, "intake"):
        _ = 1 / 0
    with timed(run, "intake"):
        pass
    with path_of(run).open("a") as handle:
        handle.write('{"stage": "de')
    assert [(item.stage, item.outcome) for item in timings(run)] == [("intake", "failed"), ("intake", "done")]


def test_a_stage_that_is_whole_does_not_fail_for_its_timing(tmp_path):
    run = Run(tmp_path)
    run.create()
    path_of(run).mkdir()
    with timed(run, "intake"):
        pass


@pytest.fixture
def worked(tmp_path):
    run = Run(tmp_path / "runs" / "first")
    run.create()
    run.set_state(state="draft")
    for stage in ("deid", "intake", "deid"):
        with timed(run, stage):
            pass
    with pytest.raises(ZeroDivisionError), timed(run, "deid"):
        _ = 1 / 0
    return run


def test_runs_are_listed_with_the_last_whole_attempt_of_each_stage_in_the_lines_order(worked, factory):
    done = factory("runs", worked.root.parent, "--json")
    assert done.returncode == 0, done.stderr
    (listed,) = json.loads(done.stdout)
    assert (listed["name"], listed["state"], listed["busy"]) == ("first", "draft", False)
    stages = [(item["latest"]["stage"], item["latest"]["outcome"], item["attempts"]) for item in listed["stages"]]
    assert stages == [("intake", "done", 1), ("deid", "done", 3)]
    assert "seconds" in factory("runs", worked.root).stdout


def test_a_run_somebody_works_on_is_said_to_be_and_is_not_disturbed(worked):
    with worked.lock():
        assert [item.busy for item in runs(worked.root)] == [True]
    assert [item.busy for item in runs(worked.root)] == [False]


def test_a_folder_without_runs_is_a_sentence(tmp_path, factory):
    for folder in (tmp_path, tmp_path / "absent"):
        done = factory("runs", folder)
        assert done.returncode == 32
        assert "holds no run" in done.stderr


def test_who_may_not_read_the_source_zone_sees_the_state_and_no_timings(worked):
    with folder_for_all() as folder:
        shutil.copytree(worked.root, folder / "first")
        shutil.copytree(worked.root, folder / "another")
        (folder / "another").chmod(0o700)
        with as_nobody():
            (listed,) = runs(folder)
    assert (listed.name, listed.state, listed.stages) == ("first", "draft", None)

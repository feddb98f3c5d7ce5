"""Killed with SIGKILL in any stage, the next run completes to the same bytes."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest
from quick import QUICK

from factory.core.files import sha256_file
from factory.line.stages import STAGES

SEED = "4242"
SLOW = {"synth": 1.5, "checks": 1.5, "gates": 2.0}


def _command(hospital, run):
    words = ["produce", hospital / "contract.yaml", "--data", hospital, "--run", run, "--seed", SEED, "--plain", *QUICK]
    return [sys.executable, "-m", "factory.cli", *map(str, words)]


def _tables(run):
    return {
        path.name: sha256_file(path) for path in sorted((run / "release" / "candidate").rglob("*")) if path.is_file()
    }


@pytest.fixture(scope="module")
def whole(hospital, tmp_path_factory):
    run = tmp_path_factory.mktemp("whole") / "run"
    subprocess.run(_command(hospital, run), check=True, capture_output=True)
    return run


@pytest.fixture(scope="module")
def tables(whole):
    return _tables(whole)


def _killed_in(stage, hospital, run):
    """Kill a run in a stage; how many stages, done before the kill before, it skipped."""
    process = subprocess.Popen(_command(hospital, run), stderr=subprocess.PIPE, text=True)
    watchdog = threading.Timer(300, process.kill)
    watchdog.start()
    skipped = 0
    for line in process.stderr:
        skipped += line.startswith("skip ")
        if line.strip() == f"begin {stage.title}":
            # Somewhere inside the stage; the slow ones long enough in for their libraries to be at work.
            time.sleep(SLOW.get(stage.name, 0.01))
            os.kill(process.pid, signal.SIGKILL)
            break
    process.wait()
    watchdog.cancel()
    assert process.returncode == -signal.SIGKILL
    return skipped


def test_killed_in_each_stage_in_turn(hospital, tables, tmp_path):
    # One run is killed in every stage, each time gone on from where it was, so that each kill is survived by the next.
    run = tmp_path / "run"
    for done, stage in enumerate(STAGES):
        assert _killed_in(stage, hospital, run) == max(0, done - 1), stage.name
        assert not (run / "release").exists(), stage.name
    done = subprocess.run(_command(hospital, run), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("skip ") == len(STAGES) - 1
    assert _tables(run) == tables
    assert not list(run.rglob(".part-*"))


@pytest.mark.parametrize("pause", [0.0, 0.003, 0.02])
def test_killed_between_the_last_stage_and_the_state(pause, hospital, whole, tables, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(whole, run)
    # As a kill before the candidate was put on the release side leaves it, so that only the end is done again.
    shutil.rmtree(run / "release")
    (run / "audit.jsonl").unlink()
    (run / "run.json").write_text((run / "run.json").read_text().replace("awaiting review", "draft"))
    process = subprocess.Popen(_command(hospital, run), stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line.startswith("skip write the dossier"):
            time.sleep(pause)
            process.kill()
            break
    process.wait()
    done = subprocess.run(_command(hospital, run), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "awaiting review" in (run / "run.json").read_text()
    assert len((run / "audit.jsonl").read_text().splitlines()) == 1
    assert _tables(run) == tables


def test_a_table_changed_behind_its_back_is_made_again(hospital, whole, tables, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(whole, run)
    table = next((run / "source" / "synth").glob("*.parquet"))
    table.write_bytes(table.read_bytes() + b"x")
    done = subprocess.run(_command(hospital, run), capture_output=True, text=True, check=True)
    assert "begin synthesize" in done.stderr
    assert _tables(run) == tables

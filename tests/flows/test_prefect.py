"""The flow against a real Prefect server, and killed in the middle."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from on_prefect import posted
from quick import QUICK

from factory.core.files import sha256_file


def _command(hospital, run):
    words = ["produce", hospital / "contract.yaml", "--data", hospital, "--run", run, "--seed", "4242", *QUICK]
    return [sys.executable, "-m", "factory.cli", *map(str, words)]


def _tables(run):
    return {path.name: sha256_file(path) for path in (run / "release" / "candidate").rglob("*") if path.is_file()}


def _all_ended(prefect_home):
    """True once no process with this Prefect home is left; waits ten seconds at the most."""
    for _ in range(40):
        left = []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and prefect_home.encode() in (entry / "environ").read_bytes():
                    left.append(entry.name)
        if not left:
            return True
        time.sleep(0.25)
    return False


def test_the_run_can_be_looked_at_on_a_server(server, home, hospital, tmp_path):
    done = subprocess.run(
        _command(hospital, tmp_path / "run"),
        env={**home, "PREFECT_API_URL": server},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    runs = posted(f"{server}/flow_runs/filter", {})
    assert [run["state_type"] for run in runs] == ["COMPLETED"]
    assert "4242" not in json.dumps(runs[0]["parameters"])
    tasks = posted(f"{server}/task_runs/filter", {})
    assert {task["name"] for task in tasks} >= {"intake", "deid", "split", "synth", "checks", "gates", "dossier"}


def test_killed_under_prefect_and_run_again(home, hospital, tmp_path):
    plain = [*_command(hospital, tmp_path / "plain"), "--plain"]
    subprocess.run(plain, capture_output=True, check=True)
    run = tmp_path / "run"
    process = subprocess.Popen(_command(hospital, run), env=home, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line.startswith("begin synthesize"):
            os.kill(process.pid, signal.SIGKILL)
            break
    process.wait()
    assert process.returncode == -signal.SIGKILL
    assert _all_ended(home["PREFECT_HOME"]), "a server outlived the run that started it"
    again = subprocess.run(_command(hospital, run), env=home, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert _tables(run) == _tables(tmp_path / "plain")


def test_a_failing_stage_leaves_one_sentence_and_no_value_in_prefect(home, export, tmp_path):
    secret = "Zyxwvut-Secret-Value"
    path = export / "encounters.csv"
    head, first, *rest = path.read_text().splitlines(keepends=True)
    cells = first.split(",")
    assert head.split(",")[1] == "mrn"
    path.write_text("".join([head, ",".join([cells[0], secret, *cells[2:]]), *rest]))
    done = subprocess.run(_command(export, tmp_path / "run"), env=home, capture_output=True, text=True, check=False)
    assert done.returncode == 15, done.stderr
    assert "Traceback" not in done.stderr
    assert secret not in done.stderr + done.stdout
    database = b"".join(path.read_bytes() for path in (tmp_path / "prefect").rglob("*") if path.is_file())
    assert b"orphan" in database.lower() or b"OrphanRow" in database
    assert secret.encode() not in database

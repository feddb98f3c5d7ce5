"""The flow against a real Prefect server, and killed in the middle."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from quick import QUICK

from factory.core.files import sha256_file


def _free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.fixture
def home(tmp_path):
    """An environment with a Prefect home of its own and no server configured."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return {**kept, "PREFECT_HOME": str(tmp_path / "prefect")}


@pytest.fixture
def server(home):
    """`prefect server start` on a free loopback port."""
    port = _free_port()
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, env=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    api = f"http://127.0.0.1:{port}/api"
    for _ in range(240):
        try:
            urllib.request.urlopen(f"{api}/health", timeout=1).close()
            break
        except OSError:
            time.sleep(0.5)
    else:
        pytest.fail("the Prefect server did not answer within two minutes")
    yield api
    process.terminate()
    process.wait(30)


def _command(hospital, run):
    words = ["produce", hospital / "contract.yaml", "--data", hospital, "--run", run, "--seed", "4242", *QUICK]
    return [sys.executable, "-m", "factory.cli", *map(str, words)]


def _tables(run):
    return {path.name: sha256_file(path) for path in (run / "release" / "candidate").rglob("*") if path.is_file()}


def _posted(url, body):
    asked = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return json.load(answer)


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
    runs = _posted(f"{server}/flow_runs/filter", {})
    assert [run["state_type"] for run in runs] == ["COMPLETED"]
    assert "4242" not in json.dumps(runs[0]["parameters"])
    tasks = _posted(f"{server}/task_runs/filter", {})
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

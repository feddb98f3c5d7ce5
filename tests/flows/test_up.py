"""`factory up` as an operator has it: all answers, a run goes through, what dies comes back, nothing stays behind."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import yaml
from at_once import SEED
from on_prefect import posted

from factory.core.spread import Spread
from factory.line.produce import prepare
from flows.deployments import FILE

PATIENCE = 240  # seconds for what takes twenty when nothing else runs


def _free_ports(count):
    with contextlib.ExitStack() as stack:
        taken = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in taken]


def _until(said, ask):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if found := ask():
                return found
        time.sleep(0.3)
    raise AssertionError(f"never: {said}")


def _below(pid):
    """Processes below one, with their command lines."""
    found = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            with contextlib.suppress(OSError):
                found[int(child)] = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
                found |= _below(child)
    return found


def _start(home, room, prefect, log):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    # What an officer's shell may hold, and the source zone has no business with.
    kept |= {"FACTORY_STORE": f"sqlite:///{home / 'room' / 'room.db'}", "FACTORY_STORAGE": str(home / "releases")}
    kept |= {"FACTORY_KEY": str(home / "dan.pem")}
    words = ("up", "--home", home, "--port", room, "--prefect-port", prefect, "--source-limit", 1)
    return subprocess.Popen(
        [sys.executable, "-m", "factory.cli", *map(str, words)], env=kept, stdout=log, stderr=subprocess.STDOUT
    )


@pytest.fixture(scope="module")
def up(tmp_path_factory):
    """A started `factory up`: process, home, addresses, and what it said."""
    folder = tmp_path_factory.mktemp("up")
    room, prefect = _free_ports(2)
    said = folder / "said.txt"
    with said.open("wb") as log:
        process = _start(folder / "home", room, prefect, log)
        try:
            _until("up", lambda: process.poll() is not None or "\nup\n" in said.read_text() + "\n")
            assert process.poll() is None, said.read_text()
            yield process, folder / "home", f"http://127.0.0.1:{room}", f"http://127.0.0.1:{prefect}/api", said
        finally:
            process.terminate()
            process.wait(60)


def test_room_and_prefect_answer_with_the_pools_limits_and_deployments_of_the_file(up):
    _, _, room, api, _ = up
    with urllib.request.urlopen(f"{room}/static/room.css", timeout=30) as answer:
        assert answer.status == 200
    declared = {each["name"] for each in yaml.safe_load(FILE.read_text())["deployments"]}
    assert {each["name"] for each in posted(f"{api}/deployments/filter", {})} == declared
    assert {each["name"] for each in posted(f"{api}/work_pools/filter", {})} >= {"source", "release"}
    limits = {each["name"]: each["limit"] for each in posted(f"{api}/v2/concurrency_limits/filter", {})}
    assert {name: limits[name] for name in ("source", "release")} == {"source": 1, "release": 1}


def test_a_run_asked_for_at_the_server_is_made_by_the_worker(up, hospital):
    _, home, _, api, _ = up
    (made,) = posted(f"{api}/deployments/filter", {"deployments": {"name": {"any_": ["produce"]}}})
    run = home / "runs" / "first"
    form = {"run": str(run), "contract": str(hospital / "contract.yaml"), "data": str(hospital)}
    form |= {"engine": "sdv-gaussian-copula", "producer": "alice", "workers": 2}
    # With a seed that the gates are known to pass, for their judgement is not what is looked at.
    prepare(hospital / "contract.yaml", str(hospital), run, form["engine"], SEED, "alice", None, spread=Spread(2))
    begun = posted(f"{api}/deployments/{made['id']}/create_flow_run", {"parameters": {"form": form}})

    def ended():
        with urllib.request.urlopen(f"{api}/flow_runs/{begun['id']}", timeout=30) as answer:
            state = json.load(answer)["state_type"]
        return state if state in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED") else None

    assert _until("the run ends", ended) == "COMPLETED"
    assert json.loads((run / "run.json").read_text())["state"] == "awaiting review"
    assert json.loads((run / "source" / "request.json").read_text())["workers"] == 2
    artifacts = {each["key"]: each for each in posted(f"{api}/artifacts/filter", {})}
    assert set(artifacts) == {"scorecard-first", "dossier-first"}
    rows = json.loads(artifacts["scorecard-first"]["data"])
    dossier = json.loads((run / "release" / "candidate" / "dossier.json").read_text())
    assert [row["name"] for row in rows] == [measure["name"] for measure in dossier["measures"]] != []
    columns = {name for row in rows for name in row}
    assert columns == {"name", "value", "low", "high", "direction", "threshold", "bearing", "outcome", "n"}


def test_a_form_with_a_seed_or_a_password_is_refused_by_the_server(up):
    _, _, _, api, _ = up
    (made,) = posted(f"{api}/deployments/filter", {"deployments": {"name": {"any_": ["produce"]}}})
    for wrong in ({"run": "r", "seed": 1}, {"run": ""}):
        with pytest.raises(urllib.error.HTTPError) as refused:
            posted(f"{api}/deployments/{made['id']}/create_flow_run", {"parameters": {"form": wrong}})
        assert refused.value.code in (409, 422)


def test_a_worker_that_is_killed_is_started_again(up):
    process, _, _, _, said = up

    def worker():
        return {pid for pid, command in _below(process.pid).items() if "--pool source" in command}

    before = _until("a worker", worker)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    after = _until("another worker", lambda: worker() - before)
    assert after
    assert "worker-source ended (-9); started again" in said.read_text()


def test_a_second_one_in_the_same_folder_is_refused(up):
    _, home, _, _, _ = up
    room, prefect = _free_ports(2)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "factory.cli",
            "up",
            "--home",
            home,
            "--port",
            str(room),
            "--prefect-port",
            str(prefect),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 32, done.stderr
    assert "It runs already" in done.stderr


def test_the_source_zones_worker_has_neither_the_stores_address_nor_a_key(up):
    process, _, _, _, _ = up
    held = {b"FACTORY_STORE", b"FACTORY_KEY", b"FACTORY_STORAGE"}

    def names(pool):
        (pid, *_) = (pid for pid, command in _below(process.pid).items() if f"--pool {pool}" in command)
        return {entry.partition(b"=")[0] for entry in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")}

    assert held <= names("release")
    assert not held & names("source")


def test_stopped_it_leaves_no_process_and_no_pid_file(up):
    process, home, room, _, _ = up
    below = _below(process.pid)
    assert len(below) >= 4
    process.terminate()
    assert process.wait(60) == 0
    _until("all are gone", lambda: not [pid for pid in below if Path(f"/proc/{pid}").exists()])
    assert not (home / "up.pid").exists()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(room, timeout=5)

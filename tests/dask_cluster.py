"""A Dask scheduler and its workers, each a process of its own as on machines that share only storage."""

import contextlib
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parent
_SECONDS = 60


@dataclass
class Cluster:
    """The scheduler's address, and the processes of the workers' nannies."""

    address: str
    workers: list[subprocess.Popen]


@contextlib.contextmanager
def cluster(workers, folder):
    """A scheduler and `workers` workers of one thread, on loopback; every process is ended at the end."""
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent), os.environ.get("PYTHONPATH", "")]),
    }
    said = folder / "scheduler.json"

    def start(what, *words):
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *words]
        log = (folder / f"{what}.log").open("a")
        return subprocess.Popen(command, env=env, cwd=folder, stdout=log, stderr=log)

    made = [start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(said))]
    try:
        address = _address(said)
        words = (address, "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1", "--local-directory", str(folder))
        made += [start("worker", *words) for _ in range(workers)]
        _wait_for(address, workers)
        yield Cluster(address, made[1:])
    finally:
        for process in reversed(made):
            process.terminate()
        for process in made:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)
            process.kill()


def _address(said):
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(OSError, ValueError):
            return json.loads(said.read_text())["address"]
        time.sleep(0.1)
    raise AssertionError("the scheduler did not start")


def _wait_for(address, workers):
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(workers, timeout=_SECONDS)

"""`factory up` over a real PostgreSQL, asked over HTTP as Prefect's own pages ask it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
PATIENCE = 300.0
"""Seconds for what takes a tenth of that when nothing else runs."""


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        taken = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in taken]


def until(said: str, ask: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """Ask until the answer is true; a server that is away for a moment is asked again."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        with contextlib.suppress(OSError, ValueError):
            if found := ask():
                return found
        time.sleep(0.2)
    raise AssertionError(f"never: {said}")


def below(pid: int) -> dict[int, str]:
    """Processes below one, with their command lines."""
    found: dict[int, str] = {}
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                with contextlib.suppress(OSError):
                    found[int(child)] = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
                    found |= below(int(child))
    return found


def is_free(run: Path) -> bool:
    """Whether no process is at work on a run."""
    if not (run / ".lock").exists():
        return True
    handle = os.open(run / ".lock", os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True


@dataclass(frozen=True)
class Up:
    """A running `factory up`: its process, folder, what it said, and Prefect's address."""

    process: subprocess.Popen[bytes]
    home: Path
    said: Path
    room: str
    api: str

    def post(self, path: str, body: dict[str, Any]) -> Any:
        asked = urllib.request.Request(
            f"{self.api}/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.load(answer)

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.api}/{path}", timeout=30) as answer:
            return json.load(answer)

    def ask(self, deployment: str, form: dict[str, str]) -> str:
        """Start a flow; returns the id of its run."""

        def asked() -> str:
            (made,) = self.post("deployments/filter", {"deployments": {"name": {"any_": [deployment]}}})
            begun = self.post(f"deployments/{made['id']}/create_flow_run", {"parameters": {"form": form}})
            return str(begun["id"])

        return str(until(f"{deployment} is taken", asked))

    def state(self, flow_run: str) -> str:
        return str(self.get(f"flow_runs/{flow_run}")["state_type"])

    def ended(self, flow_run: str, patience: float = PATIENCE) -> str:
        """The state in which a flow run ends."""

        def over() -> str | None:
            state = self.state(flow_run)
            return state if state in ENDED else None

        return str(until("the flow run ends", over, patience))

    def service(self, word: str) -> int | None:
        """The process whose command line holds a word: `--pool source`, `server start`, `prefect.engine`."""
        return next((pid for pid, command in below(self.process.pid).items() if word in command), None)

    def slots(self, name: str) -> tuple[int, int]:
        """How many slots of a limit are taken, and how many there are, as the server says."""
        found = self.post("v2/concurrency_limits/filter", {})
        (limit,) = (each for each in found if each["name"] == name)
        return int(limit["active_slots"]), int(limit["limit"])


@contextlib.contextmanager
def operating(folder: Path, store: str, *words: object) -> Iterator[Up]:
    """`factory up` in `folder`/home until the block ends."""
    room, prefect = free_ports(2)
    said, home = folder / "said.txt", folder / "home"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    # Looks for work more often than by default, for the tests' patience.
    kept |= {"FACTORY_STORE": store, "PREFECT_WORKER_QUERY_SECONDS": "1"}
    command = ("up", "--home", home, "--port", room, "--prefect-port", prefect, *words)
    with said.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "factory.cli", *map(str, command)], env=kept, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        until("up", lambda: process.poll() is not None or "\nup\n" in said.read_text() + "\n")
        assert process.poll() is None, said.read_text()
        yield Up(process, home, said, f"http://127.0.0.1:{room}", f"http://127.0.0.1:{prefect}/api")
    finally:
        started = below(process.pid)
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
        for pid in started:
            # A flow's process leads a session of its own, and may outlive the worker that started it.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

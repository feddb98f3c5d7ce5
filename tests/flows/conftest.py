"""The demo, run once as a newcomer would, in a namespace with loopback only, each address tried written down."""

from __future__ import annotations

import os
import resource
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

HOOK = """
import os, sys
_log = os.environ.get("FACTORY_TEST_ADDRESSES")
def _hook(event, args):
    if event == "socket.connect":
        where = args[1]
    elif event == "socket.getaddrinfo":
        where = args[0]
    else:
        return
    with open(_log, "a") as handle:
        handle.write(f"{event} {where[0] if isinstance(where, tuple) else where}\\n")
if _log:
    sys.addaudithook(_hook)
"""


@dataclass(frozen=True)
class Demo:
    """A finished demo: its folder, Prefect's home, what it printed and the addresses it tried."""

    out: Path
    prefect: Path
    stdout: str
    stderr: str
    addresses: Path


def _isolated() -> list[str]:
    probe = ["unshare", "-n", "sh", "-c", "ip link set lo up"]
    if (
        shutil.which("unshare")
        and shutil.which("ip")
        and subprocess.run(probe, capture_output=True, check=False).returncode == 0
    ):
        return ["unshare", "-n", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    return []


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Run `factory demo` through Prefect; fails where CI cannot give it a namespace of its own."""
    isolated = _isolated()
    if not isolated and os.environ.get("FACTORY_CI"):
        pytest.fail("CI needs a network namespace with loopback only, and unshare or ip is missing")
    home = tmp_path_factory.mktemp("demo")
    (home / "hook").mkdir()
    (home / "hook" / "sitecustomize.py").write_text(HOOK)
    addresses = home / "addresses.txt"
    addresses.touch()
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")},
        "PREFECT_HOME": str(home / "prefect"),
        "PYTHONPATH": str(home / "hook"),
        "FACTORY_TEST_ADDRESSES": str(addresses),
    }
    began = time.monotonic()
    done = subprocess.run(
        [*isolated, sys.executable, "-m", "factory.cli", "demo", "--out", str(home / "demo")],
        capture_output=True,
        text=True,
        env=env,
        timeout=900,
        check=False,
    )
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"factory demo: {time.monotonic() - began:.0f} s, largest process {memory:.0f} MB")
    assert done.returncode == 0, done.stderr
    return Demo(home / "demo", home / "prefect", done.stdout, done.stderr, addresses)


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment with a Prefect home of its own and no server configured."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return {**kept, "PREFECT_HOME": str(tmp_path / "prefect")}


@pytest.fixture
def server(home: dict[str, str]) -> Iterator[str]:
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

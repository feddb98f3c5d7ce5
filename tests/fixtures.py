"""Real servers and a real browser for the tests: PostgreSQL from Debian's package, and its chromium.

One of each a session, whatever folders the tests lie in.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import sync_playwright

from factory.store import open_store

AS = "postgres"
"""PostgreSQL refuses to run as root; Debian's package makes this user."""


def _missing(what: str) -> None:
    if os.environ.get("FACTORY_CI"):
        pytest.fail(f"CI needs {what}")
    pytest.skip(f"{what} is not installed")


def _as_user(command: list[str], folder: Path) -> list[str]:
    if os.geteuid() != 0:
        return command
    shutil.chown(folder, AS, AS)
    return ["setpriv", f"--reuid={AS}", f"--regid={AS}", "--clear-groups", *command]


@pytest.fixture(scope="session")
def cluster():
    """A PostgreSQL cluster of its own on a socket in a folder of its own; ended by its own control program."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        _missing("postgresql")
    bin_folder = found[-1].parent
    # Not under pytest's own folder, whose parents another run closes to other users.
    root = Path(tempfile.mkdtemp(prefix="factory-pg-"))
    root.chmod(0o755)
    data = root / "data"
    data.mkdir(mode=0o700)
    log = root / "log"
    log.touch(mode=0o666)
    log.chmod(0o666)
    initdb = [str(bin_folder / "initdb"), "-D", str(data), "-U", "factory", "-A", "trust", "--no-sync", "-E", "UTF8"]
    subprocess.run(_as_user(initdb, data), check=True, capture_output=True, cwd="/")
    shutil.chown(root, data.owner(), data.group())
    options = f"-c listen_addresses='' -c unix_socket_directories={root} -c max_connections=300 -c fsync=off"
    control = [str(bin_folder / "pg_ctl"), "-D", str(data), "-l", str(log), "-w"]
    subprocess.run(_as_user([*control, "-o", options, "start"], data), check=True, capture_output=True, cwd="/")
    yield root
    subprocess.run(_as_user([*control, "-m", "immediate", "stop"], data), check=False, capture_output=True, cwd="/")
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request, tmp_path):
    """The address of a fresh database, on each of the two."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'room.db'}"
        return
    root = request.getfixturevalue("cluster")
    name = f"room_{os.getpid()}_{abs(hash(request.node.nodeid)) % 10**9}"
    with psycopg.connect(host=str(root), user="factory", dbname="postgres", autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}"')
        admin.execute(f'CREATE DATABASE "{name}"')
    yield f"postgresql://factory@/{name}?host={root}"
    with psycopg.connect(host=str(root), user="factory", dbname="postgres", autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def store(store_url):
    made = open_store(store_url)
    yield made
    made.close()


FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def browser():
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("FACTORY_CI"):
            pytest.fail("CI needs chromium")
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield made
        made.close()

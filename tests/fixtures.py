"""Real servers and a real browser for the tests: PostgreSQL from Debian's package, and its chromium.

One of each a session, whatever folders the tests lie in.
"""

from __future__ import annotations

import os
import shutil

import psycopg
import pytest
from playwright.sync_api import sync_playwright
from postgres import Postgres, programs

from factory.store import open_store


def _missing(what: str) -> None:
    if os.environ.get("FACTORY_CI"):
        pytest.fail(f"CI needs {what}")
    pytest.skip(f"{what} is not installed")


@pytest.fixture(scope="session")
def cluster():
    """A PostgreSQL cluster of its own on a socket in a folder of its own; ended by its own control program."""
    if programs() is None:
        _missing("postgresql")
    made = Postgres.make(durable=False)
    yield made.root
    made.stop()


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

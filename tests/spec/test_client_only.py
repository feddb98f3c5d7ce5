"""A licensee installs the client alone: no engine, no flow, no server, and proves and loads a bundle with it."""

import subprocess
import sys
from pathlib import Path

import pytest
from catalogue import catalogue

ROOT = Path(__file__).parents[2]
HEAVY = ("sdv", "torch", "prefect", "great_expectations", "sklearn", "statsmodels", "fastapi", "sqlalchemy", "jinja2")


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """Python of an environment in which only the package and what it depends on is installed."""
    folder = tmp_path_factory.mktemp("client") / "venv"
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)
    python = folder / "bin" / "python"
    pins = ["-c", str(ROOT / "constraints.txt")]
    subprocess.run([*uv, "pip", "install", "--quiet", "--python", str(python), *pins, str(ROOT)], check=True)
    return python


def test_three_commands_from_nothing_to_a_frame(client, tmp_path):
    there = catalogue(tmp_path, f"sqlite:///{tmp_path / 'room' / 'room.db'}")
    there.serve()
    environment = {**there.licensee(), "PYTHONPATH": "", "PYTHONNOUSERSITE": "1"}

    def run(*words, stdin=""):
        command = [str(client), *map(str, words)]
        return subprocess.run(
            command, input=stdin, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False
        )

    try:
        listed = f"import importlib.util as u; print([name for name in {HEAVY!r} if u.find_spec(name)])"
        assert run("-c", listed).stdout == "[]\n"
        trust = there.made.run.people
        verified = run("-m", "factory.cli", "verify", there.made.bundle_zip, "--trust", trust)
        assert verified.returncode == 0, verified.stderr
        login = ("-m", "factory.cli", "login", there.url, "--trust", trust, "--token-stdin")
        assert run(*login, stdin=there.token()).stdout == "wards@1.0.0\n"
        loaded = run("-c", "import factory; print(factory.load('wards')['patients'].shape)")
        assert loaded.stdout == "(2, 2)\n", loaded.stderr
        lacking = run("-c", "import factory; factory.load('wards', as_='duckdb')")
        assert "DuckDB is not installed" in lacking.stderr
        served = run("-m", "factory.cli", "serve", "--home", there.home)
        assert served.returncode == 32 and "not installed here" in served.stderr
    finally:
        there.stop()

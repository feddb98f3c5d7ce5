"""Programs in processes of their own, for what is killed in mid-write."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def python():
    """Run a program text in a process of its own, with the tests' helpers at hand."""
    tests = str(Path(__file__).parents[1])

    def start(text: str, *args: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONPATH": tests}
        return subprocess.Popen(
            [sys.executable, "-c", text, *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )

    return start

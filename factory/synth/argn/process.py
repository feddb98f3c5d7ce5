"""The Python that has mostlyai-engine, and one call of it: quiet, offline, from a seed, without a trace.

The engine pins PyTorch and brings the libraries of language models, so an environment of its own may be named. It
also caches the rows it learns from under the user's home (through Hugging Face's `datasets`), sets warnings and
generators for its whole process, and starts helpers: none of it is wanted in ours.
"""

from __future__ import annotations

import functools
import json
import os
import re
import site
import subprocess
import sys
from pathlib import Path
from typing import Any

from factory.core.errors import ContractError, InternalError
from factory.core.version import package_version

PYTHON = "FACTORY_ARGN_PYTHON"
PACKAGE = "mostlyai-engine"
ABSENT = "absent"
WORKER = Path(__file__).with_name("worker.py")

_FAILED = re.compile(r"(?:\w+\.)*(\w+)(?::|$)")


def version() -> str:
    """Version of mostlyai-engine, in the Python that FACTORY_ARGN_PYTHON names or in this one, or `absent`."""
    named = os.environ.get(PYTHON)
    return _version_in(named) if named else package_version(PACKAGE)


@functools.cache
def _version_in(python: str) -> str:
    asked = f"from importlib.metadata import version; print(version({PACKAGE!r}))"
    try:
        done = subprocess.run([python, "-c", asked], check=True, capture_output=True, text=True)  # noqa: S603 - as run
    except (OSError, subprocess.CalledProcessError):
        return ABSENT
    return done.stdout.strip()


def check_there() -> None:
    """Raises: ContractError when no Python has mostlyai-engine."""
    if version() == ABSENT:
        raise ContractError(
            "The engine argn needs mostlyai-engine.",
            f"Install the extra clinical-data-factory[argn], or name a Python that has it in {PYTHON}.",
        )


def run(verb: str, folder: Path, job: dict[str, Any]) -> None:
    """Have the worker do `verb` in `folder`, which holds its input. Raises: ContractError, InternalError."""
    check_there()
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    python = os.environ.get(PYTHON) or sys.executable
    done = subprocess.run(  # noqa: S603 - the operator names the program
        [python, str(WORKER), verb, str(folder)],
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
        env={**os.environ, **surroundings(folder)},
    )
    if done.returncode:
        # Its messages may quote a value, so the error's class alone is said.
        raise InternalError(f"{PACKAGE} stopped with {_reason(done)}.", "Use the engine 'trees'.")


def _reason(done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode < 0:
        return f"signal {-done.returncode}"
    last = (done.stderr.strip().splitlines() or [""])[-1]
    found = _FAILED.match(last)
    return found.group(1) if found else f"exit code {done.returncode}"


def surroundings(folder: Path) -> dict[str, str]:
    """Everything a library may write goes to `folder`; nothing is asked of a network; one thread, one hash seed."""
    home, scratch = folder / "home", folder / "tmp"
    home.mkdir()
    scratch.mkdir()
    return {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "XDG_CACHE_HOME": str(home),
        "HF_HOME": str(home),
        "PYTHONUSERBASE": str(site.getuserbase()),
        "TMPDIR": str(scratch),
        "JOBLIB_TEMP_FOLDER": str(scratch),
        "TORCHINDUCTOR_CACHE_DIR": str(scratch),
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "LOKY_MAX_CPU_COUNT": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }

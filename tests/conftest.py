"""Fixtures: a small simulated hospital, and the `factory` command as a real process."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from command import run_factory
from fixtures import browser, cluster, store, store_url  # noqa: F401 - fixtures of every folder

from factory.simulate import simulate

PATIENTS = 200
Factory = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated hospital of 200 patients with its contract; tests copy it before they change it."""
    out = tmp_path_factory.mktemp("hospital") / "export"
    simulate(PATIENTS, 11, out)
    # So few people cannot support the membership bound, which is not what the tests that use this hospital ask.
    contract = out / "contract.yaml"
    text = contract.read_text()
    assert "policy: {release: data-use-agreement}" in text
    contract.write_text(text.replace("data-use-agreement}", "data-use-agreement, membership_auc: 0.9}"))
    return out


@pytest.fixture
def export(hospital: Path, tmp_path: Path) -> Path:
    """A copy of the hospital that a test may break."""
    return Path(shutil.copytree(hospital, tmp_path / "export"))


@pytest.fixture(scope="session")
def factory() -> Factory:
    """The `factory` command."""
    return run_factory


@pytest.fixture(scope="session")
def factory_data():
    """The folder of development data; tests of other authors' packs skip where it is not there."""
    folder = os.environ.get("FACTORY_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("FACTORY_DATA names no folder of development data")
    return Path(folder)

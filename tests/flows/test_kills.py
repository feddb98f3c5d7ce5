"""A kill of each kind, each in another place; many at random are tests/benchmarks/kills.py's."""

import os
import random

import pytest
from catalogue import sealed_now
from kills import Ground, ground
from postgres import programs
from unit.candidates import LICENCE

from factory.catalog.keeper import open_keeper
from factory.catalog.keeper.publishing import publish
from factory.core.files import sha256_file
from factory.review.people import load_people

TRIALS = {
    "flow": "split",
    "worker": "dossier",
    "server": "gates",
    "postgresql": "seal",
    "disk": "publish",
}


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    if programs() is None:
        if os.environ.get("FACTORY_CI"):
            pytest.fail("CI needs postgresql")
        pytest.skip("postgresql is not installed")
    with ground(tmp_path_factory.mktemp("kills"), seed=1) as made:
        yield made


@pytest.mark.parametrize("victim", TRIALS)
def test_what_was_asked_for_completes_the_next_time_and_leaves_nothing_half(victim, here):
    made, victims = here
    if victim not in victims:
        pytest.skip("this machine may not mount a small file system")
    trial = made.trial(victim, TRIALS[victim])
    print(trial)
    assert trial.wrong == ()


def test_what_is_half_or_left_over_would_be_told(tmp_path):
    made, looks = sealed_now(tmp_path), Ground(None, None, "", tmp_path, random.Random(0), tmp_path)
    assert looks._sealed_wrong(made, LICENCE) == []
    (made.run.bundles / ".part-x").mkdir()
    assert looks._sealed_wrong(made, LICENCE) == ["an orphan among the bundles", "left: .part-x"]
    (made.run.bundles / ".part-x").rmdir()
    keeper = open_keeper(tmp_path / "room", f"sqlite:///{tmp_path / 'room.db'}", str(tmp_path / "files"))
    keeper.room.add_people(load_people(made.run.people), "setup")
    publish(keeper, made.run)
    assert looks._catalogue_wrong(keeper, LICENCE, must=True) == []
    assert looks._catalogue_wrong(keeper, "L-NONE", must=True) == ["it is not in the catalogue"]
    digest = sha256_file(made.bundle_zip)
    (held,) = (path for path in (tmp_path / "files").rglob("*") if path.is_file() and sha256_file(path) == digest)
    held.write_bytes(held.read_bytes()[:-1])
    assert looks._catalogue_wrong(keeper, LICENCE, must=True) == ["half a bundle in the catalogue"]

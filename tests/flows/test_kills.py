"""A kill of each kind, each in another place; many at random are tests/benchmarks/kills.py's."""

import os

import pytest
from kills import ground
from postgres import programs

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

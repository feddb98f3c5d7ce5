"""A release of which only a sample of people was learned from, and the next one of the same people."""

import pandas as pd
import pytest
from small_hospital import sampled_hospital

from factory.batches.sides import ids_of, sides_of
from factory.batches.together import measure_together
from factory.core.files import read_json
from factory.core.run import Run, RunState
from factory.line.produce import prepare
from factory.line.request import run_contract
from factory.line.stages import asked_of, run_stage

PEOPLE, LEARNED = 420, 120


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """A run that was approved, and one of the same people after it, each made up to its synthetic tables."""
    root = tmp_path_factory.mktemp("beyond")
    contract = sampled_hospital(root / "data", PEOPLE, 3, learned_people=LEARNED)
    runs = []
    for seed, name in enumerate(("one", "two"), start=1):
        run = prepare(contract, str(root / "data"), root / name, "trees", seed, "p", None)
        for stage in ("intake", "batch", "deid", "split", "synth"):
            run_stage(run.root, stage)
        run.set_state(state=RunState.APPROVED.value)
        runs.append(Run(run.root))
    return runs


def test_who_is_beyond_the_sample_is_on_no_side(both):
    for run in both:
        counts = read_json(run.stage("split") / "people.json")
        assert counts["beyond"] > 0
        sides = pd.Series(sides_of(run)).value_counts().to_dict()
        assert sides == {part: counts[part] for part in ("train", "holdout")}
        assert len(ids_of(run)) == sum(counts.values())


def test_who_was_held_out_stays_held_out_and_the_others_may_be_drawn(both):
    one, two = map(sides_of, both)
    assert read_json(both[1].stage("batch") / "batch.json")["linked"][0]["shared"] == len(ids_of(both[0]))
    assert {two.get(person) for person, part in one.items() if part == "holdout"} == {"holdout"}
    assert not [person for person, part in one.items() if part == "train" and two.get(person) == "holdout"]
    assert [person for person, part in two.items() if part == "train" and person not in one]


def test_both_are_measured_together(both):
    run = both[1]
    contract = run_contract(run)
    made = measure_together(contract, run, asked_of(run, contract), 1)
    assert {measure.name for measure in made} >= {"linked_membership_auc", "linked_membership_tpr"}
    assert all(measure.n > 0 for measure in made)

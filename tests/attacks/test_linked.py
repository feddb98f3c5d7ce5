"""Releases that give little away alone and much together are found; releases that give nothing away are not."""

import numpy as np
import pandas as pd
import pytest
from leaks import compare, contract_of, mixed, noisy

from factory.checks.measure import Outcome
from factory.checks.privacy.linked import AUC, TPR, Attacked, measure_linked
from factory.checks.privacy.members import measure_membership

PEOPLE, COLUMNS, SHARE = 3000, 6, 0.18
POLICY = {"membership_auc": 0.62, "membership_tpr": 0.9}


def drawn(dice, people=PEOPLE):
    return pd.DataFrame(dice.normal(size=(people, COLUMNS)), columns=list("abcdef"))


def released(contract, train, holdout, leaks, seed):
    """A release of the same people: a share of its rows near copies, chosen anew, the others of nobody."""
    dice = np.random.default_rng(seed)
    made = mixed(noisy(train, dice, 0.02), drawn(dice), SHARE if leaks else 0.0, dice)
    names = {"train": [f"t{n}" for n in range(PEOPLE)], "holdout": [f"h{n}" for n in range(PEOPLE)]}
    return Attacked(compare(contract, train, holdout, made, seed), names)


@pytest.fixture(scope="module")
def people():
    dice = np.random.default_rng(3)
    train, holdout = drawn(dice), drawn(dice)
    return contract_of(train, **POLICY), train, holdout


@pytest.fixture(scope="module")
def leaking(people):
    return [released(*people, True, seed) for seed in (1, 2)]


def figure(measures, name):
    return next(measure for measure in measures if measure.name == name)


def test_each_alone_passes_and_both_together_fail(people, leaking):
    contract = people[0]
    for one in leaking:
        alone = figure(measure_membership(one.comparison)[0], "membership_auc")
        assert alone.outcome is Outcome.PASS, (alone.value, alone.high)
    together = figure(measure_linked(leaking, contract.policy), AUC)
    assert together.outcome is Outcome.FAIL, (together.value, together.low)


def test_releases_that_copy_nobody_pass_together(people):
    safe = [released(*people, False, seed) for seed in (1, 2)]
    measures = measure_linked(safe, people[0].policy)
    assert [measure.name for measure in measures] == [AUC, TPR]
    assert {measure.outcome for measure in measures} == {Outcome.PASS}


def test_one_release_named_twice_is_no_stronger_than_alone(people, leaking):
    # Nothing is gained by adding a release to itself: the ranks are the same.
    alone = figure(measure_membership(leaking[0].comparison)[0], "membership_auc")
    twice = figure(measure_linked([leaking[0], leaking[0]], people[0].policy), AUC)
    assert twice.value == pytest.approx(alone.value, abs=1e-9)


def test_a_release_that_cannot_be_attacked_clears_nobody(people):
    safe = [released(*people, False, seed) for seed in (1, 2)]
    assert {measure.outcome for measure in measure_linked(safe, people[0].policy, lost=1)} == {Outcome.INCONCLUSIVE}
    assert measure_linked([], people[0].policy, lost=1)[0].outcome is Outcome.INCONCLUSIVE


def test_one_release_alone_is_nothing_that_could_be_added_up(people):
    contract, train, holdout = people
    few = [released(contract, train, holdout, False, seed) for seed in (1, 2)]
    assert measure_linked(few[:1], contract.policy)[0].outcome is Outcome.INCONCLUSIVE

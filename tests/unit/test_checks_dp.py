"""Accounting of a privacy claim, and the bounds that an audit may draw from guesses."""

import math
from itertools import product

import numpy as np
import pandas as pd
import pytest
from synth_tables import a_contract, linked

from factory.checks.comparison import comparison
from factory.checks.measure import Bearing, Outcome
from factory.checks.privacy.accounting import Claim, Part, claim_of, measure_dp
from factory.checks.privacy.audit import clopper_pearson, measure_audit, one_run
from factory.contract import Contract
from factory.core.errors import DataError

LEDGER = {
    "unit": "patient",
    "epsilon": 1.0,
    "delta": 1e-6,
    "spends": [{"epsilon": 0.1, "delta": 1e-7, "unit": "patient", "rows": 1, "mechanism": "mst", "data": "0"}] * 10,
}


def _linked(depth=1):
    contract, tables = a_contract(depth), linked(60, depth)
    return comparison(contract, tables, tables, tables, 1)


def _outcomes(claim, depth=1):
    return {m.name: (m.value, m.outcome) for m in measure_dp(_linked(depth), claim)}


def test_ten_tenths_are_one_and_within_policy():
    found = _outcomes(claim_of(LEDGER))
    assert found["dp_epsilon"] == (1.0, Outcome.PASS)
    assert found["dp_delta"] == (1e-6, Outcome.PASS)
    assert found["dp_epsilon_spent"] == (1.0, Outcome.PASS)
    assert found["dp_delta_people"] == (pytest.approx(6e-5), Outcome.REPORTED)


def test_more_than_policy_fails_and_more_than_claimed_too():
    parts = (Part(2.0, 1e-7),) * 2
    found = _outcomes(Claim(1.0, 1e-6, "patient", parts))
    assert found["dp_epsilon"] == (4.0, Outcome.FAIL)
    assert found["dp_epsilon_spent"] == (4.0, Outcome.FAIL)
    assert found["dp_delta_spent"][1] is Outcome.PASS


def test_an_empty_ledger_shows_nothing():
    found = _outcomes(Claim(1.0, 1e-6))
    assert {outcome for _, outcome in found.values()} == {Outcome.INCONCLUSIVE, Outcome.REPORTED}


def test_rows_as_unit_are_a_patients_whole_group():
    row = Claim(1.0, 1e-6, "row", (Part(1.0, 1e-6, "row"),))
    found = _outcomes(row, depth=2)
    # A patient and at most three admissions.
    assert found["dp_epsilon"] == (4.0, Outcome.FAIL)
    assert found["dp_delta"][0] == pytest.approx(4e-6 * math.exp(3))
    assert _outcomes(row)["dp_epsilon"] == (1.0, Outcome.PASS)


@pytest.mark.parametrize("epsilon", [0.0, -1.0, math.inf, math.nan])
def test_a_claim_of_no_number_is_refused(epsilon):
    with pytest.raises(DataError):
        Claim(epsilon, 1e-6)
    with pytest.raises(DataError):
        claim_of({**LEDGER, "epsilon": epsilon})


@pytest.mark.parametrize("ledger", [{}, {**LEDGER, "spends": 3}, {**LEDGER, "spends": [{"epsilon": "?"}]}])
def test_what_is_no_ledger_is_refused(ledger):
    with pytest.raises(DataError, match="not the ledger"):
        claim_of(ledger)


def test_the_bound_of_a_perfect_test_is_that_of_its_runs():
    # All found, none taken: true >= a, false <= 1 - a with a = tail^(1/n).
    a = (0.05 / 4) ** (1 / 100)
    assert clopper_pearson(100, 100, 0, 100, 0.0) == pytest.approx(math.log(a / (1 - a)))
    assert clopper_pearson(0, 100, 100, 100, 0.0) == 0.0
    assert clopper_pearson(50, 100, 50, 100, 0.0) == 0.0
    assert clopper_pearson(100, 100, 0, 100, 0.2) < clopper_pearson(100, 100, 0, 100, 0.0)
    assert clopper_pearson(0, 0, 0, 0, 0.0) == 0.0


def test_the_bound_of_one_run_is_that_of_its_guesses():
    # All of r right: the chance is q^r, so that q = 0.05^(1/r).
    q = 0.05 ** (1 / 200)
    assert one_run(200, 200, 300, 0.0) == pytest.approx(math.log(q / (1 - q)), abs=1e-6)
    assert one_run(100, 200, 300, 0.0) == 0.0
    assert one_run(0, 0, 300, 0.0) == 0.0
    bounds = [one_run(180, 200, 300, delta) for delta in (0.0, 1e-6, 1e-4, 1e-2)]
    assert bounds == sorted(bounds, reverse=True)
    assert bounds[0] > 1.5 and bounds[-1] == 0.0


@pytest.mark.parametrize("epsilon", [0.5, 1.0, 3.0])
def test_randomized_response_is_contradicted_no_oftener_than_said(epsilon):
    """Both bounds at 95% on a mechanism whose epsilon is known and which guesses cannot exceed."""
    dice = np.random.default_rng(0)
    right, times, coins = 1 / (1 + math.exp(-epsilon)), 200, 300
    single, many = [], []
    for _ in range(times):
        truth = dice.random(coins) < 0.5
        said = np.where(dice.random(coins) < right, truth, ~truth)
        many.append(one_run(int((said == truth).sum()), coins, coins, 0.0))
        single.append(clopper_pearson(said[truth].sum(), truth.sum(), said[~truth].sum(), (~truth).sum(), 0.0))
    for bounds in (many, single):
        assert np.mean(np.array(bounds) > epsilon) <= 0.07
        assert np.mean(bounds) > 0.2 * epsilon


LEVELS = {"ward": ["甲", "乙", "丙", "丁"], "sex": ["f", "m"], "arm": ["0", "1", "2"], "died": ["no", "yes"]}
SKEWED = {2: [0.9, 0.1], 3: [0.8, 0.15, 0.05], 4: [0.7, 0.2, 0.07, 0.03]}


def _narrow(seed):
    dice = np.random.default_rng(seed)
    frame = pd.DataFrame({n: dice.choice(v, 120, p=SKEWED[len(v)]).astype(object) for n, v in LEVELS.items()})
    frame.insert(0, "id", [f"p{place}" for place in range(120)])
    columns = {name: {"role": "clinical", "type": "category"} for name in LEVELS}
    contract = Contract.model_validate(
        {
            "contract": 1,
            "name": "small",
            "title": "Small",
            "licensor": "Nobody",
            "person": "people",
            "tables": {"people": {"key": "id", "columns": {"id": {"role": "key", "type": "string"}, **columns}}},
        }
    )
    halves = {"people": frame.iloc[:80].reset_index(drop=True)}, {"people": frame.iloc[80:].reset_index(drop=True)}
    return comparison(contract, *halves, halves[1], seed)


def _histogram(scale):
    """People drawn from the counts of all cells, with Laplace noise of `scale`; a person is in one cell."""
    cells = pd.DataFrame(list(product(*LEVELS.values())), columns=list(LEVELS), dtype=object)

    def make(tables, people, seed):
        dice = np.random.default_rng(seed)
        held = tables["people"].groupby(list(LEVELS)).size()
        counts = held.reindex(pd.MultiIndex.from_frame(cells), fill_value=0).to_numpy("float64")
        noised = np.maximum(counts + dice.laplace(0, scale, len(counts)) if scale else counts, 0)
        made = cells.iloc[np.repeat(np.arange(len(cells)), np.round(noised).astype(int))]
        return {"people": made.assign(id=np.arange(len(made))).reset_index(drop=True)}

    return make


CLAIM = Claim(1.0, 0.0, "patient", (Part(1.0, 0.0),))


def test_a_claim_without_noise_is_caught():
    (measure,), details = measure_audit(_narrow(1), _histogram(0.0), CLAIM)
    assert measure.value > 1.0
    assert measure.outcome is Outcome.FAIL
    assert details["correct"] / details["guessed"] > 0.8


@pytest.mark.parametrize("seed", range(20))
def test_a_claim_that_holds_is_not_contradicted(seed):
    (measure,), _ = measure_audit(_narrow(seed), _histogram(1.0), CLAIM)
    assert measure.value <= 1.0
    assert measure.outcome is Outcome.INCONCLUSIVE
    assert measure.bearing is Bearing.ALARM


def test_without_a_claim_of_patients_the_bound_is_only_shown():
    for claim in (None, Claim(1.0, 0.0, "row")):
        (measure,), _ = measure_audit(_narrow(1), _histogram(0.0), claim, fits=8)
        assert measure.outcome is Outcome.REPORTED

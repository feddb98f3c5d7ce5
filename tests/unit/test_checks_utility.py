"""Utility: what holds of tasks, their calibration, rankings, groups and effects."""

import json
import math
import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import synth_tables
import utility_tables as t
from scipy.stats import norm
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from factory.checks.auc import delong
from factory.checks.comparison import comparison
from factory.checks.measure import Bearing, Outcome
from factory.checks.utility.battery import measure_utility
from factory.checks.utility.calibration import bins_of, calibration_error, calibration_slope
from factory.checks.utility.curves import auc_difference, auc_interval, dense, roc, weighted_auc
from factory.checks.utility.effects import effects
from factory.checks.utility.fairness import fairness
from factory.checks.utility.ranking import importances, ranking
from factory.checks.utility.regression import Estimates, linear, logistic, overlap, standardised
from factory.checks.utility.transfer import Asked, transfer, transfer_measures, unmeasured
from factory.checks.utility.tstr import booster, task_auc
from factory.core.seeds import derive

HIDDEN = ["id", "relapse", "days", "died"]


@pytest.fixture(scope="module")
def fresh():
    """A task learned from a fresh real sample."""
    told = t.three(t.a_contract(), n=3000)
    return told, transfer(told, told.contract.tasks[0])


@pytest.fixture(autouse=True)
def _no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def _plain(learn, asked, seed):
    """A loop as a reader would write it: scikit-learn's own categories and AUROC."""
    learn, asked = (frame.drop(columns="empty") for frame in (learn, asked))
    levels = {name: pd.unique(learn[name].dropna()) for name in ("sex", "arm", "grade", "constant")}
    known = []
    for frame in (learn, asked):
        rows = frame.drop(columns=HIDDEN)
        known.append(
            rows.assign(**{c: pd.Categorical(rows[c], levels[c]) for c in levels}, 年龄=rows["年龄"].astype(float))
        )
    model = HistGradientBoostingClassifier(
        max_iter=150,
        learning_rate=0.05,
        categorical_features="from_dtype",
        random_state=derive(seed, "tstr") & 0xFFFFFFFF,
    )
    with threadpool_limits(1):
        guess = model.fit(known[0], learn["relapse"] == "yes").predict_proba(known[1])[:, 1]
    return roc_auc_score(asked["relapse"] == "yes", guess)


def test_the_three_aurocs_are_those_of_a_plain_loop(fresh):
    told, found = fresh
    train, holdout, synthetic = (tables["people"] for tables in (told.train, told.holdout, told.synthetic))
    measures, details = transfer_measures(told, found)
    for name, learn, asked in (
        ("tstr", synthetic, holdout),
        ("trtr", train, holdout),
        ("trts", train, synthetic),
    ):
        assert details[name] == pytest.approx(_plain(learn, asked, told.seed), abs=1e-9), name
    gap = t.named(measures, "tstr_gap_relapse")
    assert gap.value == pytest.approx(details["trtr"] - details["tstr"])
    assert gap.low < gap.value < gap.high
    released = [{"people": part["people"].rename(columns={"id": "row"})} for part in (told.synthetic, told.holdout)]
    assert details["tstr"] == pytest.approx(task_auc(told.contract, found.task, *released, told.seed), abs=1e-9)


def test_a_fresh_real_sample_passes_and_independent_columns_fail(fresh):
    told, found = fresh
    assert t.named(transfer_measures(told, found)[0], "tstr_gap_relapse").outcome is Outcome.PASS
    lost = t.three(told.contract, synthetic=t.independent(told.train, 5))
    assert t.named(measure_utility(lost)[0], "tstr_gap_relapse").outcome is Outcome.FAIL


def test_areas_are_scikit_learns_and_delongs():
    dice = np.random.default_rng(0)
    truth = dice.integers(0, 2, 400).astype(float)
    guess = np.round(truth + dice.normal(0, 1.5, 400), 1)
    weight = dice.integers(0, 4, 400).astype(float)
    expected = roc_auc_score(truth, guess, sample_weight=weight)
    assert weighted_auc(dense(guess), truth, weight) == pytest.approx(expected)
    value, low, high = auc_interval(guess, truth, np.arange(400))
    area, by_delong, _ = delong(guess[truth == 1], guess[truth == 0])
    assert value == pytest.approx(area)
    assert high - value == pytest.approx(value - low)
    assert value - low == pytest.approx(value - by_delong, rel=0.03)
    assert math.isnan(weighted_auc(dense(guess), np.ones(400), weight))
    curve = roc(guess, truth, 1001)
    assert np.trapezoid(curve["tpr"], curve["fpr"]) == pytest.approx(area, abs=0.01)


def test_rows_of_one_person_say_little_more_than_one_row():
    dice = np.random.default_rng(0)
    truth = dice.integers(0, 2, 300).astype(float)
    guesses = truth + dice.normal(0, 1.5, 300), truth + dice.normal(0, 1.7, 300)
    once = auc_difference(guesses, truth, np.arange(300))
    thrice = tuple(np.repeat(guess, 3) for guess in guesses)
    again = auc_difference(thrice, np.repeat(truth, 3), np.repeat(np.arange(300), 3))
    assert again == pytest.approx(once, abs=0.002)


def test_a_model_that_says_the_truth_is_calibrated_and_one_too_sure_is_not():
    dice = np.random.default_rng(0)
    said = dice.uniform(0.05, 0.95, 20_000)
    came = (dice.random(20_000) < said).astype(float)
    people = np.arange(20_000)
    assert calibration_error(said, came, bins_of(said)) < 0.01
    slope, low, high = calibration_slope(Asked(said, came, people))
    assert low < 1 < high
    assert slope == pytest.approx(1, abs=0.05)
    odds = 2 * np.log(said / (1 - said))
    sure = 1 / (1 + np.exp(-odds))
    assert calibration_error(sure, came, bins_of(sure)) > 0.05
    assert calibration_slope(Asked(sure, came, people))[0] == pytest.approx(0.5, abs=0.03)
    assert math.isnan(calibration_slope(Asked(np.full(50, 0.4), came[:50], people[:50]))[0])


def test_harm_to_one_sex_is_found_by_name(fresh):
    told, found = fresh
    (fair,), details = fairness(told, found)
    assert fair.bearing is Bearing.ALARM
    assert fair.outcome is not Outcome.FAIL
    assert {group["column"] for group in details["groups"]} == {"sex", "年龄"}
    harmed = t.people(3000, 303)
    women = (harmed["people"]["sex"] == "female").to_numpy()
    dice = np.random.default_rng(9)
    harmed["people"].loc[women, "relapse"] = dice.permutation(harmed["people"].loc[women, "relapse"].to_numpy())
    other = t.three(told.contract, n=3000, synthetic=harmed)
    (alarm,), _ = fairness(other, transfer(other, other.contract.tasks[0]))
    assert alarm.outcome is Outcome.FAIL
    assert alarm.where == "task relapse, sex = female"


def test_a_group_of_few_is_named_by_its_column_alone():
    parts = [t.people(600, seed) for seed in (101, 202, 303)]
    for part in parts:
        part["people"].loc[:7, "sex"] = "unusual"
    told = comparison(t.a_contract(), *parts, 1)
    measures, details = measure_utility(told)
    few = [one for one in details["tasks"]["relapse"]["too_small"] if one["column"] == "sex"]
    assert few == [{"column": "sex", "groups": 1, "training_people": "<11"}]
    assert "unusual" not in json.dumps(details) + " ".join(str(measure.as_row()) for measure in measures)
    # Nor can it be counted by taking the others from all.
    counts = [one["people"] for one in details["tasks"]["relapse"]["groups"] if one["column"] == "sex"]
    assert all(count % 10 == 0 for count in counts)


def test_real_rows_rank_models_and_columns_alike_and_shuffled_ones_do_not(fresh):
    told, found = fresh
    (order,), models = ranking(told, found)
    (matter,), columns = importances(told, found)
    assert order.value > 0.5
    assert order.low <= order.value <= order.high
    assert len(models["models"]) == 5
    assert matter.value > 0.7
    assert columns["importances"][0]["column"] == "marker"
    lost = t.three(told.contract, synthetic=t.independent(told.train, 5))
    (other,), _ = importances(lost, transfer(lost, lost.contract.tasks[0]))
    assert math.isnan(other.value) or other.value < matter.value


def test_estimates_are_statsmodels_own():
    dice = np.random.default_rng(0)
    design = np.column_stack([dice.normal(size=500), dice.integers(0, 2, 500), np.ones(500)])
    outcome = 1 + 2 * design[:, 0] + dice.normal(size=500)
    plain = sm.OLS(outcome, sm.add_constant(design[:, :2])).fit()
    found = linear(outcome, design, ("a", "b", "constant"), np.arange(500))
    assert found.beta[:2] == pytest.approx(plain.params[1:])
    assert found.low[:2] == pytest.approx(plain.params[1:] - norm.ppf(0.975) * plain.bse[1:])
    assert math.isnan(found.beta[2])
    truth = (outcome > 1).astype(float)
    assert logistic(truth, design[:, :1], ("a",), np.arange(500)).beta[0] > 2
    assert isinstance(logistic(np.ones(500), design, ("a", "b", "c"), np.arange(500)), str)


def test_separation_is_no_estimate_and_no_warning():
    truth = np.repeat([0.0, 1.0], 50)
    apart = np.column_stack([truth, np.random.default_rng(0).normal(size=100)])
    found = logistic(truth, apart, ("apart", "noise"), np.arange(100))
    assert isinstance(found, str) or math.isnan(found.beta[0])
    with_rare = np.column_stack([np.r_[np.zeros(95), np.ones(5)], np.random.default_rng(1).normal(size=100)])
    found = logistic(truth, with_rare, ("rare", "noise"), np.arange(100))
    assert math.isnan(found.beta[0])
    assert np.isfinite(found.beta[1])


def test_overlap_of_intervals():
    real = Estimates(("a",) * 4, np.array([0.0, 0.0, 0.0, np.nan]), np.ones(4), 10)
    other = Estimates(("a",) * 4, np.array([0.0, 10.0, np.nan, 0.0]), np.ones(4), 10)
    assert overlap(real, other).tolist() == pytest.approx([1, 0, 0, math.nan], nan_ok=True)
    assert standardised(real, other).tolist() == pytest.approx([0, 10, math.nan, math.nan], nan_ok=True)


def test_an_effect_that_is_kept_and_one_that_is_lost():
    contract = t.a_contract(tasks=(), effects=(t.EFFECT, t.ODDS))
    told, lost = t.three(contract), t.three(contract, synthetic=t.independent(t.people(1500, 4), 5))
    for effect in contract.effects:
        kept, details = effects(told, effect)
        gone, _ = effects(lost, effect)
        assert kept[0].value > gone[0].value
        assert kept[1].low < 0 < kept[1].high
        assert gone[1].high < 0 or gone[1].low > 0
        assert kept[0].bearing is Bearing.DIAGNOSTIC
        assert all(row["overlap"] is not None for row in details["coefficients"])
    names = {row["name"] for row in effects(told, contract.effects[0])[1]["coefficients"]}
    assert names & {"arm = placebo against drug", "arm = drug against placebo"}


def _unusable(kind):
    """Tables with something that no measure can work with, and the sentence that says so."""
    train, holdout, synthetic = (t.people(300, seed) for seed in (101, 202, 303))
    match kind:
        case "constant target":
            for part in (train, holdout, synthetic):
                part["people"]["relapse"] = "no"
        case "constant hold-out":
            holdout["people"]["relapse"] = "no"
        case "target absent":
            del synthetic["people"]["relapse"]
    return train, holdout, synthetic


@pytest.mark.parametrize("kind", ["constant target", "constant hold-out", "target absent"])
def test_a_task_that_cannot_be_measured_is_not_a_number_and_says_why(kind):
    told = comparison(t.a_contract(), *_unusable(kind), 1)
    measures, details = measure_utility(told)
    assert [measure.name for measure in measures] == ["tstr_gap_relapse", "tstr_gap_subgroup_relapse"]
    assert all(math.isnan(measure.value) and measure.weak.endswith(".") for measure in measures)
    assert measures[0].outcome is Outcome.INCONCLUSIVE
    assert details["tasks"]["relapse"]["weak"]


def test_synthetic_rows_of_one_answer_fail():
    made = t.people(1500, 303)
    made["people"]["relapse"] = "no"
    told = t.three(t.a_contract(effects=[t.ODDS]), synthetic=made)
    measures, details = measure_utility(told)
    assert t.named(measures, "tstr_gap_relapse").outcome is Outcome.FAIL
    assert t.named(measures, "model_ranking_relapse").weak
    assert t.named(measures, "effect_overlap_odds").value == 0
    json.dumps(details, allow_nan=False)


@pytest.mark.parametrize("n", [12, 30, 120])
def test_few_people_clear_nothing_and_break_nothing(n):
    contract = t.a_contract(survivals=[t.SURVIVAL], effects=[t.EFFECT, t.ODDS])
    told = comparison(contract, t.people(n, 1), t.people(max(n // 2, 2), 2), t.people(2 * n, 3), 1)
    measures, details = measure_utility(told)
    assert t.named(measures, "tstr_gap_relapse").outcome is not Outcome.PASS
    assert t.named(measures, "km_distance_death").outcome is not Outcome.PASS
    json.dumps([details, [measure.as_row() for measure in measures]], allow_nan=False)


def test_a_task_that_nobody_could_foretell_clears_nothing():
    parts = [t.independent(t.people(1500, seed), seed) for seed in (1, 2, 3)]
    told = comparison(t.a_contract(tstr_gap=0.5), *parts, 1)
    gap = t.named(measure_utility(told)[0], "tstr_gap_relapse")
    assert gap.weak
    assert gap.outcome is Outcome.INCONCLUSIVE


def test_the_same_seed_gives_the_same_figures():
    contract = t.a_contract(survivals=[t.SURVIVAL], effects=[t.EFFECT])
    one, other = (measure_utility(t.three(contract, n=400)) for _ in range(2))
    assert json.dumps(one[1]) == json.dumps(other[1])
    assert [measure.as_row() for measure in one[0]] == [measure.as_row() for measure in other[0]]


def test_types_that_differ_between_parts_are_no_matter():
    parts = [t.people(400, seed) for seed in (101, 202, 303)]
    parts[2]["people"]["grade"] = None
    parts[2]["people"]["marker"] = parts[2]["people"]["marker"].astype("Float64")
    parts[2]["people"]["empty"] = pd.Series([None] * 400, dtype=object)
    parts[2]["people"]["died"] = parts[2]["people"]["died"].astype("float64")
    parts[1]["people"]["年龄"] = parts[1]["people"]["年龄"].astype("float64")
    told = comparison(t.a_contract(survivals=[t.SURVIVAL], effects=[t.EFFECT, t.ODDS]), *parts, 1)
    measures, details = measure_utility(told)
    assert all(math.isfinite(t.named(measures, f"{name}_relapse").value) for name in ("tstr_gap", "tstr", "trts"))
    assert math.isfinite(t.named(measures, "km_distance_death").value)
    json.dumps(details, allow_nan=False)


@pytest.mark.parametrize("depth", [2, 4])
def test_rows_of_linked_tables_know_their_person_and_count_people(depth):
    table, target, positive = ("admissions", "died", "yes") if depth == 2 else ("charted", "item", "lactate")
    task = {"id": "a", "table": table, "target": target, "positive": [positive], "exclude": []}
    odds = {"id": "b", "table": table, "outcome": target, "positive": [positive], "exposure": "person.weight"}
    contract = synth_tables.a_contract(depth, tasks=[task], effects=[odds])
    parts = [synth_tables.linked(n, depth, seed) for n, seed in ((250, 1), (150, 2), (250, 3))]
    measures, details = measure_utility(comparison(contract, *parts, 1))
    gap = t.named(measures, "tstr_gap_a")
    people = parts[1][table]["subject_id"].nunique()
    assert gap.n == people
    assert math.isfinite(gap.value)
    assert details["effects"]["b"]["coefficients"][0]["name"] == "person.weight (a standard deviation)"
    json.dumps(details, allow_nan=False)


def test_what_cannot_be_measured_has_the_names_of_what_can(fresh):
    told, found = fresh
    names = {measure.name: measure for measure in unmeasured(told, found.task, "Because.")}
    assert names["tstr_gap_relapse"].threshold == told.contract.policy.tstr_gap
    assert names["tstr_gap_subgroup_relapse"].threshold == told.contract.policy.tstr_gap_subgroup
    assert booster(1, [False]).learning_rate == 0.05

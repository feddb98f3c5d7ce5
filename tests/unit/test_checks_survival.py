"""Survival: curves and hazards of real and synthetic people, against what is known of them."""

import json
import math
import warnings

import numpy as np
import pandas as pd
import pytest
import utility_tables as t
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import SurvfuncRight

from factory.checks.comparison import comparison
from factory.checks.measure import Bearing, Outcome
from factory.checks.utility.battery import measure_utility
from factory.checks.utility.kaplan_meier import curve_points, km_distance
from factory.checks.utility.regression import cox
from factory.checks.utility.times import Times, value_at
from factory.contract import Contract


@pytest.fixture(autouse=True)
def _no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def _times(n, seed, rate=1.0, most=2.0):
    """Exponential times with everybody still there at `most` censored."""
    time = np.random.default_rng(seed).exponential(1 / rate, n)
    return Times.of(np.minimum(time, most), (time <= most).astype(float), np.arange(n))


def _parts(n, rate):
    return {"train": _times(n, 1), "holdout": _times(n, 2), "synthetic": _times(n, 3, rate)}


def test_the_curve_is_statsmodels_own_and_weights_are_repeated_rows():
    dice = np.random.default_rng(0)
    time, event = np.round(dice.exponential(10, 300)), dice.integers(0, 2, 300).astype(float)
    mine = Times.of(time, event, np.arange(300))
    other = SurvfuncRight(time, event)
    assert value_at(mine.survival(), mine.places(other.surv_times)) == pytest.approx(other.surv_prob)
    weight = dice.integers(0, 3, 300)
    rows = np.repeat(np.arange(300), weight)
    again = SurvfuncRight(time[rows], event[rows])
    assert value_at(mine.survival(weight.astype(float)), mine.places(again.surv_times)) == pytest.approx(
        again.surv_prob
    )
    assert value_at(mine.survival(), mine.places(np.array([-1.0]))).tolist() == [1.0]
    assert mine.longest(11) == np.sort(time)[-11]


def test_a_known_shift_is_found():
    found = km_distance(_parts(4000, 1.5), 11, 1, "shift")
    # The mean of exp(-t) - exp(-1.5 t) from 0 to 2.
    known = ((1 - math.exp(-2)) - (1 - math.exp(-3)) / 1.5) / 2
    assert found.synthetic == pytest.approx(known, abs=0.015)
    assert found.low < known - found.fresh < found.high
    assert found.low > 0.05


def test_chance_is_what_equal_people_differ_by():
    found = km_distance(_parts(4000, 1.0), 11, 1, "same")
    assert found.low < 0 < found.high < 0.02
    assert found.fresh < 0.01
    # Half as many synthetic and hold-out people are further apart, and that is not held against them.
    fewer = {"train": _times(4000, 1), "holdout": _times(500, 2), "synthetic": _times(4000, 3)}
    assert km_distance(fewer, 11, 1, "same").fresh > found.fresh
    assert abs(km_distance(fewer, 11, 1, "same").excess) < 0.01


def test_curves_are_drawn_at_rounded_times_while_enough_are_at_risk():
    parts = _parts(200, 1.0)
    made = curve_points(parts, 11)
    last = min(np.sort(parts[part].time)[-11] for part in ("train", "holdout"))
    assert made["time"][-1] <= last
    assert all(len(made[name]) == len(made["time"]) for name in ("real", "synthetic", "fresh"))
    assert made["real"] == sorted(made["real"], reverse=True)
    assert not set(made["time"][1:]) & set(parts["train"].time) - {2.0}
    assert curve_points(_parts(8, 1.0), 11)["time"] == []


def test_cox_recovers_the_hazard_and_is_statsmodels_own():
    dice = np.random.default_rng(0)
    design = dice.normal(size=(3000, 2))
    time = dice.exponential(np.exp(-0.7 * design[:, 0]))
    end = dice.exponential(2, 3000)
    time, event = np.minimum(time, end), (time <= end).astype(float)
    found = cox(time, event, design, ("a", "b"), np.arange(3000))
    assert found.low[0] < 0.7 < found.high[0]
    assert found.low[1] < 0 < found.high[1]
    plain = PHReg(time, design, status=event, ties="efron").fit(disp=0)
    assert found.beta == pytest.approx(plain.params)
    assert found.se == pytest.approx(plain.bse)
    assert isinstance(cox(time, event * 0, design, ("a", "b"), np.arange(3000)), str)


def test_nobody_of_a_group_with_the_event_is_no_estimate():
    dice = np.random.default_rng(0)
    group, time = np.repeat([0.0, 1.0], 100), dice.exponential(1, 200)
    event = np.where(group == 1, 0.0, 1.0)
    found = cox(time, event, np.column_stack([group, dice.normal(size=200)]), ("group", "noise"), np.arange(200))
    assert isinstance(found, str) or math.isnan(found.beta[0])


@pytest.fixture(scope="module")
def contract():
    return t.a_contract(tasks=(), survivals=[t.SURVIVAL])


def test_a_fresh_sample_passes_and_longer_lives_fail(contract):
    measures, details = measure_utility(t.three(contract, n=3000))
    gate = t.named(measures, "km_distance_death")
    assert gate.bearing is Bearing.GATE
    assert gate.outcome is Outcome.PASS
    assert t.named(measures, "cox_overlap_death").value > 0.5
    curves = details["survivals"]["death"]["curves"]
    assert [curve["group"] for curve in curves] == ["all", "drug", "placebo"]
    names = [row["name"] for row in details["survivals"]["death"]["cox"]]
    assert {"marker (a standard deviation)"} < set(names)
    json.dumps(details, allow_nan=False)
    longer, _ = measure_utility(t.three(contract, n=3000, synthetic=t.people(3000, 303, shift=0.5)))
    assert t.named(longer, "km_distance_death").outcome is Outcome.FAIL


def test_what_hangs_together_no_more_is_seen_where_the_whole_curve_is_kept(contract):
    kept, _ = measure_utility(t.three(contract, n=2000))
    lost, _ = measure_utility(t.three(contract, n=2000, synthetic=_arms_shuffled()))
    assert t.named(lost, "km_distance_death").value < 0.02
    assert t.named(lost, "km_distance_group_death").low > 0
    assert t.named(lost, "cox_change_death").value > t.named(kept, "cox_change_death").value + 3


def _arms_shuffled():
    made = t.people(2000, 303)
    made["people"]["arm"] = made["people"]["arm"].sample(frac=1, random_state=1).to_numpy()
    return made


@pytest.mark.parametrize("kind", ["no event", "no times", "one group", "few people", "absent"])
def test_what_cannot_be_measured_is_not_a_number_and_says_why(contract, kind):
    n = 12 if kind == "few people" else 300
    parts = [t.people(n, seed) for seed in (1, 2, 3)]
    for part in parts:
        match kind:
            case "no event":
                part["people"]["died"] = pd.Series([0] * n).astype("Int64")
            case "no times":
                part["people"]["days"] = np.nan
            case "one group":
                part["people"]["arm"] = "drug"
            case "absent":
                parts[2]["people"] = parts[2]["people"].drop(columns="days", errors="ignore")
    measures, details = measure_utility(comparison(contract, *parts, 1))
    gate = t.named(measures, "km_distance_death")
    json.dumps(details, allow_nan=False)
    if kind == "one group":
        assert math.isfinite(gate.value)
        assert math.isfinite(t.named(measures, "km_distance_group_death").value)
        return
    assert math.isnan(gate.value)
    assert gate.outcome is Outcome.INCONCLUSIVE
    assert gate.weak.endswith(".")


def test_so_few_people_that_chance_is_more_than_the_threshold_are_not_cleared(contract):
    for seed in range(4):
        parts = [t.people(n, 10 * seed + place) for place, n in enumerate((120, 60, 240))]
        gate = t.named(measure_utility(comparison(contract, *parts, seed))[0], "km_distance_death")
        assert gate.outcome is not Outcome.PASS
        assert "times as many" in gate.weak


def test_a_synthetic_part_without_a_time_fails_nothing_and_clears_nothing(contract):
    made = t.people(300, 3)
    made["people"]["days"] = np.nan
    gate = t.named(measure_utility(t.three(contract, n=300, synthetic=made))[0], "km_distance_death")
    assert gate.outcome is Outcome.INCONCLUSIVE
    assert "No synthetic row" in gate.weak


def test_rows_of_one_person_are_drawn_together():
    few = _parts(400, 1.0)
    thrice = {
        part: Times.of(np.repeat(one.time, 3), np.repeat(one.event, 3), np.repeat(one.people, 3))
        for part, one in few.items()
    }
    one, other = (km_distance(parts, 11, 1, "same") for parts in (few, thrice))
    assert other.fresh == pytest.approx(one.fresh, rel=0.2)
    assert other.high - other.low == pytest.approx(one.high - one.low, rel=0.2)


def _trial(frame, person, survival):
    columns = {person: {"role": "key", "type": "string", "as": "row"}}
    for name in frame.columns.drop(person):
        kind = "category" if frame[name].dtype == object else "number"
        columns[name] = {"role": "clinical", "type": "integer" if frame[name].dtype.kind == "i" else kind}
    said = {"contract": 1, "name": "trial", "title": "Trial", "licensor": "Nobody", "person": "people"}
    tables = {"people": {"key": person, "columns": columns}}
    return Contract.model_validate({**said, "tables": tables, "survivals": [{"table": "people", **survival}]})


def _thirds(frame, seed):
    order = np.random.default_rng(seed).permutation(len(frame))
    return [{"people": frame.iloc[part].reset_index(drop=True)} for part in np.array_split(order, 3)]


def test_real_trials(factory_data):
    aids = pd.read_csv(factory_data / "trials" / "ACTG175.csv", index_col=0)
    breast = pd.read_parquet(factory_data / "trials" / "rotterdam.parquet").drop(columns="rownames")
    trials = (
        (aids, "pidnum", {"id": "a", "time": "days", "event": "cens", "by": "arms", "covariates": ["age", "cd40"]}),
        (breast, "pid", {"id": "a", "time": "dtime", "event": "death", "covariates": ["age", "nodes", "size"]}),
    )
    for frame, person, survival in trials:
        contract = _trial(frame, person, {**survival, "positive": ["1"]})
        parts = _thirds(frame, 1)
        measures, details = measure_utility(comparison(contract, *parts, 1))
        assert t.named(measures, "km_distance_a").outcome is not Outcome.FAIL
        assert t.named(measures, "cox_overlap_a").value > 0.4
        json.dumps(details, allow_nan=False)
        worse = parts[2]["people"].copy()
        worse[survival["event"]] = 1
        measures, _ = measure_utility(comparison(contract, *parts[:2], {"people": worse}, 1))
        assert t.named(measures, "km_distance_a").outcome is Outcome.FAIL

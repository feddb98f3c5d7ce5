"""Each way Great Expectations leaks or fails open, and that the gate does not."""

import json

import pandas as pd
import pytest

from factory.core.errors import ContractError, GateFailed
from factory.gates import gx
from factory.gates.stage import judge_scorecard, verdict_of
from factory.gates.suites import Expected, filled

SECRET = "Zyxwvut-Secret-Value"


def _expect(kind, **kwargs):
    return Expected("T-1", kind, kwargs, "critical", kwargs.get("column"))


def _measure(**changes):
    base = {"name": "membership_auc", "title": "t", "value": 0.5, "low": 0.48, "high": 0.52, "threshold": 0.6}
    others = [
        {**base, "name": "exact_copy_share", "value": 0.0, "low": None, "high": None, "threshold": 0.0},
        {**base, "name": "broken_rules", "value": 0.0, "low": None, "high": None, "threshold": 0.0},
        {**base, "name": "identity_disclosure", "threshold": 0.09, "value": 0.0, "low": 0.0, "high": 0.01},
        {**base, "name": "attribute_disclosure", "threshold": 0.09, "value": 0.0, "low": -0.05, "high": 0.05},
        {**base, "name": "fidelity_ratio", "value": 0.99, "low": None, "high": None, "threshold": 0.97},
    ]
    made = [{**base, **changes}, *others]
    return [{**m, "direction": "at least" if m["name"] == "fidelity_ratio" else "at most"} for m in made]


def test_values_do_not_come_out():
    frame = pd.DataFrame({"a": [SECRET, "x", "x"], "n": [1.0, 2.0, 98765.4321]})
    results = gx.judge_table(
        "t",
        "t",
        frame,
        [
            _expect("ExpectColumnValuesToBeUnique", column="a"),
            _expect("ExpectColumnMaxToBeBetween", column="n", max_value=5),
        ],
    )
    assert [result["success"] for result in results] == [False, False]
    assert SECRET not in json.dumps(results)
    assert "98765" not in json.dumps(results)


def test_an_exception_while_judging_is_a_failure_and_stays_inside():
    frame = pd.DataFrame({"a": [SECRET, "x"]})
    results = gx.judge_table("t", "t", frame, [_expect("ExpectColumnMaxToBeBetween", column="missing", max_value=1)])
    assert not results[0]["success"]
    assert SECRET not in json.dumps(results)


def test_a_column_emptied_on_the_way_is_found_though_it_passes_every_expectation_on_values():
    before = pd.DataFrame({"a": ["x", "y"] * 50, "rare": ["x"] + [None] * 99})
    after = pd.DataFrame({"a": [None] * 100, "rare": [None] * 100}, dtype=object)
    assert gx.judge_table("t", "t", after, [_expect("ExpectColumnValuesToBeInSet", column="a", value_set=["x"])])[0][
        "success"
    ]  # what Great Expectations says of nothing
    held = filled(before.notna().mean().to_dict(), len(after))
    assert set(held) == {"a"}  # one value in a hundred may be missing by chance
    asked = [_expect("ExpectColumnValuesToNotBeNull", column="a", mostly=held["a"])]
    assert not gx.judge_table("t", "t", after, asked)[0]["success"]
    after.loc[7, "a"] = "x"
    assert gx.judge_table("t", "t", after, asked)[0]["success"]


def test_an_unknown_expectation_is_refused():
    with pytest.raises(GateFailed, match="not known"):
        gx.judge_table("t", "t", pd.DataFrame({"a": [1]}), [_expect("ExpectColumnToBeNice", column="a")])


def test_an_empty_table_or_suite_is_refused():
    with pytest.raises(GateFailed, match="no rows"):
        gx.judge_table("t", "t", pd.DataFrame({"a": []}), [_expect("ExpectColumnValuesToBeUnique", column="a")])
    with pytest.raises(GateFailed, match="0"):
        gx.judge_table("t", "t", pd.DataFrame({"a": [1]}), [])


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "pass"),
        ({"high": 0.61}, "fail"),
        ({"high": None, "value": None}, "fail"),
        ({"threshold": 0.51}, "fail"),
    ],
)
def test_the_bad_end_of_the_interval_decides(changes, verdict):
    measures = _measure(**changes)
    assert verdict_of(judge_scorecard(measures), measures)["verdict"] == verdict


def test_a_warning_is_a_shortfall():
    measures = _measure()
    measures[-1]["value"] = 0.9
    made = verdict_of(judge_scorecard(measures), measures)
    assert made["verdict"] == "pass-with-shortfalls"
    assert [item["control"] for item in made["shortfalls"]] == ["FI-1"]


OF_A_GATE = {"name": "singling_out", "bearing": "gate", "value": 0.05, "low": 0.01, "high": 0.12, "threshold": 0.09}


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"outcome": "inconclusive"}, "pass-with-shortfalls"),
        ({"outcome": "fail", "low": 0.1, "high": 0.2}, "fail"),
        ({"outcome": "pass", "high": 0.08}, "pass"),
        ({"outcome": "inconclusive", "high": 0.08, "weak": "Too few people."}, "pass-with-shortfalls"),
        ({"outcome": "inconclusive", "value": None, "low": None, "high": None}, "pass-with-shortfalls"),
        ({"name": "near_copy_share", "bearing": "alarm", "outcome": "inconclusive"}, "pass"),
        ({"name": "near_copy_share", "bearing": "alarm", "outcome": "fail", "low": 0.1, "high": 0.2}, "fail"),
        ({"name": "near_copy_share", "bearing": "alarm", "outcome": "inconclusive", "value": None}, "pass"),
        ({"name": "c2st", "bearing": "diagnostic", "outcome": "reported", "threshold": None}, "pass"),
    ],
)
def test_what_cannot_be_told_is_a_shortfall_and_an_alarm_only_fails(changes, verdict):
    measures = [*_measure(), {**_measure()[0], **OF_A_GATE, **changes}]
    made = verdict_of(judge_scorecard(measures), measures)
    assert made["verdict"] == verdict
    assert all(item["sentence"] for item in made["shortfalls"])


def test_a_measure_that_no_expectation_judges_is_refused():
    with pytest.raises(ContractError, match="No expectation judges"):
        judge_scorecard([*_measure(), {**_measure()[0], "name": "something_new"}])

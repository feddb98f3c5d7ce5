"""Attacks never learn who was trained on, their intervals hold, and odd tables give figures rather than errors."""

import json

import numpy as np
import pandas as pd
import pytest
from leaks import compare, contract_of
from synth_tables import HEAD, a_contract, linked

from factory.checks.comparison import comparison
from factory.checks.measure import Bearing, Outcome, verdict
from factory.checks.privacy.attacks.battery import ATTACKS, run_battery
from factory.checks.privacy.attacks.enough import people_for_auc, people_for_tpr
from factory.checks.privacy.attacks.groups import exposed
from factory.checks.privacy.attacks.roc import auc_interval, curve, tpr_interval
from factory.checks.privacy.attacks.view import View
from factory.checks.privacy.attacks.worst import worst
from factory.checks.privacy.distances import measure_distances
from factory.checks.privacy.exact import copies, exact_copies
from factory.checks.privacy.members import measure_membership
from factory.checks.privacy.near import measure_copies
from factory.contract import Contract


def _odd(n, dice):
    """People with every kind of column a hospital may send, in the shape that is released."""
    frame = pd.DataFrame(
        {
            "编号": [str(k) for k in range(n)],
            "性别": dice.choice(["男", "女"], n).astype(object),
            "诊断": np.array([f"码{k}" for k in dice.integers(0, 200, n)], dtype=object),
            "空": pd.Series([None] * n, dtype=object),
            "空数": np.full(n, np.nan),
            "常数": np.ones(n),
            "年龄": pd.Series(dice.integers(18, 89, n)).astype("Int64"),
            "血压": np.where(dice.random(n) < 0.1, np.nan, dice.normal(120, 15, n).round(1)),
            "入院": pd.Timestamp("2020-01-01") + pd.to_timedelta(dice.integers(0, 10**6, n), unit="m"),
        }
    )
    frame["入院"] = frame["入院"].astype("datetime64[s]").mask(dice.random(n) < 0.1)
    return frame


ODD = Contract.model_validate(
    {
        **HEAD,
        "person": "病人",
        "tables": {
            "病人": {
                "key": "编号",
                "columns": {
                    "编号": {"role": "key", "type": "string", "as": "行"},
                    "性别": {"role": "quasi-identifier", "type": "category"},
                    "诊断": {"role": "sensitive", "type": "category"},
                    "空": {"role": "clinical", "type": "category"},
                    "空数": {"role": "clinical", "type": "number"},
                    "常数": {"role": "clinical", "type": "number"},
                    "年龄": {"role": "quasi-identifier", "type": "integer", "age": True},
                    "血压": {"role": "clinical", "type": "number"},
                    "入院": {"role": "date", "type": "datetime"},
                },
            }
        },
    }
)


def _everything(seen):
    measures, details = measure_membership(seen)
    json.dumps(details, allow_nan=False)
    return [*measures, *measure_copies(seen), *measure_distances(seen)]


@pytest.mark.parametrize("sizes", [(30, 12, 30), (300, 120, 200)])
def test_odd_tables_give_figures_and_never_a_value(sizes):
    dice = np.random.default_rng(5)
    parts = [{"病人": _odd(n, dice)} for n in sizes]
    parts[2]["病人"] = parts[2]["病人"].drop(columns="血压")
    measures = _everything(comparison(ODD, *parts, 3))
    assert verdict(measures) is Outcome.INCONCLUSIVE
    assert any("it would take about" in m.weak for m in measures)
    for measure in measures:
        assert measure.n <= sum(sizes)
        assert "码" not in f"{measure.title} {measure.where} {measure.weak}"


def test_the_same_seed_gives_the_same_figures():
    parts = [linked(60, 2, k) for k in range(3)]
    rows = [[m.as_row() for m in _everything(comparison(a_contract(2), *parts, 9))] for _ in range(2)]
    assert rows[0] == rows[1]


def test_every_attack_scores_every_person_of_every_view():
    battery = run_battery(comparison(a_contract(3), *(linked(50, 3, k) for k in range(3)), 1))
    assert set(battery.views) == {
        "patients", "admissions", "admissions, its own columns", "admissions histories", "stays",
        "stays, its own columns", "stays histories", "whole persons",
    }  # fmt: skip
    assert len(battery.scores) == len(ATTACKS) * len(battery.views)
    assert all(len(s) == 100 and np.isfinite(s).all() for s in battery.scores.values())


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_does_not_see_who_was_trained_on(attack):
    """People are told apart by their rows alone: whichever are called members, each row's score is the same."""
    dice = np.random.default_rng(2)
    real = pd.DataFrame(dice.normal(size=(60, 3)), columns=list("abc"))
    made = pd.DataFrame(dice.normal(size=(40, 3)), columns=list("abc"))
    score = ATTACKS[attack](View("v", real, made, np.arange(60), 1))
    assert score.shape == (60,) and np.isfinite(score).all()
    copy = pd.concat([made.iloc[:39], real.iloc[[7]]], ignore_index=True)
    assert ATTACKS[attack](View("v", real, copy, np.arange(60), 1))[7] > score[7]


def test_who_stands_out_is_told_from_the_rows():
    parts = [linked(200, 1, k)["patients"] for k in range(3)]
    parts[0].loc[:9, "weight"] = 500.0 + np.arange(10) * 40
    parts[0].loc[:9, "site"] = [f"rare{k}" for k in range(10)]
    seen = comparison(a_contract(1), *({"patients": one} for one in parts), 1)
    battery = run_battery(seen)
    chosen = exposed(battery, 0.1)
    assert chosen.sum() == 40
    assert set(range(10)) <= set(battery.rows[chosen & battery.members].tolist())


def test_the_interval_of_the_worst_attack_is_honest():
    """No attack finds anybody: the worst of seven is said to be above one half one time in forty at most."""
    dice = np.random.default_rng(4)
    above = 0
    for _ in range(200):
        found = {k: (dice.normal(size=100), dice.normal(size=100)) for k in range(7)}
        area = worst(found, auc_interval)
        assert area.low <= area.value <= area.high
        above += area.low > 0.5
    assert above <= 12


@pytest.mark.parametrize(("size", "runs"), [(40, 300), (400, 300)])
def test_people_found_at_few_false_alarms_have_an_interval_that_holds(size, runs):
    dice = np.random.default_rng(6)
    wrong = 0
    for _ in range(runs):
        share, low, high = tpr_interval(dice.normal(size=size), dice.normal(size=size), 0.01, 0.95)
        assert low <= share <= high or np.isclose(share, high)
        wrong += low > 0.01
    assert wrong <= 0.05 * runs


def test_the_curve_takes_ties_as_a_straight_line():
    assert curve(np.ones(5), np.ones(5), np.array([0.0, 0.25, 1.0])) == pytest.approx([0.0, 0.25, 1.0])
    assert curve(np.array([2.0, 0.0]), np.array([1.0, 0.5]), np.array([0.0, 0.5, 1.0])) == pytest.approx([0.5, 0.5, 1])


def test_few_people_have_a_wider_interval_than_delong_gives():
    value, low, high = auc_interval(np.arange(10.0) + 100, np.arange(10.0), 0.95)
    assert value == 1.0 and high == 1.0 and 0.5 < low < 0.9
    assert auc_interval(np.zeros(1), np.zeros(4), 0.95)[1:] == (0.0, 1.0)


def test_thresholds_ask_for_people():
    assert people_for_auc(0.60) == 65
    assert people_for_auc(0.55) == 257
    assert people_for_tpr(0.02, 0.01) == 761


def _copied(of, into):
    """The first rows of a table become those of others, keys left as they are."""
    columns = of.columns.drop("subject_id")
    into.loc[: len(of) - 1, columns] = of[columns].to_numpy()


def test_a_narrow_table_is_no_copy_and_a_wide_one_is():
    dice = np.random.default_rng(8)
    narrow = [{"patients": linked(400, 1, k)["patients"].assign(weight=70.0, children=1)} for k in range(3)]
    assert measure_copies(comparison(a_contract(1), *narrow, 1))[0].value == 0
    wide = [{"patients": linked(400, 1, k)["patients"].assign(weight=dice.normal(70, 9, 400))} for k in range(3)]
    _copied(wide[0]["patients"].head(8), wide[2]["patients"])
    found = measure_copies(comparison(a_contract(1), *wide, 1))[0]
    assert found.outcome is Outcome.FAIL and 0 < found.value <= 0.02


@pytest.mark.parametrize("expected", [0.1, 0.4, 1, 4])
def test_chance_coincidences_are_no_copies(expected):
    """Rows of two columns that people share now and then: what is met by chance refuses nobody."""
    dice, n, refused = np.random.default_rng(5), 1000, 0
    levels = round((n * n / expected) ** 0.5)
    salt = dice.integers(1, 2**62, (2, levels)).astype(np.uint64)
    people = {part: np.arange(n) for part in ("train", "holdout", "synthetic")}
    for _ in range(60):
        cells = {part: np.column_stack([s[dice.integers(0, levels, n)] for s in salt]) for part in people}
        refused += copies(cells, people, cells["synthetic"].sum(axis=1, dtype=np.uint64), dice).beyond > 0
    assert refused <= 3


def test_whoever_repeats_the_hold_out_too_has_no_control():
    train, holdout, _ = ({"patients": linked(400, 1, k)["patients"]} for k in range(3))
    both = {"patients": linked(400, 1, 2)["patients"]}
    _copied(pd.concat([train["patients"].head(200), holdout["patients"].head(200)]), both["patients"])
    found = exact_copies(comparison(a_contract(1), train, holdout, both, 1))
    assert found.outcome is not Outcome.PASS


def test_copies_are_found_wherever_in_the_file_their_people_stand():
    train, holdout, made = ({"patients": linked(n, 1, k)["patients"]} for k, n in enumerate((700, 300, 700)))
    _copied(train["patients"].tail(70), made["patients"])
    assert exact_copies(comparison(a_contract(1), train, holdout, made, 1)).outcome is Outcome.FAIL


def test_distances_are_diagnostics_and_say_so():
    measures = measure_distances(comparison(a_contract(2), *(linked(80, 2, k) for k in range(3)), 1))
    assert {m.name for m in measures} == {"dcr_share", "dcr_ratio", "nndr_ratio"}
    assert all("diagnostic" in m.title and m.bearing is Bearing.DIAGNOSTIC for m in measures)
    share = next(m for m in measures if m.name == "dcr_share")
    assert share.low <= 0.5 <= share.high


def test_rows_that_many_share_give_nobody_away():
    """Of equal rows the first are no nearer than the last: who stands first in the pool must not matter."""
    dice = np.random.default_rng(3)
    contract = contract_of(pd.DataFrame({"sex": np.array(["f"], dtype=object), "year": [1950.0]}))

    def people(n):
        return pd.DataFrame(
            {"sex": dice.choice(["f", "m"], n).astype(object), "year": dice.integers(1940, 1980, n) * 1.0}
        )

    _, details = measure_membership(compare(contract, people(1400), people(600), people(1400)))
    far = {row["attack"]: (row["low"], row["high"]) for row in details["attacks"]}
    assert len(far) == len(ATTACKS)
    assert all(low < 0.52 and high > 0.48 for low, high in far.values()), far

"""Disclosure by quasi-identifiers: figures worked out by hand, definitions, and estimates against known populations."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from synth_tables import a_contract, linked

from factory.checks.comparison import comparison
from factory.checks.measure import Bearing, Outcome
from factory.checks.privacy.attribution import attribution
from factory.checks.privacy.clusters import cluster_shares
from factory.checks.privacy.disclosure import measure_disclosure
from factory.checks.privacy.identity import identity_risk, learned_values
from factory.checks.privacy.knowledge import per_person, quasi_identifiers, sensitive_columns
from factory.checks.privacy.population import expected_inverse, k_map, population_uniques, uniques_in_population
from factory.checks.privacy.wp216.records import records
from factory.contract import Contract

COLUMNS = {
    "id": {"role": "key", "type": "string", "as": "row"},
    "sex": {"role": "quasi-identifier", "type": "category"},
    "年龄": {"role": "quasi-identifier", "type": "integer"},
    "disease": {"role": "sensitive", "type": "category"},
    "weight": {"role": "clinical", "type": "number"},
}
TRAIN = [("f", 30, "flu", 60.0), ("f", 30, "cancer", 61.0), ("m", 40, "flu", 80.0), ("m", 50, "hiv", 81.0)]
HOLDOUT = [("f", 30, "flu", 60.0), ("m", 60, "hiv", 70.0), ("m", 41, "flu", 75.0), ("f", 50, "flu", 75.0)]
DRAWN = [("f", 30, "cancer", 60.0), ("m", 50, "flu", 81.0), ("m", 40, "flu", 80.0), ("m", 60, "hiv", 70.0)]


def _contract(columns, **more):
    return Contract.model_validate(
        {
            "contract": 1,
            "name": "small",
            "title": "Small",
            "licensor": "Nobody",
            "person": "people",
            "policy": {"release": "data-use-agreement"},
            "tables": {"people": {"key": "id", "columns": columns}},
            **more,
        }
    )


def _frame(rows):
    made = pd.DataFrame(rows, columns=["sex", "年龄", "disease", "weight"])
    made["年龄"] = made["年龄"].astype("Int64")
    return {"people": made.assign(row=np.arange(len(made)))}


def _found(compared):
    measures, details = measure_disclosure(compared)
    json.dumps([details, [one.as_row() for one in measures]], allow_nan=False)
    return {one.name: one for one in measures}, details


def test_a_tiny_table_by_hand():
    """Flu is half of all: no news. Cancer is told of one of two; of hiv the row says flu. So 1/2 of 4 people."""
    found, details = _found(comparison(_contract(COLUMNS), *(_frame(rows) for rows in (TRAIN, HOLDOUT, DRAWN)), 1))
    assert details["quasi_identifiers"] == ["people.sex", "people.年龄"]
    assert details["identity"]["matched"] == 1
    assert details["identity"]["all_people_are_here"] == pytest.approx(1 / 2 / 4)
    # Of a class of two, of whom a tenth of people are seen, 1/F is expected to be this.
    share = 0.1
    inverse = sum((h - 1) / h * share**2 * (1 - share) ** (h - 2) for h in range(2, 2000))
    assert found["identity_disclosure"].value == pytest.approx(inverse / 4)
    # Of the hold-out people only the one with hiv is told anything, and is alone.
    alone = -math.log(share) * share / (1 - share)
    assert details["identity"]["holdout_people"] == pytest.approx(alone / 4, abs=1e-4)
    # Attributed rightly: cancer and the flu of the man of 40 in training; the hiv in hold-out.
    assert found["attribute_disclosure"].value == pytest.approx(2 / 4 - 1 / 4)
    assert found["k_map"].value == 1
    assert found["k_map_ones"].value == 3 / 4
    assert {found[name].bearing for name in ("k_map", "k_map_ones", "population_uniques")} == {Bearing.DIAGNOSTIC}


def test_risk_of_either_direction():
    classes, drawn = np.array([0, 0, 1, 2]), np.array([0, 1, 9])
    risk = identity_risk(classes, drawn, np.array([True, True, True, True]), 1)
    assert risk.tolist() == [0.5, 0.5, 1, 0]
    assert identity_risk(classes, drawn, np.array([True, False, False, True]), 1).tolist() == [0.5, 0, 0, 0]
    # Looking a person up in the rows risks a tenth of it, looking a row up in the population more.
    assert identity_risk(classes, drawn, np.ones(4, dtype=bool), 0.1).sum() > 0.1 * risk.sum()


def test_a_number_is_told_where_it_is_near():
    frames = {
        "train": pd.DataFrame({"x": np.arange(100.0)}),
        "holdout": pd.DataFrame({"x": np.arange(100.0)}),
        "synthetic": pd.DataFrame({"x": np.arange(100.0)[::-1]}),
    }
    table = records(frames)
    same = dict.fromkeys(frames, np.zeros(100, dtype=np.int64))
    assert learned_values(table, 0, "train", same).all()
    assert (attribution(table, 0, "train", same) <= 0.11).all()
    each = {**same, "train": np.arange(100), "synthetic": np.arange(100)[::-1].copy()}
    assert learned_values(table, 0, "train", each).all()
    assert attribution(table, 0, "train", each).tolist() == [1.0] * 100
    none = {**same, "train": np.arange(100), "synthetic": np.arange(100) + 200}
    assert not learned_values(table, 0, "train", none).any()
    assert not attribution(table, 0, "train", none).any()


def test_copies_fail_and_fresh_people_pass():
    def people(seed, n=2000):
        dice = np.random.default_rng(seed)
        sex, age = dice.choice(["f", "m"], n), np.round(dice.normal(50, 15, n) * 12)
        disease = dice.choice(["flu", "cancer", "hiv", "stroke"], n)
        return _frame(list(zip(sex, age, disease, np.round(dice.normal(70, 12, n), 1), strict=True)))

    train, holdout, fresh = (people(seed) for seed in range(3))
    contract = _contract(COLUMNS)
    found, _ = _found(comparison(contract, train, holdout, fresh, 1))
    assert found["identity_disclosure"].outcome is Outcome.PASS
    assert found["attribute_disclosure"].outcome is Outcome.PASS
    found, _ = _found(comparison(contract, train, holdout, train, 1))
    assert found["identity_disclosure"].outcome is Outcome.FAIL
    assert found["attribute_disclosure"].outcome is Outcome.FAIL


def test_who_is_known_and_what_is_sought():
    plain = {name: {**column, "role": "clinical"} for name, column in COLUMNS.items() if name != "id"}
    compared = comparison(
        _contract({"id": COLUMNS["id"], **plain}), *(_frame(rows) for rows in (TRAIN, HOLDOUT, DRAWN)), 1
    )
    known, declared = quasi_identifiers(compared)
    # Half of the columns at most, so that something is left to be learned.
    assert (known, declared) == ([("people", "sex"), ("people", "年龄")], False)
    assert _found(compared)[1]["quasi_identifiers_declared"] is False
    task = {"id": "heavy", "table": "people", "target": "disease", "positive": ["hiv"]}
    compared = comparison(_contract(COLUMNS, tasks=[task]), *(_frame(rows) for rows in (TRAIN, HOLDOUT, DRAWN)), 1)
    assert sensitive_columns(compared) == [("people", "disease")]


def test_linked_tables_and_no_column_to_know():
    contract = a_contract(3)
    found, _ = _found(comparison(contract, linked(80, 3, 1), linked(40, 3, 2), linked(60, 3, 3), 1))
    assert found["identity_disclosure"].n == 80
    first = per_person(
        comparison(contract, *(linked(30, 3, seed) for seed in (1, 2, 3)), 1), "train", [("stays", "unit")]
    )
    assert list(first.columns) == ["stays.unit"]
    assert len(first) == 30
    lone = _contract({"id": COLUMNS["id"], "weight": COLUMNS["weight"]})
    parts = ({"people": _frame(rows)["people"][["row", "weight"]]} for rows in (TRAIN, HOLDOUT, DRAWN))
    found, _ = _found(comparison(lone, *parts, 1))
    assert {one.outcome for one in found.values() if one.threshold is not None} == {Outcome.INCONCLUSIVE}


def test_k_map_is_its_definition():
    dice = np.random.default_rng(3)
    drawn, population = dice.integers(0, 40, 60), dice.integers(0, 50, 90)
    sizes = [int((population == one).sum()) for one in drawn]
    assert k_map(drawn, population) == min(size for size in sizes if size)
    assert uniques_in_population(drawn, population) == pytest.approx(np.mean([size == 1 for size in sizes]))
    assert k_map(np.array([7]), np.array([1, 2])) == 0


def test_uniques_of_a_population_are_estimated():
    """Of a population whose classes are as uneven as places and jobs are, from a tenth of it."""
    dice = np.random.default_rng(1)
    population = dice.zipf(1.6, 50_000)
    sample = population[:5_000]
    _, sizes = np.unique(sample, return_counts=True)
    values, counts = np.unique(population, return_counts=True)
    truth = int(np.isin(sample, values[counts == 1]).sum())
    assert population_uniques(sizes, len(population)) == pytest.approx(truth, rel=0.15)
    assert population_uniques(np.array([2, 3]), 100) == 0
    assert population_uniques(np.array([1, 1, 2]), 4) == 2


@pytest.mark.parametrize("f", [1, 2, 7, 19, 20, 300])
@pytest.mark.parametrize("share", [0.05, 0.4, 1.0])
def test_the_inverse_of_a_class_is_a_negative_binomials(f, share):
    h = np.arange(f, f + int(60 * (f + 5) / share))
    if share == 1:
        assert expected_inverse(np.array([f]), share)[0] == pytest.approx(1 / f)
        return
    logs = [math.lgamma(x) - math.lgamma(f) - math.lgamma(x - f + 1) for x in h]
    mass = np.exp(np.array(logs) + f * math.log(share) + (h - f) * math.log(1 - share))
    assert mass.sum() == pytest.approx(1)
    assert expected_inverse(np.array([f]), share)[0] == pytest.approx(float((mass / h).sum()))


def test_clusters_are_the_groups_that_are_there():
    dice = np.random.default_rng(1)
    middles = np.repeat([0.1, 0.5, 0.9], [30, 10, 60])
    values = np.r_[middles + dice.uniform(-0.02, 0.02, 100), -1.0]
    shares = cluster_shares(values)
    assert shares[:30].tolist() == [0.3] * 30
    assert shares[30:40].tolist() == [0.1] * 10
    assert shares[40:100].tolist() == [0.6] * 60
    assert shares[100] == 1
    assert cluster_shares(np.full(5, 0.2)).tolist() == [1.0] * 5

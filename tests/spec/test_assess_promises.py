"""What an assessment promises on real intensive-care records of a hundred people: it says that it cannot tell."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import factory
from factory.checks.measure import Bearing, Outcome
from factory.synth.alone import synthesize

TABLES = ("patients", "admissions", "icustays", "labevents")
KEYS = ("subject_id", "hadm_id", "icustay_id")
COMMONEST = 5


@pytest.fixture(scope="module")
def records(factory_data):
    """Four tables of mimic-iii-demo, of the laboratory the commonest tests."""
    made = {}
    for name in TABLES:
        frame = pd.read_parquet(factory_data / "mimic-iii-demo" / f"{name}.parquet").drop(columns="row_id")
        for column in frame.columns:
            if isinstance(frame[column].dtype, pd.DatetimeTZDtype):
                frame[column] = frame[column].dt.tz_localize(None)
        frame = frame[frame["hadm_id"].notna()] if "hadm_id" in frame else frame
        made[name] = frame.astype({key: "int64" for key in KEYS if key in frame})
    labs = made["labevents"]
    made["labevents"] = labs[labs["itemid"].isin(labs["itemid"].value_counts().index[:COMMONEST])]
    return {name: frame.reset_index(drop=True) for name, frame in made.items()}


def _of(records, people):
    return {name: frame[frame.subject_id.isin(people)].reset_index(drop=True) for name, frame in records.items()}


@pytest.fixture(scope="module")
def found(records):
    people = np.random.default_rng(1).permutation(records["patients"].subject_id.to_numpy())
    train, holdout = _of(records, people[::2]), _of(records, people[1::2])
    return factory.assess(train, holdout, synthesize(train, "trees", len(people) // 2, 1), seed=1)


def test_fifty_people_clear_no_attack(found):
    gates = [m for m in found.measures if m.name.startswith(("membership", "singling", "linkability"))]
    gates = [m for m in gates if m.bearing is Bearing.GATE]
    assert len(gates) >= 5
    assert {m.outcome for m in gates} == {Outcome.INCONCLUSIVE}
    assert found.verdict is not Outcome.PASS


def test_it_says_how_many_people_it_would_take(found):
    said = [m.weak for m in found.measures if m.name in ("membership_auc", "membership_tpr")]
    assert len(said) == 2
    for sentence in said:
        assert int(re.search(r"would take about ([\d,]+) people", sentence)[1].replace(",", "")) > 100


def test_no_privacy_figure_fails_and_none_passes_by_want_of_people(found):
    groups = [p["group"] for p in found.details["parts"] for _ in range(p["measures"])]
    privacy = [m for m, group in zip(found.measures, groups, strict=True) if group == "privacy"]
    assert Outcome.FAIL not in {m.outcome for m in privacy}

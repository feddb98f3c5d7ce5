"""The attack must find a generator that leaks, and pass one that cannot."""

import numpy as np
import pandas as pd
import pytest

from factory.checks.comparison import comparison
from factory.checks.fidelity.rules import measure_rules
from factory.checks.measure import Outcome
from factory.checks.privacy.members import measure_membership
from factory.checks.privacy.near import measure_copies
from factory.contract import load
from factory.deid.stage import deidentify_frames
from factory.intake.validate import examine
from factory.simulate import simulate

SHARE = 3


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    out = tmp_path_factory.mktemp("attacks") / "export"
    simulate(1800, 5, out)
    contract = load(out / "contract.yaml")
    made, _ = deidentify_frames(contract, examine(contract, str(out))[0], 1)
    people = np.random.default_rng(0).permutation(made["patients"].patient_id.to_numpy())
    chosen = [set(part.tolist()) for part in np.array_split(people, SHARE)]
    return contract, [
        {name: frame[frame.patient_id.isin(part)].reset_index(drop=True) for name, frame in made.items()}
        for part in chosen
    ]


def _attack(contract, train, holdout, made, named="membership_auc"):
    measures, _ = measure_membership(comparison(contract, train, holdout, made, 1))
    return next(measure for measure in measures if measure.name == named)


def _copies(contract, train, holdout, made):
    return measure_copies(comparison(contract, train, holdout, made, 1))[0]


def _mixed(train, fresh, share):
    """A generator that copies `share` of the training people and is safe for the rest."""
    taken = train["patients"].patient_id.iloc[: round(share * len(train["patients"]))]
    return {
        name: pd.concat([train[name][train[name].patient_id.isin(taken)], fresh[name]], ignore_index=True)
        for name in train
    }


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_copies_are_caught(parts, share):
    contract, (train, holdout, fresh) = parts
    leaky = _mixed(train, fresh, share)
    attack = _attack(contract, train, holdout, leaky)
    copies = _copies(contract, train, holdout, leaky)
    assert attack.value > (0.95 if share == 1.0 else 0.7)
    assert attack.outcome is Outcome.FAIL
    assert copies.outcome is Outcome.FAIL


def test_copies_with_a_third_of_the_cells_swapped_are_caught(parts):
    """Swapped cells leave hardly a whole row as it was, yet what is left still gives its person away."""
    contract, (train, holdout, _) = parts
    dice = np.random.default_rng(2)
    leaky = {name: frame.copy() for name, frame in train.items()}
    for name in train:
        for column in train[name].columns.drop(["patient_id", "encounter_id"], errors="ignore"):
            rows = np.flatnonzero(dice.random(len(train[name])) < 0.3)
            leaky[name].loc[rows, column] = train[name][column].iloc[dice.permutation(rows)].to_numpy()
    assert _attack(contract, train, holdout, leaky).outcome is Outcome.FAIL


def test_a_fresh_real_sample_passes(parts):
    contract, (train, holdout, fresh) = parts
    assert _attack(contract, train, holdout, fresh).outcome is Outcome.PASS
    assert _copies(contract, train, holdout, fresh).outcome is Outcome.PASS


def test_broken_rules_are_counted(parts):
    contract, (train, _, _) = parts
    broken = {name: frame.copy() for name, frame in train.items()}
    broken["encounters"].loc[:4, "discharged_day"] = broken["encounters"].loc[:4, "admitted_day"] - 1
    broken["encounters"].loc[7, "patient_id"] = -1
    (measure,), details = measure_rules(comparison(contract, train, train, broken, 1))
    assert details["rules"]["discharge-after-admission"]["synthetic"] == 5
    assert details["rules"]["encounters-has-parent"]["synthetic"] == 1
    assert measure.outcome is Outcome.FAIL


def test_a_leak_in_a_narrow_table_is_caught(parts):
    """Only the person table is copied; the wide child table is fresh."""
    contract, (train, holdout, fresh) = parts
    ids = fresh["patients"].patient_id.to_numpy()
    copied = train["patients"].iloc[: len(ids)].assign(patient_id=ids[: len(train["patients"])])
    leaky = {**fresh, "patients": pd.concat([copied, fresh["patients"].iloc[len(copied) :]], ignore_index=True)}
    assert _copies(contract, train, holdout, leaky).outcome is Outcome.FAIL
    assert "patients" in _attack(contract, train, holdout, leaky).where

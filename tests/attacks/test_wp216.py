"""WP216: what copies people fails, what has seen none of them passes, and an attack that is blind clears nobody."""

import json

import numpy as np
import pandas as pd
import pytest

from factory.checks.comparison import comparison
from factory.checks.measure import Bearing, Outcome, verdict
from factory.checks.privacy.wp216 import measure_wp216
from factory.checks.privacy.wp216.judging import Attack, Tried, family
from factory.checks.privacy.wp216.linkability import splits
from factory.checks.privacy.wp216.nearest import Field, squared
from factory.checks.privacy.wp216.views import people_view
from factory.contract import Contract

PEOPLE = 2_000
SEEDS = 10
FAMILIES = {"singling_out", "linkability", "inference"}
ROLES = {"诊断": "sensitive", "outcome": "sensitive"}
LEVELS = {"sex": 2, "诊断": 40, "ward": 6, "outcome": 2, "drug": 12}
NUMBERS = ("age", "血压", "sodium", "weight", "cost", "days", "score")
# Loadings of each column on four hidden traits, the same for every sample.
_WEIGHTS = np.random.default_rng(7).normal(size=(4, len(LEVELS) + len(NUMBERS)))


@pytest.fixture(scope="module")
def contract():
    columns = {name: {"role": ROLES.get(name, "clinical"), "type": "category"} for name in LEVELS}
    columns |= {name: {"role": "clinical", "type": "number"} for name in NUMBERS}
    return Contract.model_validate(
        {
            "contract": 1,
            "name": "small",
            "title": "Small",
            "licensor": "Nobody",
            "person": "people",
            "policy": {"release": "data-use-agreement"},
            "tables": {
                "people": {"key": "id", "columns": {"id": {"role": "key", "type": "string", "as": "row"}, **columns}}
            },
        }
    )


def sample(n, seed):
    """People of one population: categories and skewed numbers that hang together, some missing."""
    dice = np.random.default_rng(seed)
    hidden = dice.normal(size=(n, 4)) @ _WEIGHTS + 1.2 * dice.normal(size=(n, _WEIGHTS.shape[1]))
    made = {"row": np.arange(n)}
    for place, (name, levels) in enumerate(LEVELS.items()):
        share = np.clip(np.abs(hidden[:, place]) / 6, 0, 0.999)
        made[name] = pd.Series([f"v{int(one * levels)}" for one in share], dtype=object)
    for place, name in enumerate(NUMBERS, len(LEVELS)):
        made[name] = np.round(np.exp(hidden[:, place] / 3) * 20, 1)
        made[name][dice.random(n) < 0.05] = np.nan
    return pd.DataFrame(made)


def copies(train, fresh, share, seed):
    """A generator that releases a share of the training people as they are."""
    count = round(share * len(fresh))
    chosen = np.random.default_rng(seed).permutation(len(train))[:count]
    return pd.concat([train.iloc[chosen], fresh.iloc[count:]], ignore_index=True)


def independent(train, seed):
    """A generator that draws each column by itself."""
    dice = np.random.default_rng(seed)
    return pd.DataFrame({name: train[name].to_numpy()[dice.permutation(len(train))] for name in train})


def _measures(contract, train, holdout, synthetic, seed=1):
    parts = ({"people": part.reset_index(drop=True)} for part in (train, holdout, synthetic))
    found, details = measure_wp216(comparison(contract, *parts, seed))
    return {measure.name: measure for measure in found}, details


@pytest.fixture(scope="module")
def three():
    return [sample(PEOPLE, seed) for seed in (1, 2, 3)]


def test_each_family_finds_copied_people(contract, three):
    train, holdout, _ = three
    found, details = _measures(contract, train, holdout, train)
    assert set(found) == FAMILIES | {f"{name}_exposed" for name in FAMILIES}
    assert {name for name in found if found[name].outcome is Outcome.FAIL} == set(found)
    assert all(found[name].bearing is Bearing.GATE for name in FAMILIES)
    assert all(0 <= row["baseline"] < row["success"] for name in ("linkability",) for row in details["attacks"][name])
    # An odds ratio beside the difference, and no value of a row anywhere.
    said = json.dumps([details, [measure.as_row() for measure in found.values()]], ensure_ascii=False)
    assert details["attacks"]["inference"][0]["odds_ratio"][1] > 1
    assert not any(f'"v{level}"' in said for level in range(40))


def test_copies_of_a_fifth_fail(contract, three):
    train, holdout, fresh = three
    for seed in range(3):
        found, _ = _measures(contract, train, holdout, copies(train, fresh, 0.2, seed), seed)
        assert {"singling_out", "linkability"} <= {n for n, one in found.items() if one.outcome is Outcome.FAIL}
        assert not any(found[name].outcome is Outcome.PASS for name in FAMILIES)


def test_people_with_small_noise_are_found(contract, three):
    train, holdout, _ = three
    noisy = train.copy()
    dice = np.random.default_rng(4)
    for name in NUMBERS:
        noisy[name] = np.round(noisy[name] * (1 + dice.normal(0, 0.01, PEOPLE)), 1)
    found, _ = _measures(contract, train, holdout, noisy)
    assert all(found[name].outcome is Outcome.FAIL for name in FAMILIES)


def test_a_leak_of_unusual_people_sets_off_the_alarm(contract, three):
    """A twentieth of people are too few for the gates; the alarm looks at the unusual ones alone."""
    train, holdout, fresh = three
    far = train[list(NUMBERS)].rank(pct=True).sub(0.5).abs().max(axis=1)
    chosen = train.loc[far.nlargest(PEOPLE // 20).index]
    found, _ = _measures(contract, train, holdout, pd.concat([chosen, fresh.iloc[len(chosen) :]]))
    assert found["singling_out"].outcome is not Outcome.FAIL
    assert found["singling_out_exposed"].outcome is Outcome.FAIL


@pytest.mark.parametrize("made", ["fresh", "independent"])
def test_who_has_seen_nobody_passes(contract, made):
    passed = 0
    for seed in range(SEEDS):
        train, holdout, fresh = (sample(PEOPLE, 100 + 3 * seed + part) for part in range(3))
        synthetic = fresh if made == "fresh" else independent(train, seed)
        passed += verdict(_measures(contract, train, holdout, synthetic, seed)[0].values()) is Outcome.PASS
    assert passed >= SEEDS - 1


def test_few_people_are_inconclusive(contract):
    found, _ = _measures(contract, *(sample(40, seed) for seed in (1, 2, 3)))
    assert {found[name].outcome for name in FAMILIES} == {Outcome.INCONCLUSIVE}


def test_people_alike_can_be_told_by_nobody(contract):
    """Where hardly a row is unlike all others there is nothing to find, and that is no weakness of the attack."""
    coarse = [sample(PEOPLE, seed) for seed in (1, 2, 3)]
    for frame in coarse:
        frame[list(NUMBERS)] = np.nan
        frame[["诊断", "drug", "ward"]] = "v0"
    found, details = _measures(contract, *coarse)
    assert all(found[name].outcome is Outcome.PASS for name in FAMILIES)
    assert not any(row["planted_found"] for row in details["attacks"]["linkability"])


def test_an_attack_that_does_not_find_the_planted_clears_nobody():
    blind = Attack("here", Tried(3, 2000, 3, 2000), Tried(0, 200, 0, 200), Tried(1, 400, 3, 2000), 0.0, findable=1.0)
    assert blind.blind(0.09)
    gate, alarm = family("linkability", "Linking", [blind], 0.09, 1, "none", "It is blind.")
    assert (gate.outcome, alarm.bearing) == (Outcome.INCONCLUSIVE, Bearing.ALARM)
    assert family("linkability", "Linking", [blind], 0.09, 1, "none", "")[0].outcome is Outcome.PASS


def test_the_same_seed_gives_the_same_figures(contract, three):
    first, second = (_measures(contract, *(part.head(300) for part in three))[1] for _ in range(2))
    assert first == second
    assert first != _measures(contract, *(part.head(300) for part in three), seed=2)[1]


def test_halves_share_no_column_and_distances_are_euclids(contract, three):
    parts = ({"people": part.head(60)} for part in three)
    field = Field(people_view(comparison(contract, *parts, 1)))
    for _, one, other in splits(field, 1):
        assert sorted(one + other) == list(range(len(field.view.records.names)))
    places = [0, 6]
    own = np.concatenate([field.attacked("train")[place] for place in places], axis=1)
    theirs = field.joined(places)
    naive = ((own[:, None, :].astype(float) - theirs[None, :, :]) ** 2).sum(axis=2)
    assert np.allclose(squared(own, theirs), naive, atol=1e-5)

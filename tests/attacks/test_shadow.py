"""Shadow models: an engine that leaks is caught by the game, and one that never looks at its targets is not.

Engines here are toys of a few lines, so that what each of them leaks is known.
"""

import json

import numpy as np
import pandas as pd
import pytest
from synth_tables import a_contract, linked

from factory.checks.comparison import comparison
from factory.checks.measure import Bearing, Outcome, verdict
from factory.checks.privacy.shadow import measure_shadow
from factory.contract import Contract
from factory.core.errors import DataError
from factory.synth.protocol import engine

PEOPLE, WORLDS = 700, 48
NUMBERS = "abcdefgh"
HEAD = {"contract": 1, "name": "small", "title": "Small", "licensor": "Nobody", "person": "患者", "relations": []}


def _contract(columns, **more):
    clinical = {name: {"role": "clinical", "type": kind} for name, kind in columns.items()}
    key = {"role": "key", "type": "string", "as": "row"}
    return Contract.model_validate(
        {**HEAD, "tables": {"患者": {"key": "id", "columns": {"id": key, **clinical}}}, "rules": [], **more}
    )


WIDE = _contract({**dict.fromkeys(NUMBERS, "number"), "性别": "category", "code": "category"})


def _people(seed, n=PEOPLE):
    """Eight numbers that hang together with heavy tails, a sex, and codes of which some are one in a hundred."""
    dice = np.random.default_rng(seed)
    ill = dice.normal(size=n)
    frame = pd.DataFrame({name: (0.5 * ill + dice.standard_t(4, size=n)).round(2) for name in NUMBERS})
    frame["性别"] = dice.choice(["女", "男"], n).astype(object)
    frame["code"] = dice.choice(["E11", "I10", "J45", "zq-rare-1", "zq-rare-2"], n, p=[0.5, 0.3, 0.184, 0.008, 0.008])
    frame.insert(0, "id", [f"p{place}" for place in range(n)])
    return frame.astype({"code": object})


def _compared(seed):
    frame = _people(seed)
    cut = int(0.7 * len(frame))
    train, holdout = frame.iloc[:cut].reset_index(drop=True), frame.iloc[cut:].reset_index(drop=True)
    return comparison(WIDE, {"患者": train}, {"患者": holdout}, {"患者": holdout}, seed)


def _keyed(frame):
    return {"患者": frame.assign(id=np.arange(len(frame))).reset_index(drop=True)}


def copies(tables, people, seed):
    """The rows learned from, in another order."""
    frame = tables["患者"]
    return _keyed(frame.iloc[np.random.default_rng(seed).permutation(len(frame))])


def noisy(tables, people, seed):
    """The same with noise of a twentieth of a spread, and one sex in ten changed."""
    frame = copies(tables, people, seed)["患者"]
    dice = np.random.default_rng(seed)
    for name in NUMBERS:
        frame[name] += dice.normal(0, 0.05 * frame[name].std(), len(frame))
    turned = dice.random(len(frame)) < 0.1
    frame.loc[turned, "性别"] = dice.choice(["女", "男"], turned.sum())
    return {"患者": frame}


def blind(tables, people, seed):
    """People of a population of its own."""
    return _keyed(_people(1_000_000 + seed % 1_000_000, people))


def outliers(tables, people, seed):
    """Fresh people, and copies of the fifth that is farthest from the middle and of those with a rare code."""
    frame = tables["患者"]
    numbers = frame[list(NUMBERS)]
    far = (((numbers - numbers.mean()) / numbers.std()) ** 2).sum(axis=1)
    kept = frame[(far > far.quantile(0.8)) | frame["code"].str.startswith("zq")]
    fresh = blind(tables, people - len(kept), seed)["患者"]
    return _keyed(pd.concat([kept, fresh], ignore_index=True))


def rare(tables, people, seed):
    """Fresh people, and copies of those with a rare code."""
    frame = tables["患者"]
    kept = frame[frame["code"].str.startswith("zq")]
    fresh = blind(tables, people - len(kept), seed)["患者"]
    return _keyed(pd.concat([kept, fresh], ignore_index=True))


def independent(tables, people, seed):
    """Each column by itself, from ten bins of equal width or from levels, of which eleven people share each.

    Somebody alone in a bin would be seen by whoever looks into it, and the game does.
    """
    frame, dice = tables["患者"], np.random.default_rng(seed)
    made = {}
    for name in NUMBERS:
        counts, edges = np.histogram(frame[name], bins=10, range=(-6, 6))
        counts[counts < 11] = 0
        bins = dice.choice(10, people, p=counts / counts.sum())
        made[name] = dice.uniform(edges[bins], edges[bins + 1])
    for name in ("性别", "code"):
        counts = frame[name].value_counts()
        counts = counts[counts >= 11]
        made[name] = dice.choice(counts.index.to_numpy(), people, p=counts / counts.sum())
    return _keyed(pd.DataFrame(made))


def cells(tables, people, seed):
    """Each column by itself, but every cell is some person's own."""
    frame, dice = tables["患者"], np.random.default_rng(seed)
    return _keyed(pd.DataFrame({c: frame[c].to_numpy()[dice.integers(0, len(frame), people)] for c in frame.columns}))


def _named(measures, name="shadow_auc"):
    return next(measure for measure in measures if measure.name == name)


@pytest.mark.parametrize("make", [copies, noisy])
@pytest.mark.parametrize("seed", [1, 2])
def test_copies_are_caught(make, seed):
    measures, _ = measure_shadow(_compared(seed), make, WORLDS)
    for name in ("shadow_auc", "shadow_auc_canaries", "shadow_auc_random"):
        assert _named(measures, name).value > 0.9, name
    assert _named(measures).outcome is Outcome.FAIL
    assert _named(measures).bearing is Bearing.GATE
    assert _named(measures, "shadow_tpr").value > 0.8


def test_copies_of_outliers_alone_are_caught_where_the_average_person_is_safe():
    measures, _ = measure_shadow(_compared(3), outliers, WORLDS)
    assert _named(measures).value > 0.9
    assert _named(measures, "shadow_auc_random").value < 0.75
    for name in ("shadow_auc", "shadow_auc_outliers", "shadow_auc_canaries", "shadow_auc_worst_person"):
        assert _named(measures, name).outcome is Outcome.FAIL, name


def test_copies_of_people_with_a_rare_code_are_caught():
    measures, _ = measure_shadow(_compared(4), rare, WORLDS)
    assert _named(measures, "shadow_auc_worst_person").outcome is Outcome.FAIL
    assert _named(measures, "shadow_auc_worst_person").value > 0.9
    assert _named(measures, "shadow_auc_random").value < 0.6


@pytest.mark.parametrize("make", [blind, independent])
@pytest.mark.parametrize("seed", [5, 6, 7])
def test_who_never_looks_at_a_person_passes(make, seed):
    measures, details = measure_shadow(_compared(seed), make)
    assert all(measure.outcome is not Outcome.FAIL for measure in measures)
    assert _named(measures).outcome is Outcome.PASS
    assert details["control"]["auc"] > 0.95


def test_cells_that_are_somebodys_own_give_him_away_although_columns_are_independent():
    measures, _ = measure_shadow(_compared(8), cells, WORLDS)
    assert _named(measures).outcome is Outcome.FAIL
    assert "tapas" in _named(measures).title


def test_a_leak_through_a_child_table_is_caught():
    contract = a_contract(2)
    tables = linked(500, 2, 3)
    ids = tables["patients"].subject_id
    parts = [
        {name: frame[frame.subject_id.isin(chosen)].reset_index(drop=True) for name, frame in tables.items()}
        for chosen in (ids[:350], ids[350:])
    ]
    compared = comparison(contract, parts[0], parts[1], parts[1], 1)

    def child(learned, people, seed):
        fresh = linked(len(learned["patients"]), 1, seed % 1_000_000)
        fresh["patients"]["subject_id"] = learned["patients"]["subject_id"]
        return {**learned, **fresh}

    measures, _ = measure_shadow(compared, child, WORLDS)
    assert _named(measures).value > 0.8
    assert _named(measures).outcome is Outcome.FAIL


@pytest.mark.parametrize("seed", [1, 2])
def test_trees_do_not_fail(seed):
    def make(tables, people, dice):
        model = engine("trees")
        model.fit(tables, WIDE, dice)
        return model.sample(people, dice)

    measures, details = measure_shadow(_compared(seed), make, 24)
    print(details["attacks"])
    assert verdict(measures) is not Outcome.FAIL


def test_the_same_seed_gives_the_same_figures_and_nobodys_value_is_told():
    compared = _compared(9)
    (first, details), (second, again) = (measure_shadow(compared, noisy, 8) for _ in range(2))
    assert [m.as_row() for m in first] == [m.as_row() for m in second]
    told = json.dumps([details, [m.as_row() for m in first]], ensure_ascii=False, allow_nan=False)
    assert details == again
    assert not any(word in told for word in ("zq-rare", "E11", "女"))


def test_too_few_worlds_are_an_alarm_that_says_so():
    measures, _ = measure_shadow(_compared(10), blind, 8)
    assert _named(measures).bearing is Bearing.ALARM
    assert "8 worlds cannot show" in _named(measures).weak


def test_an_engine_that_refuses_is_inconclusive():
    def refuses(tables, people, seed):
        raise DataError("Too few people.")

    measures, details = measure_shadow(_compared(11), refuses, 8)
    assert [m.outcome for m in measures] == [Outcome.INCONCLUSIVE]
    assert "Too few people." in measures[0].weak
    assert details["worlds"] == 0


@pytest.mark.parametrize("people", [3, 30])
def test_odd_and_small_tables_are_judged(people):
    contract = _contract({"empty": "number", "无": "category", "same": "integer", "数": "number"})
    dice = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "id": [f"p{place}" for place in range(people)],
            "empty": np.full(people, np.nan),
            "无": pd.Series([None] * people, dtype=object),
            "same": pd.Series([7] * people, dtype="Int64"),
            "数": pd.Series(dice.normal(size=people)).where(dice.random(people) < 0.8),
        }
    )
    compared = comparison(contract, {"患者": frame}, {"患者": frame.iloc[:2]}, {"患者": frame}, 1)
    measures, _ = measure_shadow(compared, copies, 8)
    assert _named(measures).outcome is not Outcome.PASS


def test_a_table_in_which_nobody_differs_is_inconclusive():
    contract = _contract({"same": "integer"})
    frame = pd.DataFrame({"id": ["a", "b", "c"], "same": pd.Series([1, 1, 1], dtype="Int64")})
    compared = comparison(contract, {"患者": frame}, {"患者": frame}, {"患者": frame}, 1)
    measures, _ = measure_shadow(compared, copies, 8)
    assert [m.outcome for m in measures] == [Outcome.INCONCLUSIVE]
